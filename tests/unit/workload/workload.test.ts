// Workload: the one Deployment builder, with its Service, autoscaling, budget and way in, on both Targets.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { WorkloadArgs } from "../../../components/workload";
import type { Resource } from "../../../tools/graph/graph";
import type { PlainObject } from "../../../tools/graph/values";
import { container, security, targetNames } from "../../support/fixtures";
import { run } from "../../support/program";
import { DEPLOYMENT } from "../../support/services";
import { labels, make, specOf, workload } from "./setup";

const AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";

const namesOf = (resources: readonly Resource[]): string[] => resources.map(({ name }) => name);

describe("a workload", () => {
  it("is a Deployment of one replica that loses no pod while it rolls out", async () => {
    const graph = await workload();
    const { template, ...spec } = specOf(graph);
    assert.deepEqual(graph.one(DEPLOYMENT).inputs.metadata, { name: "shop", namespace: "team", labels });
    assert.deepEqual(spec, {
      replicas: 1,
      selector: { matchLabels: labels },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      progressDeadlineSeconds: 600,
    });
    assert.deepEqual(template.metadata, { labels });
  });

  for (const target of targetNames)
    it(`runs as ${target} wants pods to run`, async () => {
      const { spec } = specOf(await workload({ security: security[target] })).template;
      assert.deepEqual(spec.securityContext, security[target].context());
    });

  it("prefers a node for each replica, unless it is told otherwise", async () => {
    const spread = async (args: Partial<WorkloadArgs>) =>
      specOf(await workload(args)).template.spec.topologySpreadConstraints as PlainObject[];
    const [preferred] = await spread({});
    assert.equal(preferred!.whenUnsatisfiable, "ScheduleAnyway");
    const [kept] = await spread({ placement: { gpu: {} } });
    assert.equal(kept!.whenUnsatisfiable, "ScheduleAnyway");
    const [required] = await spread({ placement: { spread: "required" } });
    assert.equal(required!.whenUnsatisfiable, "DoNotSchedule");
  });

  it("runs as an account of its own, which may do nothing and whose token its pods don't get", async () => {
    const graph = await workload();
    const account = graph.object("ServiceAccount", "shop");
    assert.deepEqual(account, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "shop", namespace: "team", labels },
      automountServiceAccountToken: false,
    });
    const { spec } = specOf(graph).template;
    assert.deepEqual([spec.serviceAccountName, spec.automountServiceAccountToken], ["shop", false]);
    assert.ok(
      graph.one(DEPLOYMENT).dependencies.includes(graph.one("kubernetes:core/v1:ServiceAccount").urn),
    );
    for (const kind of ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"])
      graph.none(`kubernetes:rbac.authorization.k8s.io/v1:${kind}`);
  });

  it("goes on answering until everybody knows that a pod is going, so that an update loses no request", async () => {
    const drainOf = async (args: Partial<WorkloadArgs>) =>
      (specOf(await workload(args)).template.spec.containers as PlainObject[])[0]!.lifecycle;
    assert.deepEqual(await drainOf({}), { preStop: { sleep: { seconds: 5 } } });
    assert.equal(await drainOf({ container: container({ drain: 0 }) }), undefined);
  });

  it("rolls out as it is told to", async () => {
    const { strategy } = specOf(await workload({ rollout: { maxSurge: 1, maxUnavailable: 1 } }));
    assert.deepEqual(strategy, { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } });
  });

  it("may take as long as it is told to, and the provider waits for the cluster's verdict", async () => {
    const limits = async (args: Partial<WorkloadArgs>) => {
      const graph = await workload(args);
      return [specOf(graph).progressDeadlineSeconds, graph.one(DEPLOYMENT).customTimeouts];
    };
    assert.deepEqual(await limits({}), [600, { create: "615s", update: "615s" }]);
    assert.deepEqual(await limits({ rolloutTimeout: 45 }), [45, { create: "60s", update: "60s" }]);
  });

  it("gives pods that take long to stop the time for it, before a deletion fails", async () => {
    const deletion = async (args: Partial<WorkloadArgs>) =>
      (await workload(args)).one(DEPLOYMENT).customTimeouts.delete;
    assert.equal(await deletion({ terminationGracePeriod: 905 }), "920s");
    assert.equal(await deletion({ terminationGracePeriod: 120 }), undefined);
  });

  it("passes on init containers, annotations and the grace period", async () => {
    const { template } = specOf(
      await workload({
        initContainers: [container({ name: "prepare" })],
        annotations: { checksum: "abc" },
        terminationGracePeriod: 90,
      }),
    );
    assert.deepEqual(template.metadata.annotations, { checksum: "abc" });
    assert.equal((template.spec.initContainers as PlainObject[])[0]!.name, "prepare");
    assert.equal(template.spec.terminationGracePeriodSeconds, 90);
  });

  it("has a Service of the exact name that clients use, once its pods are there", async () => {
    const graph = await workload();
    const service = graph.one("kubernetes:core/v1:Service");
    assert.deepEqual(service.inputs.metadata, { name: "shop-service", namespace: "team", labels });
    assert.deepEqual(service.inputs.spec, {
      selector: labels,
      ports: [{ name: "http", port: 8000, targetPort: 8000, protocol: "TCP" }],
    });
    assert.ok(service.dependencies.includes(graph.one(DEPLOYMENT).urn));
  });

  it("tells where it listens", async () => {
    const { outputs } = await run(() => ({ endpoint: make().endpoint }));
    assert.deepEqual(outputs.endpoint, {
      kind: "pods",
      name: "shop",
      namespace: "team",
      pods: labels,
      port: 8000,
      host: "shop-service.team.svc.cluster.local",
    });
  });

  it("lets nodes be drained one pod at a time, and broken pods be evicted", async () => {
    assert.deepEqual((await workload({ replicas: 3 })).object("PodDisruptionBudget", "shop").spec, {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: labels },
    });
  });

  it("owns its parts, none of them protected", async () => {
    const graph = await workload({ replicas: { min: 1, max: 2, cpu: 70 } });
    const component = graph.one("mlops:workload:Workload");
    const parts = graph.childrenOf(component);
    assert.deepEqual(namesOf(parts), ["shop", "shop", "shop", "shop-hpa", "shop-service"]);
    assert.ok(parts.every(({ protect }) => !protect));
    assert.deepEqual(component.outputs, { deployment: "shop", service: "shop-service" });
  });
});

