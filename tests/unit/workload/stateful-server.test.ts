// StatefulServer: one server with one disk, on both Targets.
import * as assert from "node:assert/strict";
import * as random from "@pulumi/random";
import { podLabels } from "../../../components/network";
import { StatefulServer, type StatefulServerArgs } from "../../../components/workload";
import type { Resource } from "../../../tools/graph/graph";
import type { PlainObject } from "../../../tools/graph/values";
import { container, security, targetNames, testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import { at } from "../../support/services";

const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const SERVICE = "kubernetes:core/v1:Service";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const labels = podLabels("store");

function server(args: Partial<StatefulServerArgs> = {}): Promise<TestGraph> {
  return run(() => {
    const { ready, storage } = new StatefulServer("store", {
      namespace: testNamespace(),
      security: security.openshift,
      storage: { size: "20Gi" },
      container: (claim) => container({ mounts: { "/data": { claim } } }),
      services: {
        "store-api": { port: 9000, portName: "api" },
        "store-console": { port: 9001, portName: "console" },
      },
      ...args,
    });
    return { storage, ready: ready.map(({ urn }) => urn) };
  });
}

type StatefulSetSpec = PlainObject & { template: { metadata: PlainObject; spec: PlainObject } };
const specOf = ({ inputs }: Resource): StatefulSetSpec => inputs.spec as StatefulSetSpec;
const namesOf = (resources: readonly Resource[]): string[] => resources.map(({ name }) => name);

describe("a stateful server", () => {
  it("is one replica behind its first Service, since two can't share one disk", async () => {
    const set = (await server()).one(STATEFUL_SET);
    const { template, ...spec } = specOf(set);
    assert.deepEqual(set.inputs.metadata, { name: "store", namespace: "team", labels });
    assert.equal(spec.replicas, 1);
    assert.equal(spec.serviceName, "store-api");
    assert.deepEqual(spec.selector, { matchLabels: labels });
    assert.deepEqual(template.metadata, { labels });
  });

  it("is repaired by the next rollout, even when it never got ready", async () => {
    // With the default, OrderedReady, the controller waits for the broken pod and never replaces it.
    assert.equal(specOf((await server()).one(STATEFUL_SET)).podManagementPolicy, "Parallel");
  });

  it("has a disk of its own instead of the set's template, so that it can grow", async () => {
    const graph = await server();
    const { template, volumeClaimTemplates } = specOf(graph.one(STATEFUL_SET));
    assert.equal(volumeClaimTemplates, undefined);
    assert.deepEqual(template.spec.volumes, [
      { name: "data", persistentVolumeClaim: { claimName: "store-data" } },
    ]);
    assert.equal(graph.one(CLAIM).id, "team/store-data");
    assert.equal(graph.one(CLAIM).parent, graph.one("mlops:workload:DataVolume").urn);
  });

  it("runs on an existing disk when one is named", async () => {
    const graph = await server({ storage: { size: "20Gi", existingClaim: "data-from-before" } });
    assert.deepEqual(specOf(graph.one(STATEFUL_SET)).template.spec.volumes, [
      { name: "data", persistentVolumeClaim: { claimName: "data-from-before" } },
    ]);
  });

  for (const target of targetNames)
    it(`runs as ${target} wants pods to run`, async () => {
      const { spec } = specOf((await server({ security: security[target] })).one(STATEFUL_SET)).template;
      assert.deepEqual(spec.securityContext, security[target].context());
    });

  it("has a minute to write everything down, or as long as it needs", async () => {
    const grace = async (args: Partial<StatefulServerArgs>) =>
      specOf((await server(args)).one(STATEFUL_SET)).template.spec.terminationGracePeriodSeconds;
    assert.equal(await grace({}), 60);
    assert.equal(await grace({ terminationGracePeriod: 300 }), 300);
  });

  it("has ten minutes to get ready, or as long as it is told", async () => {
    const timeouts = async (args: Partial<StatefulServerArgs>) =>
      (await server(args)).one(STATEFUL_SET).customTimeouts;
    assert.deepEqual(await timeouts({}), { create: "615s", update: "615s" });
    assert.deepEqual(await timeouts({ rolloutTimeout: 45 }), { create: "60s", update: "60s" });
  });

  it("restarts when what it reads at start changes", async () => {
    const { metadata } = specOf(
      (await server({ annotations: { checksum: "abc" } })).one(STATEFUL_SET),
    ).template;
    assert.deepEqual(metadata.annotations, { checksum: "abc" });
  });

  it("starts after its namespace's policies, its disk and what it depends on", async () => {
    const graph = await run(() => {
      const first = new random.RandomPet("first");
      new StatefulServer("store", {
        namespace: testNamespace(),
        security: security.minikube,
        storage: { size: "20Gi" },
        container: (claim) => container({ mounts: { "/data": { claim } } }),
        services: { store: { port: 9000, portName: "api" } },
        dependsOn: [first],
      });
    });
    const before = namesOf(graph.prerequisitesOf(graph.one(STATEFUL_SET)));
    for (const name of ["team", "team-default-deny", "team-allow-dns", "team-quota", "store-data", "first"])
      assert.ok(before.includes(name), `${name} is not among: ${before.join(", ")}`);
  });

  it("has its Services by their exact names, each after the server is there", async () => {
    const graph = await server();
    const service = (portName: string, port: number) => ({
      selector: labels,
      ports: [{ name: portName, port, targetPort: port, protocol: "TCP" }],
    });
    assert.deepEqual(graph.object("Service", "store-api").spec, service("api", 9000));
    assert.deepEqual(graph.object("Service", "store-console").spec, service("console", 9001));
    for (const resource of graph.all(SERVICE)) {
      assert.deepEqual(resource.inputs.metadata, { name: resource.name, namespace: "team", labels });
      assert.ok(resource.dependencies.includes(graph.one(STATEFUL_SET).urn), resource.name);
    }
  });

  it("tells its clients what to wait for, its main Service among it, and which disk they get", async () => {
    const graph = await server();
    const awaited = [graph.one(STATEFUL_SET), graph.one(SERVICE, "store-api")];
    assert.deepEqual(
      graph.outputs.ready,
      awaited.map(({ urn }) => urn),
    );
    assert.equal(graph.outputs.storage, at(graph.one(CLAIM).outputs, "metadata", "uid"));
  });

  it("needs a Service", async () => {
    await assert.rejects(server({ services: {} }), {
      message: "StatefulServer store needs at least one Service.",
    });
  });

  it("does not keep a node from being drained, not even when it is broken", async () => {
    assert.deepEqual((await server()).object("PodDisruptionBudget", "store").spec, {
      maxUnavailable: 1,
      // Otherwise a running pod that is not ready can never be evicted.
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: labels },
    });
  });

  it("can't be deleted by accident, nor its disk, unless they hold nothing worth keeping", async () => {
    const protection = (graph: TestGraph) => [graph.one(STATEFUL_SET).protect, graph.one(CLAIM).protect];
    assert.deepEqual(protection(await server()), [true, true]);
    assert.deepEqual(protection(await server({ storage: { size: "20Gi", protect: false } })), [false, false]);
  });

  it("owns all of its parts, and its Services can be deleted", async () => {
    const graph = await server();
    const component = graph.one("mlops:workload:StatefulServer");
    assert.deepEqual(namesOf(graph.childrenOf(component)), [
      "store",
      "store",
      "store-api",
      "store-console",
      "store-data",
    ]);
    assert.deepEqual(component.outputs, { statefulSet: "store", claim: "store-data" });
    assert.ok(graph.all(SERVICE).every(({ protect }) => !protect));
  });
});
