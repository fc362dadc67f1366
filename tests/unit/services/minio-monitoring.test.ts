// The object store as it is watched: with its own token, where its metrics are, and not at all without a monitor.
import * as assert from "node:assert/strict";
import { prometheusMonitor } from "../../../components/monitoring";
import { clusterPods } from "../../support/fixtures";
import { RULE, rulesIn, SERVICE_MONITOR } from "../../support/monitoring";
import { run, type TestGraph } from "../../support/program";
import { CONFIG_MAP, minioStore, namesOf, POLICY, SECRET, surroundings } from "../../support/services";

function watchedStore(): Promise<TestGraph> {
  return run(() => {
    const here = surroundings();
    const monitor = prometheusMonitor({ scrapers: clusterPods, inPlace: here.access.inPlace });
    minioStore(here, { monitor }).seal();
  });
}

describe("the object store", () => {
  it("has the metrics of the whole server collected, with its own token", async () => {
    const graph = await watchedStore();
    const monitor = graph.one(SERVICE_MONITOR, "minio");
    assert.deepEqual(monitor.inputs.metadata, { name: "minio", namespace: "shared" });
    assert.deepEqual(monitor.inputs.spec, {
      selector: { matchLabels: { "app.kubernetes.io/name": "minio" } },
      endpoints: [
        {
          // Its other Service has the same labels, but no port of this name.
          port: "api",
          path: "/minio/v2/metrics/cluster",
          interval: "30s",
          relabelings: [{ action: "replace", targetLabel: "job", replacement: "minio" }],
          authorization: { type: "Bearer", credentials: { name: "minio-metrics", key: "token" } },
        },
      ],
    });
    assert.ok(monitor.dependencies.includes(graph.one(SECRET, "minio-metrics").urn));
  });

  it("is watched on one way in, which its token's Grant opens", async () => {
    const policies = namesOf((await watchedStore()).all(POLICY));
    assert.deepEqual(
      policies.filter((name) => name.includes("monitoring")),
      ["minio-from-monitoring"],
    );
  });

  it("is watched as a server with a disk", async () => {
    const rules = rulesIn((await watchedStore()).one(RULE, "minio").inputs.spec);
    const alert = rules.find(({ alert }) => alert === "VolumeAlmostFull");
    assert.match(alert!.expr, /persistentvolumeclaim=~"minio-data"/);
    for (const { labels } of rules) {
      assert.equal(labels.namespace, "shared");
      assert.equal(labels.workload, "minio");
    }
  });

  it("is not watched where there is no monitor", async () => {
    const graph = await run(() => minioStore(surroundings()).seal());
    graph.none(SERVICE_MONITOR);
    graph.none(RULE);
    graph.none(CONFIG_MAP, "minio-dashboard");
  });
});