describe("a workload's replicas", () => {
  it("are a fixed number without an autoscaler", async () => {
    const graph = await workload({ replicas: 3 });
    assert.equal(specOf(graph).replicas, 3);
    graph.none(AUTOSCALER);
  });

  it("may be none at all", async () => {
    assert.equal(specOf(await workload({ replicas: 0 })).replicas, 0);
  });

  it("are left to the autoscaler when they have bounds", async () => {
    const graph = await workload({ replicas: { min: 3, max: 10, cpu: 70, memory: 80 } });
    assert.ok(!("replicas" in specOf(graph)), "two writers of one field end in an apply conflict");
    assert.deepEqual(graph.object("HorizontalPodAutoscaler", "shop-hpa").spec, {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop" },
      minReplicas: 3,
      maxReplicas: 10,
      // Up within 30 s: the autoscaler looks every 15 s, and waits for nothing. Down after five quiet minutes.
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: "Max",
          policies: [
            { type: "Percent", value: 100, periodSeconds: 15 },
            { type: "Pods", value: 4, periodSeconds: 15 },
          ],
        },
        scaleDown: {
          stabilizationWindowSeconds: 300,
          policies: [{ type: "Percent", value: 50, periodSeconds: 60 }],
        },
      },
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
        },
        {
          type: "Resource",
          resource: { name: "memory", target: { type: "Utilization", averageUtilization: 80 } },
        },
      ],
    });
  });

  it("follow only what they were told to follow", async () => {
    const graph = await workload({ replicas: { min: 1, max: 4, memory: 80 } });
    const { metrics } = graph.object("HorizontalPodAutoscaler", "shop-hpa").spec as { metrics: unknown };
    assert.deepEqual(metrics, [
      {
        type: "Resource",
        resource: { name: "memory", target: { type: "Utilization", averageUtilization: 80 } },
      },
    ]);
  });

  it("can't have bounds without anything to follow", async () => {
    // An empty list of metrics is not "none": the API server puts CPU at 80 % in its place.
    await assert.rejects(workload({ replicas: { min: 1, max: 4 } }), /shop.*cpu.*memory/);
  });

  it("can't have a lower bound above the upper one", async () => {
    await assert.rejects(workload({ replicas: { min: 5, max: 4, cpu: 70 } }), /shop.*5.*4/);
  });
});

describe("a workload starts", () => {
  it("after its namespace's policies, what it uses is ready, and what it depends on", async () => {
    const graph = await run(() => {
      const [secret, first] = [new random.RandomPet("secret"), new random.RandomPet("first")];
      make({ uses: [{ ready: [secret], usedBy: () => undefined }], dependsOn: [first] });
    });
    const before = namesOf(graph.prerequisitesOf(graph.one(DEPLOYMENT)));
    for (const name of [
      "team",
      "team-default-deny",
      "team-allow-dns",
      "team-quota",
      "team-defaults",
      "secret",
      "first",
    ])
      assert.ok(before.includes(name), `${name} is not among: ${before.join(", ")}`);
  });

  it("and tells everything it uses that its Deployment is the user", async () => {
    const graph = await run(() => {
      const users: pulumi.Output<string>[] = [];
      const use = { ready: [], usedBy: (user: pulumi.Resource) => void users.push(user.urn) };
      make({ uses: [use, use] });
      return { users };
    });
    const { urn } = graph.one(DEPLOYMENT);
    assert.deepEqual(graph.outputs.users, [urn, urn]);
  });
});
