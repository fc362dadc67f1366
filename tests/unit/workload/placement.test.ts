// Placement: which nodes a pod's scheduler looks for, and which devices it gets there.
import * as assert from "node:assert/strict";
import type { Placement } from "../../../components/workload";
import type { PlainObject } from "../../../tools/graph/values";
import { container } from "../../support/fixtures";
import { template } from "./setup";

const specOf = async (placement: Placement) => (await template({ placement })).spec;

const isIn = (key: string, value: string) => ({ key, operator: "In", values: [value] });

describe("a pod's placement", () => {
  it("is anywhere, by default", async () => {
    const { spec } = await template();
    for (const key of ["affinity", "tolerations", "topologySpreadConstraints", "nodeSelector"])
      assert.ok(!(key in spec), key);
  });

  const spreads = { preferred: "ScheduleAnyway", required: "DoNotSchedule" } as const;
  for (const [spread, whenUnsatisfiable] of Object.entries(spreads))
    it(`is a node for each replica, ${spread}`, async () => {
      const { topologySpreadConstraints } = await specOf({ spread: spread as keyof typeof spreads });
      assert.deepEqual(topologySpreadConstraints, [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable,
          nodeTaintsPolicy: "Honor",
          labelSelector: { matchLabels: { "app.kubernetes.io/name": "shop" } },
          // Otherwise the pods of the old version would keep the new ones from their nodes.
          matchLabelKeys: ["pod-template-hash"],
        },
      ]);
    });

  it("prefers spot nodes, and tolerates what keeps others from them", async () => {
    const spec = await specOf({
      spot: {
        labels: { "node.kubernetes.io/lifecycle": "spot" },
        taints: [{ key: "spot", value: "true", effect: "NoSchedule" }, { key: "preemptible" }],
      },
    });
    assert.deepEqual(spec.affinity, {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, preference: { matchExpressions: [isIn("node.kubernetes.io/lifecycle", "spot")] } },
        ],
      },
    });
    assert.deepEqual(spec.tolerations, [
      { key: "spot", operator: "Equal", value: "true", effect: "NoSchedule" },
      { key: "preemptible", operator: "Exists" },
    ]);
  });

  it("can't be a group of nodes that nothing tells from others", async () => {
    await assert.rejects(specOf({ spot: { labels: {} } }), /group of nodes has no labels.*--show-labels/);
  });
});

describe("a pod with GPUs", () => {
  it("has one for its first container, and tolerates the taint of nodes with GPUs", async () => {
    const { spec } = await template({
      containers: [container(), container({ name: "helper" })],
      placement: { gpu: {} },
    });
    const [first, second] = spec.containers.map(({ resources }) => resources as PlainObject);
    assert.deepEqual(first, {
      requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi", "nvidia.com/gpu": "1" },
      limits: { memory: "256Mi", "ephemeral-storage": "512Mi", "nvidia.com/gpu": "1" },
    });
    assert.ok(!("nvidia.com/gpu" in (second!.limits as PlainObject)));
    assert.deepEqual(spec.tolerations, [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }]);
    assert.ok(!("affinity" in spec), "the scheduler knows the nodes that have devices");
  });

  it("runs on the nodes that it is told, and no others, with as many devices as it asks for", async () => {
    const spec = await specOf({
      gpu: {
        count: 2,
        resource: "amd.com/gpu",
        nodes: { labels: { accelerator: "mi300" }, taints: [{ key: "gpu-only" }] },
      },
    });
    assert.deepEqual(spec.affinity, {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [isIn("accelerator", "mi300")] }],
        },
      },
    });
    assert.deepEqual(spec.tolerations, [{ key: "gpu-only", operator: "Exists" }]);
    const { limits } = spec.containers[0]!.resources as { limits: PlainObject };
    assert.equal(limits["amd.com/gpu"], "2");
  });

  it("on spot nodes looks for both", async () => {
    const spec = await specOf({
      gpu: { nodes: { labels: { gpu: "yes" } } },
      spot: { labels: { spot: "yes" } },
    });
    assert.deepEqual(Object.keys((spec.affinity as { nodeAffinity: PlainObject }).nodeAffinity).sort(), [
      "preferredDuringSchedulingIgnoredDuringExecution",
      "requiredDuringSchedulingIgnoredDuringExecution",
    ]);
    assert.deepEqual(spec.tolerations, [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }]);
  });

  for (const count of [0, -1, 0.5])
    it(`can't have ${count} of them`, async () => {
      await assert.rejects(specOf({ gpu: { count } }), {
        message: `A pod can't have ${count} GPUs. Give a whole number from 1 on, or leave gpu out.`,
      });
    });
});
