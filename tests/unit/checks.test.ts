// The checks that run over whole stacks, against objects made to break each of them: a check that finds nothing
// wrong anywhere would pass for ever.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { KubernetesObject } from "../../tools/graph/objects";
import type { PlainObject } from "../../tools/graph/values";
import { budgetOf, quantity } from "../../tools/render/budget";
import { findLeaks } from "../support/leaks";
import { houseRuleViolations, isPinned, restrictedViolations } from "../support/pods";
import { run } from "../support/program";

describe("the search for leaked secrets", () => {
  const leaksOf = async (use: (secret: pulumi.Output<string>) => unknown): Promise<string[]> => {
    const { graph } = await run(() =>
      use(new random.RandomPassword("p", { length: 24, special: false }).result),
    );
    return findLeaks(graph, ["configured secret"]).map((leak) => leak.replace(/^urn.*::/, ""));
  };
  const map = (data: Record<string, pulumi.Input<string>>): void => {
    new k8s.core.v1.ConfigMap("c", { metadata: { namespace: "here" }, data });
  };

  it("is content with a secret in a Secret, and in an output that is marked", async () => {
    const found = await leaksOf((secret) => {
      new k8s.core.v1.Secret("s", { metadata: { namespace: "here" }, stringData: { secret } });
      return { secret };
    });
    assert.deepEqual(found, []);
  });

  it("finds a secret in another object, marked or not", async () => {
    assert.deepEqual(await leaksOf((secret) => map({ key: secret })), [
      "c: data.key is marked secret, but this is no Secret",
      "c: data.key holds a secret value",
    ]);
    assert.deepEqual(await leaksOf((secret) => map({ key: pulumi.unsecret(secret) })), [
      "c: data.key holds a secret value",
    ]);
  });

  it("finds a secret inside a longer text and in another encoding", async () => {
    const encode = (secret: pulumi.Output<string>) =>
      pulumi.unsecret(secret).apply((text) => Buffer.from(text).toString("base64"));
    assert.equal(
      (await leaksOf((secret) => map({ key: pulumi.interpolate`a ${pulumi.unsecret(secret)} b` }))).length,
      1,
    );
    assert.equal((await leaksOf((secret) => map({ key: encode(secret) }))).length, 1);
  });

  it("finds a secret from the configuration", async () => {
    assert.deepEqual(await leaksOf(() => map({ key: "the configured secret" })), [
      "c: data.key holds a secret value",
    ]);
  });

  it("finds a secret in the metadata of a Secret and in an unmarked output", async () => {
    const found = await leaksOf((secret) => {
      const annotations = { note: pulumi.unsecret(secret) };
      new k8s.core.v1.Secret("s", { metadata: { namespace: "here", annotations } });
      return { open: pulumi.unsecret(secret) };
    });
    assert.deepEqual(found, [
      "s: metadata.annotations.note holds a secret",
      "stack output open holds a secret value and is not marked secret",
    ]);
  });
});

describe("the rules for pods", () => {
  const container = (): PlainObject => ({
    name: "c",
    image: "registry.example.com:5000/image:1.2.3",
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
    resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
  });
  const pod = (change: PlainObject = {}): PlainObject => ({
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [container()],
    ...change,
  });
  const withContainer = (change: PlainObject): PlainObject =>
    pod({ containers: [{ ...container(), ...change }] });

  it("find nothing wrong with a restricted pod", () => {
    assert.deepEqual([...restrictedViolations(pod()), ...houseRuleViolations(pod())], []);
  });

  const unrestricted: Record<string, PlainObject> = {
    "hostNetwork is on": pod({ hostNetwork: true }),
    "volume v is of a forbidden type": pod({ volumes: [{ name: "v", hostPath: { path: "/" } }] }),
    "runs as root": pod({
      securityContext: { runAsNonRoot: true, runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
    }),
    "c: runAsNonRoot is not true": pod({ securityContext: { seccompProfile: { type: "RuntimeDefault" } } }),
    "c: no seccomp profile": pod({ securityContext: { runAsNonRoot: true } }),
    "c: takes a port of the node": withContainer({ ports: [{ containerPort: 80, hostPort: 80 }] }),
    "c: allowPrivilegeEscalation is not false": withContainer({
      securityContext: { capabilities: { drop: ["ALL"] } },
    }),
    "c: does not drop all capabilities": withContainer({
      securityContext: { allowPrivilegeEscalation: false },
    }),
  };
  for (const [problem, spec] of Object.entries(unrestricted))
    it(`find: ${problem}`, () => assert.deepEqual(restrictedViolations(spec), [problem]));

  it("look at init containers, too", () => {
    const spec = pod({ initContainers: [{ ...container(), name: "first", securityContext: {} }] });
    assert.ok(restrictedViolations(spec).every((problem) => problem.startsWith("first: ")));
    assert.ok(restrictedViolations(spec).length > 0);
  });

  it("want resources, a pinned image, a read-only root and nothing injected", () => {
    const bare = { containers: [{ name: "c", image: "image" }] };
    assert.equal(houseRuleViolations(bare).length, 7);
  });

  it("take a tag other than latest, or a digest, for pinned", () => {
    const pinned = ["image:1", `image@sha256:${"a".repeat(64)}`, "host:5000/image:1"];
    const floating = ["image", "image:latest", "host:5000/image", "image@sha256:abc"];
    assert.deepEqual([...pinned, ...floating].filter(isPinned), pinned);
  });
});

describe("the budget", () => {
  function workload(kind: string, name: string, spec: PlainObject, cpu: string): KubernetesObject {
    const containers = [{ name: "c", resources: { requests: { cpu, memory: "1Gi" } } }];
    const manifest = {
      apiVersion: "v1",
      kind,
      metadata: { name },
      spec: { template: { spec: { containers } }, ...spec },
    };
    return { urn: name, component: "", patch: false, namespace: "here", manifest };
  }

  it("counts replicas, an autoscaler's minimum, volumes, and only the largest Job", () => {
    const autoscaler = { scaleTargetRef: { kind: "Deployment", name: "scaled" }, minReplicas: 3 };
    const { running, largestJob } = budgetOf([
      workload("Deployment", "fixed", { replicas: 2 }, "100m"),
      workload("Deployment", "scaled", {}, "1"),
      workload("HorizontalPodAutoscaler", "scaled", autoscaler, "0"),
      workload("Job", "small", {}, "100m"),
      workload("Job", "large", {}, "500m"),
      workload("PersistentVolumeClaim", "data", { resources: { requests: { storage: "5Gi" } } }, "0"),
    ]);
    assert.deepEqual(running, { cpu: 3.2, memory: 5 * 2 ** 30, storage: 5 * 2 ** 30 });
    assert.deepEqual(largestJob, { cpu: 0.5, memory: 2 ** 30, storage: 0 });
  });

  it("reads quantities in every spelling, and refuses what is none", () => {
    assert.deepEqual(["250m", "2", "1.5", "1Ki", "1k"].map(quantity), [0.25, 2, 1.5, 1024, 1000]);
    assert.throws(() => quantity("1 GB"), /is not a quantity/);
  });
});
