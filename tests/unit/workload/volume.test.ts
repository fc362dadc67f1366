// DataVolume: a disk of its own that may grow, or one that is there already.
import * as assert from "node:assert/strict";
import { DataVolume, type DataVolumeArgs } from "../../../components/workload";
import { NAMESPACE, testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";

const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";

function volume(args: Partial<DataVolumeArgs> = {}): Promise<TestGraph> {
  return run(() => {
    const { claimName, uid } = new DataVolume("shop-data", {
      namespace: testNamespace(),
      size: "20Gi",
      ...args,
    });
    return { claimName, uid };
  });
}

describe("a data volume", () => {
  it("is a claim of its own, of the cluster's default class", async () => {
    const claim = (await volume()).one(CLAIM);
    assert.deepEqual(claim.inputs.metadata, { name: "shop-data", namespace: "team" });
    assert.deepEqual(claim.inputs.spec, {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "20Gi" } },
    });
  });

  it("has another class when one is named", async () => {
    assert.deepEqual((await volume({ storageClass: "fast" })).one(CLAIM).inputs.spec, {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "20Gi" } },
      storageClassName: "fast",
    });
  });

  it("can't be deleted by accident, unless it holds nothing worth keeping", async () => {
    assert.equal((await volume()).one(CLAIM).protect, true);
    assert.equal((await volume({ protect: false })).one(CLAIM).protect, false);
  });

  it("stays the same resource when it grows: nothing but its request differs", async () => {
    const [before, grown] = [(await volume()).one(CLAIM), (await volume({ size: "50Gi" })).one(CLAIM)];
    assert.equal(grown.urn, before.urn);
    assert.equal(grown.id, before.id);
    assert.deepEqual(grown.inputs, {
      ...before.inputs,
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "50Gi" } } },
    });
  });

  it("tells its claim's name, and an identity that changes when the disk is another one", async () => {
    const graph = await volume();
    const { uid } = graph.one(CLAIM).outputs.metadata as { uid: string };
    assert.deepEqual(graph.outputs, { claimName: "shop-data", uid });
    assert.deepEqual(graph.one("mlops:workload:DataVolume").outputs, { claimName: "shop-data", uid });
  });

  it("is made when its namespace has its quota, and does not wait for policies, which are about pods", async () => {
    const graph = await run(() => {
      new DataVolume("shop-data", { namespace: testNamespace(), size: "20Gi" });
    });
    const { dependencies, parent } = graph.one(CLAIM);
    assert.deepEqual(dependencies.map((urn) => graph.byUrn(urn).inputs.kind).sort(), [
      "LimitRange",
      "Namespace",
      "ResourceQuota",
    ]);
    assert.equal(parent, graph.one("mlops:workload:DataVolume").urn);
  });
});

describe("a data volume with an existing claim", () => {
  const adopted = () => volume({ existingClaim: "data-from-before", size: "1Gi", storageClass: "fast" });

  it("reads the claim from its namespace, and neither makes, resizes nor deletes it", async () => {
    const graph = await adopted();
    const claim = graph.one(CLAIM);
    assert.equal(claim.read, true);
    assert.equal(claim.id, `${NAMESPACE}/data-from-before`);
    assert.deepEqual(claim.inputs.spec, undefined);
    assert.equal(claim.protect, false);
    assert.deepEqual(
      graph.objects.filter(({ manifest }) => manifest.kind === "PersistentVolumeClaim"),
      [],
    );
  });

  it("tells that claim's name and identity", async () => {
    const graph = await adopted();
    const { uid } = graph.one(CLAIM).outputs.metadata as { uid: string };
    assert.deepEqual(graph.outputs, { claimName: "data-from-before", uid });
  });
});
