// The one pod builder: what every pod of the platform has, whoever makes it, on both Targets.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { podLabels } from "../../../components/network";
import { type ContainerArgs, type PodArgs, podTemplate } from "../../../components/workload";
import { type PlainObject, text } from "../../../tools/graph/values";
import {
  container,
  IMAGE,
  NAMESPACE,
  resources,
  security,
  targetNames,
  testNamespace,
} from "../../support/fixtures";
import { run } from "../../support/program";

const labels = podLabels("shop");

type Template = PlainObject & {
  metadata: PlainObject;
  spec: PlainObject & { containers: PlainObject[]; volumes: PlainObject[] };
};

/** The template as it goes to the API server. */
async function template(args: Partial<PodArgs> = {}): Promise<Template> {
  const { outputs } = await run(() => ({
    template: pulumi.output(
      podTemplate({
        namespace: testNamespace(),
        security: security.openshift,
        labels,
        containers: [container()],
        ...args,
      }),
    ),
  }));
  return outputs.template as Template;
}

async function containerOf(args: Partial<ContainerArgs>): Promise<PlainObject> {
  return (await template({ containers: [container(args)] })).spec.containers[0]!;
}

const IDS = {
  minikube: {
    runAsUser: 10001,
    runAsGroup: 10001,
    fsGroup: 10001,
    fsGroupChangePolicy: "OnRootMismatch",
  },
  // The security context constraint fills them in, and refuses pods that bring their own.
  openshift: {},
};

for (const target of targetNames)
  describe(`a pod on ${target}`, () => {
    it("satisfies Pod Security `restricted` and holds nothing that was not asked for", async () => {
      assert.deepEqual(await template({ security: security[target] }), {
        metadata: { labels: { "app.kubernetes.io/name": "shop" } },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            seccompProfile: { type: "RuntimeDefault" },
            ...IDS[target],
          },
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              name: "server",
              image: IMAGE,
              imagePullPolicy: "IfNotPresent",
              resources: {
                requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
                limits: { memory: "256Mi", "ephemeral-storage": "2Gi" },
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
            },
          ],
        },
      });
    });
  });

describe("a pod", () => {
  it("carries annotations, so that a change of them rolls it out", async () => {
    const { metadata } = await template({ annotations: { checksum: "abc" } });
    assert.deepEqual(metadata.annotations, { checksum: "abc" });
  });

  it("pulls its images with the namespace's pull secrets", async () => {
    const { outputs } = await run(() => ({
      spec: pulumi.output(
        podTemplate({
          namespace: testNamespace(NAMESPACE, { pullSecrets: ["registry"] }),
          security: security.minikube,
          labels,
          containers: [container()],
        }).spec,
      ),
    }));
    assert.deepEqual((outputs.spec as PlainObject).imagePullSecrets, [{ name: "registry" }]);
  });

  it("prefers a node for each replica when asked to spread, and runs on one node all the same", async () => {
    assert.deepEqual((await template({ spread: true })).spec.topologySpreadConstraints, [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "app.kubernetes.io/name": "shop" } },
      },
    ]);
  });

  it("takes its grace period and restart policy as given", async () => {
    const { spec } = await template({ terminationGracePeriod: 120, restartPolicy: "Never" });
    assert.deepEqual([spec.terminationGracePeriodSeconds, spec.restartPolicy], [120, "Never"]);
  });

  it("secures its init containers like the others", async () => {
    const { spec } = await template({ initContainers: [container({ name: "prepare" })] });
    assert.deepEqual(spec.initContainers, [{ ...spec.containers[0], name: "prepare" }]);
  });
});

