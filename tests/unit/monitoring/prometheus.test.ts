// prometheusMonitor: what collects a workload's metrics, what watches them and what shows them, and that nothing of a
// secret is in any of it.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MetricsCredential } from "../../../components/monitoring";
import { clusterPods } from "../../support/fixtures";
import { dashboardsIn, RULE, SERVICE_MONITOR, watched } from "../../support/monitoring";
import { at, CONFIG_MAP, POLICY } from "../../support/services";

describe("a watched workload", () => {
  it("has its metrics collected from its Service, under its own name as the job", async () => {
    const monitor = (await watched()).one(SERVICE_MONITOR);
    assert.equal(monitor.inputs.apiVersion, "monitoring.coreos.com/v1");
    assert.deepEqual(monitor.inputs.metadata, { name: "shop", namespace: "team" });
    assert.deepEqual(monitor.inputs.spec, {
      selector: { matchLabels: { "app.kubernetes.io/name": "shop" } },
      endpoints: [
        {
          port: "http",
          path: "/metrics",
          interval: "30s",
          relabelings: [{ action: "replace", targetLabel: "job", replacement: "shop" }],
        },
      ],
    });
  });

  const credentials: Record<string, { credential: MetricsCredential; asks: object }> = {
    "a token": {
      credential: { bearer: { secretName: "shop-metrics", key: "token" } },
      asks: { authorization: { type: "Bearer", credentials: { name: "shop-metrics", key: "token" } } },
    },
    "a user's name and password": {
      credential: { basic: { secretName: "shop-metrics", userKey: "user", passwordKey: "password" } },
      asks: {
        basicAuth: {
          username: { name: "shop-metrics", key: "user" },
          password: { name: "shop-metrics", key: "password" },
        },
      },
    },
  };
  for (const [what, { credential, asks }] of Object.entries(credentials)) {
    it(`may ask for ${what}, which is named and never copied`, async () => {
      const { spec } = (await watched({ credential, path: "/admin/metrics" })).one(SERVICE_MONITOR).inputs;
      const { relabelings, ...endpoint } = at(spec, "endpoints", 0) as Record<string, unknown>;
      assert.ok(relabelings);
      assert.deepEqual(endpoint, { port: "http", path: "/admin/metrics", interval: "30s", ...asks });
    });
  }

  it("has alerts only once it is there: until then they would wake somebody for nothing", async () => {
    const ready: pulumi.Resource[] = [];
    const graph = await watched({ ready }, {}, (namespace) => {
      ready.push(new k8s.core.v1.ConfigMap("server", {}, { parent: namespace }));
    });
    const server = graph.one(CONFIG_MAP, "server").urn;
    assert.ok(graph.one(RULE).dependencies.includes(server));
    assert.ok(!graph.one(SERVICE_MONITOR).dependencies.includes(server));
  });

  it("is collected as often as asked, with the labels by which Prometheus selects", async () => {
    const graph = await watched({}, { interval: 15, labels: { release: "prometheus" } });
    const monitor = graph.one(SERVICE_MONITOR);
    assert.equal(at(monitor.inputs.spec, "endpoints", 0, "interval"), "15s");
    for (const resource of [monitor, graph.one(RULE)])
      assert.deepEqual(resource.inputs.metadata, {
        name: "shop",
        namespace: "team",
        labels: { release: "prometheus" },
      });
  });

  for (const interval of [0, 9, 61, Number.NaN]) {
    it(`is not collected every ${interval} s`, async () => {
      await assert.rejects(watched({}, { interval }), /collected every \S+ s\. Give 10 to 60/);
    });
  }

  it("lets those who collect reach its port, before they are told to", async () => {
    const graph = await watched();
    const policy = graph.one(POLICY, "shop-from-monitoring");
    assert.deepEqual(policy.inputs.spec, {
      podSelector: { matchLabels: { "app.kubernetes.io/name": "shop" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: clusterPods.namespaceLabels } }],
          ports: [{ protocol: "TCP", port: 8000 }],
        },
      ],
    });
    assert.ok(graph.one(SERVICE_MONITOR).dependencies.includes(policy.urn));
  });

  it("opens no way where its component did", async () => {
    (await watched({ edge: false })).none(POLICY, "shop-from-monitoring");
  });

  it("has a dashboard that is updated in place, in a file that no other namespace has", async () => {
    const graph = await watched();
    const map = graph.one(CONFIG_MAP);
    assert.deepEqual(map.inputs.metadata, {
      name: "shop-dashboard",
      namespace: "team",
      labels: { grafana_dashboard: "1" },
    });
    assert.deepEqual(Object.keys(dashboardsIn(map.inputs.data)), ["team-shop.json"]);
    assert.equal(map.provider, graph.one("pulumi:providers:kubernetes", "in-place").urn);
  });

  it("has a dashboard with the labels by which another Grafana finds it", async () => {
    const { metadata } = (await watched({}, { dashboardLabels: { dashboards: "mine" } })).one(
      CONFIG_MAP,
    ).inputs;
    assert.deepEqual(at(metadata, "labels"), { dashboards: "mine" });
  });

  it("owns whatever watches it", async () => {
    const graph = await watched();
    const owner = graph.one("mlops:network:ManagedNamespace").urn;
    for (const type of [SERVICE_MONITOR, RULE, CONFIG_MAP]) assert.equal(graph.one(type).parent, owner, type);
  });
});
