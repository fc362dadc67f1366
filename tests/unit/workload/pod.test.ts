// The one pod builder: what every pod of the platform has, whoever makes it, on both Targets.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type ContainerArgs, podTemplate } from "../../../components/workload";
import type { PlainObject } from "../../../tools/graph/values";
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
import { labels, template } from "./setup";

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
                limits: { memory: "256Mi", "ephemeral-storage": "512Mi" },
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

  it("runs as the account it is given, without a token of it", async () => {
    const { spec } = await template({ serviceAccount: pulumi.output("shop") });
    assert.deepEqual([spec.serviceAccountName, spec.automountServiceAccountToken], ["shop", false]);
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

  it("goes on answering for a while after the request to stop, when asked to", async () => {
    assert.deepEqual((await containerOf({ drain: 5 })).lifecycle, { preStop: { sleep: { seconds: 5 } } });
    assert.ok(!("lifecycle" in (await containerOf({ drain: 0 }))));
  });

  it("leaves the end of its log in the pod's status when it fails, when asked to", async () => {
    const { terminationMessagePolicy } = await containerOf({ terminationMessage: "log" });
    assert.equal(terminationMessagePolicy, "FallbackToLogsOnError");
  });

  it("is bounded in CPU only when asked to be", async () => {
    const limits = { ...resources.limits, cpu: "1" };
    assert.deepEqual((await containerOf({ resources: { ...resources, limits } })).resources, {
      requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "1", memory: "256Mi", "ephemeral-storage": "512Mi" },
    });
  });
});