describe("a container", () => {
  it("says how it runs, when its image's own way can't be used", async () => {
    const built = await containerOf({ command: ["sh", "/scripts/run.sh"], args: ["--once"] });
    assert.deepEqual([built.command, built.args], [["sh", "/scripts/run.sh"], ["--once"]]);
  });

  it("reads its environment from values, Secrets and ConfigMaps, in the order given", async () => {
    const env = {
      PLAIN: "value",
      LATER: pulumi.output("known later"),
      PASSWORD: { secret: "credentials", key: "password" },
      SETTING: { configMap: pulumi.output("settings"), key: "mode" },
    };
    assert.deepEqual((await containerOf({ env })).env, [
      { name: "PLAIN", value: "value" },
      { name: "LATER", value: "known later" },
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "credentials", key: "password" } } },
      { name: "SETTING", valueFrom: { configMapKeyRef: { name: "settings", key: "mode" } } },
    ]);
  });

  it("names its ports", async () => {
    assert.deepEqual((await containerOf({ ports: { http: 8000, metrics: 9090 } })).ports, [
      { name: "http", containerPort: 8000, protocol: "TCP" },
      { name: "metrics", containerPort: 9090, protocol: "TCP" },
    ]);
  });

  it("has the probes that it was given, each for its purpose", async () => {
    const probe = (path: string) => ({ httpGet: { path, port: 8000 } });
    const built = await containerOf({
      startup: probe("/started"),
      readiness: probe("/ready"),
      liveness: probe("/live"),
    });
    assert.deepEqual(
      [built.startupProbe, built.readinessProbe, built.livenessProbe],
      [probe("/started"), probe("/ready"), probe("/live")],
    );
  });

  it("is bounded in CPU only when asked to be", async () => {
    const limits = { ...resources.limits, cpu: "1" };
    assert.deepEqual((await containerOf({ resources: { ...resources, limits } })).resources, {
      requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "1", memory: "256Mi", "ephemeral-storage": "2Gi" },
    });
  });
});

describe("mounts", () => {
  it("become volumes of the pod, named after their paths", async () => {
    const mounts = {
      "/data": { claim: pulumi.output("shop-data") },
      "/credentials/admin": { secret: "admin" },
      "/etc/shop": { configMap: "settings" },
      "/tmp": { scratch: "64Mi" },
    };
    const { spec } = await template({ containers: [container({ mounts })] });
    assert.deepEqual(spec.volumes, [
      { name: "data", persistentVolumeClaim: { claimName: "shop-data" } },
      // Readable by the pod's group, by nobody else.
      { name: "credentials-admin", secret: { secretName: "admin", defaultMode: 0o440 } },
      { name: "etc-shop", configMap: { name: "settings" } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
    ]);
    assert.deepEqual(spec.containers[0]!.volumeMounts, [
      { name: "data", mountPath: "/data" },
      { name: "credentials-admin", mountPath: "/credentials/admin", readOnly: true },
      { name: "etc-shop", mountPath: "/etc/shop", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ]);
  });

  it("of one path in several containers are one volume", async () => {
    const shared = { "/work": { scratch: "1Gi" } };
    const { spec } = await template({
      initContainers: [container({ name: "prepare", mounts: shared })],
      containers: [container({ mounts: shared }), container({ name: "helper", mounts: shared })],
    });
    assert.deepEqual(spec.volumes, [{ name: "work", emptyDir: { sizeLimit: "1Gi" } }]);
    for (const built of [...spec.containers, ...(spec.initContainers as PlainObject[])])
      assert.deepEqual(built.volumeMounts, [{ name: "work", mountPath: "/work" }]);
  });

  it("that have different paths are different volumes, even when their names would be alike", async () => {
    const mounts = {
      "/models/a": { scratch: "1Gi" },
      "/models-a": { scratch: "2Gi" },
      "/Models.A": { scratch: "3Gi" },
    };
    const { spec } = await template({ containers: [container({ mounts })] });
    const names = spec.volumes.map(({ name }) => text(name));
    assert.equal(
      new Set(names).size,
      3,
      `the API server refuses two volumes of one name: ${names.join(", ")}`,
    );
  });

  it("of a long path have a name that the API server takes", async () => {
    const mounts = { [`/opt/${"a-long-folder/".repeat(6)}models`]: { scratch: "1Gi" } };
    const { spec } = await template({ containers: [container({ mounts })] });
    assert.match(text(spec.volumes[0]!.name), /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });

  it("of one path can't come from different sources in one pod", async () => {
    const withData = (size: string) =>
      container({ name: `c${size.toLowerCase()}`, mounts: { "/data": { scratch: size } } });
    await assert.rejects(template({ containers: [withData("1Gi"), withData("2Gi")] }), /\/data/);
  });
});
