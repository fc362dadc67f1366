// The reachability calculation against hand-made policies whose meaning the Kubernetes API defines.
import * as assert from "node:assert/strict";
import type { PlainObject } from "../../tools/graph/values";
import { readNetwork, type Address, type Pod } from "../../tools/network/network";
import { connections, describeConnections, mayConnect } from "../../tools/network/reachability";

const internet: Address = { kind: "address", name: "internet", ip: "203.0.113.9" };

function namespace(name: string, labels: PlainObject = {}): PlainObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

function deployment(where: string, app: string, ports: PlainObject[] = []): PlainObject {
  const template = { metadata: { labels: { app } }, spec: { containers: [{ name: "main", ports }] } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: app, namespace: where },
    spec: { template },
  };
}

function policy(where: string, spec: PlainObject): PlainObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "policy", namespace: where },
    spec,
  };
}

/** Two pods, `web` in the namespace `front` and `db` in `back`, and these policies. */
function world(...policies: PlainObject[]) {
  const network = readNetwork([
    namespace("front", { tier: "web" }),
    namespace("back"),
    deployment("front", "web"),
    deployment("back", "db", [{ name: "sql", containerPort: 3306 }]),
    deployment("back", "cache", [{ name: "sql", containerPort: 6379 }]),
    ...policies,
  ]);
  const pod = (app: string): Pod => network.pods.find(({ labels }) => labels.app === app)!;
  const [web, db, cache] = [pod("web"), pod("db"), pod("cache")];
  return { network, web, db, cache };
}

/** Whether `web` reaches `db` on 3306 under an ingress policy of the namespace `back`. */
function ingressAllows(spec: PlainObject): boolean {
  const { network, web, db } = world(policy("back", spec));
  return mayConnect(network, web, db, 3306);
}

describe("reachability", () => {
  describe("without rules", () => {
    it("leaves pods open that no policy selects", () => {
      const { network, web, db } = world();
      assert.ok(mayConnect(network, web, db, 3306));
      assert.ok(mayConnect(network, internet, db, 1));
    });

    it("closes a direction to pods that a policy selects and no rule opens", () => {
      assert.equal(ingressAllows({ podSelector: {}, policyTypes: ["Ingress"] }), false);
      assert.equal(ingressAllows({ podSelector: {}, policyTypes: ["Ingress"], ingress: [] }), false);
    });

    it("does not touch pods that the policy's selector misses, or those of other namespaces", () => {
      assert.ok(ingressAllows({ podSelector: { matchLabels: { app: "cache" } }, policyTypes: ["Ingress"] }));
      const { network, web, db } = world(policy("front", { podSelector: {}, policyTypes: ["Ingress"] }));
      assert.ok(mayConnect(network, web, db, 3306));
      assert.equal(mayConnect(network, db, web, 80), false);
    });
  });

  describe("both ends", () => {
    const ingress = policy("back", {
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { tier: "web" } } }] }],
    });
    const noEgress = policy("front", { podSelector: {}, policyTypes: ["Egress"] });
    const egress = policy("front", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "back" } } }] }],
    });

    it("refuses when only the destination allows", () => {
      const { network, web, db } = world(ingress, noEgress);
      assert.equal(mayConnect(network, web, db, 3306), false);
    });

    it("refuses when only the source allows", () => {
      const { network, web, db } = world(
        egress,
        policy("back", { podSelector: {}, policyTypes: ["Ingress"] }),
      );
      assert.equal(mayConnect(network, web, db, 3306), false);
    });

    it("allows when both do", () => {
      const { network, web, db } = world(ingress, egress, noEgress);
      assert.ok(mayConnect(network, web, db, 3306));
      assert.equal(mayConnect(network, web, internet, 443), false);
    });
  });

  describe("policyTypes left out", () => {
    it("means Ingress, even when there is no ingress rule", () => {
      assert.equal(ingressAllows({ podSelector: {} }), false);
    });

    it("does not mean Egress without egress rules", () => {
      const { network, web, db } = world(policy("front", { podSelector: {} }));
      assert.ok(mayConnect(network, web, db, 3306));
    });

    it("means Egress, too, when there are egress rules", () => {
      const spec = { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: "198.51.100.0/24" } }] }] };
      const { network, web, db } = world(policy("front", spec));
      assert.equal(mayConnect(network, web, db, 3306), false);
      assert.equal(mayConnect(network, db, web, 80), false);
    });
  });

  describe("peers", () => {
    const from = (...peers: PlainObject[]): boolean =>
      ingressAllows({ podSelector: {}, ingress: [{ from: peers }] });

    it("are everyone when `from` is absent", () =>
      assert.ok(ingressAllows({ podSelector: {}, ingress: [{}] })));
    it("are everyone when `from` is empty", () => assert.ok(from()));

    it("are pods of the policy's own namespace for a podSelector alone, also an empty one", () => {
      const { network, web, db, cache } = world(
        policy("back", { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }),
      );
      assert.ok(mayConnect(network, cache, db, 3306));
      assert.equal(mayConnect(network, web, db, 3306), false);
      assert.equal(mayConnect(network, internet, db, 3306), false);
    });

    it("are all pods of all namespaces, and no address, for an empty namespaceSelector", () => {
      const { network, web, db } = world(
        policy("back", { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] }),
      );
      assert.ok(mayConnect(network, web, db, 3306));
      assert.equal(mayConnect(network, internet, db, 3306), false);
    });

    it("match both selectors of one entry, but either of two entries", () => {
      const [namespaces, pods] = [{ matchLabels: { tier: "web" } }, { matchLabels: { app: "other" } }];
      assert.equal(from({ namespaceSelector: namespaces, podSelector: pods }), false);
      assert.ok(from({ namespaceSelector: namespaces }, { podSelector: pods }));
    });

    it("know a namespace without labels by its name", () => {
      const byName = (name: string) => ({
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
      });
      assert.ok(from(byName("front")));
      assert.equal(from(byName("back")), false);
    });

    it("match expressions", () => {
      const pods = (...matchExpressions: PlainObject[]): boolean =>
        from({ namespaceSelector: {}, podSelector: { matchExpressions } });
      assert.ok(pods({ key: "app", operator: "In", values: ["web", "x"] }));
      assert.equal(pods({ key: "app", operator: "NotIn", values: ["web"] }), false);
      assert.ok(pods({ key: "missing", operator: "NotIn", values: ["web"] }));
      assert.equal(pods({ key: "missing", operator: "In", values: ["web"] }), false);
      assert.ok(pods({ key: "app", operator: "Exists" }));
      assert.ok(pods({ key: "missing", operator: "DoesNotExist" }));
      assert.equal(pods({ key: "app", operator: "Exists" }, { key: "app", operator: "DoesNotExist" }), false);
    });

    it("may be an address block with exceptions", () => {
      const { network, web, db } = world(
        policy("front", {
          podSelector: {},
          egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "203.0.113.8/31"] } }] }],
        }),
      );
      const address = (ip: string): Address => ({ kind: "address", name: ip, ip });
      assert.ok(mayConnect(network, web, address("203.0.113.10"), 443));
      assert.equal(mayConnect(network, web, address("203.0.113.9"), 443), false);
      assert.equal(mayConnect(network, web, address("2001:db8::1"), 443), false);
      assert.equal(mayConnect(network, web, db, 3306), false, "a pod's address is in the exception");
    });

    it("may be an address block that pods' addresses lie in", () => {
      assert.ok(from({ ipBlock: { cidr: "10.244.0.0/16" } }));
      assert.equal(from({ ipBlock: { cidr: "10.245.0.0/16" } }), false);
    });

    it("may be an IPv6 block", () => {
      const { network, db } = world(
        policy("back", { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "2001:db8::/33" } }] }] }),
      );
      const address = (ip: string): Address => ({ kind: "address", name: ip, ip });
      assert.ok(mayConnect(network, address("2001:db8:7fff::1"), db, 1));
      assert.equal(mayConnect(network, address("2001:db8:8000::1"), db, 1), false);
    });

    it("are refused when an entry selects nothing, as the API does", () => {
      assert.throws(() => from({}), /peer without podSelector/);
    });
  });

  describe("ports", () => {
    const on = (port: number, rule: PlainObject[], protocol: "TCP" | "UDP" = "TCP"): boolean => {
      const { network, web, db } = world(policy("back", { podSelector: {}, ingress: [{ ports: rule }] }));
      return mayConnect(network, web, db, port, protocol);
    };

    it("are all when the list is absent or empty", () => assert.ok(on(1, [])));

    it("match the number and the protocol, which is TCP unless said", () => {
      assert.ok(on(3306, [{ port: 3306 }]));
      assert.equal(on(3307, [{ port: 3306 }]), false);
      assert.equal(on(3306, [{ port: 3306 }], "UDP"), false);
      assert.ok(on(53, [{ port: 53, protocol: "UDP" }], "UDP"));
    });

    it("are all of a protocol when only that is given", () => {
      assert.ok(on(9, [{ protocol: "TCP" }]));
      assert.equal(on(9, [{ protocol: "TCP" }], "UDP"), false);
    });

    it("may be a range", () => {
      const range = [{ port: 3000, endPort: 3306 }];
      assert.deepEqual(
        [2999, 3000, 3306, 3307].map((port) => on(port, range)),
        [false, true, true, false],
      );
    });

    it("may be a name, which each destination resolves for itself", () => {
      const { network, web, db, cache } = world(
        policy("front", {
          podSelector: {},
          egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: "sql" }] }],
        }),
      );
      assert.ok(mayConnect(network, web, db, 3306));
      assert.equal(mayConnect(network, web, db, 6379), false);
      assert.ok(mayConnect(network, web, cache, 6379));
      assert.equal(mayConnect(network, web, internet, 3306), false);
    });
  });

  it("reads pods from every kind of workload, with the labels that controllers add", () => {
    const template = { metadata: { labels: { app: "x" } }, spec: { containers: [] } };
    const workload = (kind: string, spec: PlainObject): PlainObject => ({
      kind,
      metadata: { name: kind, namespace: "n" },
      spec,
    });
    const { pods } = readNetwork([
      workload("StatefulSet", { template }),
      workload("Job", { template }),
      workload("CronJob", { jobTemplate: { spec: { template } } }),
      workload("Service", {}),
    ]);
    assert.deepEqual(
      pods.map(({ name, labels }) => [name, labels.app, labels["job-name"]]),
      [
        ["n/statefulset/StatefulSet", "x", undefined],
        ["n/job/Job", "x", "Job"],
        ["n/cronjob/CronJob", "x", undefined],
      ],
    );
  });

  it("lists every permitted connection once, and says when all ports are open", () => {
    const spec = {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: [{ port: "sql" }] }],
    };
    const { network, web, db } = world(policy("back", spec));
    assert.deepEqual(describeConnections(connections(network, [web, db, internet])), [
      "front/deployment/web -> back/deployment/db 3306/TCP",
      "front/deployment/web -> front/deployment/web every port/TCP",
      "front/deployment/web -> front/deployment/web every port/UDP",
      "front/deployment/web -> internet every port/TCP",
      "front/deployment/web -> internet every port/UDP",
      "internet -> back/deployment/db 3306/TCP",
      "internet -> front/deployment/web every port/TCP",
      "internet -> front/deployment/web every port/UDP",
    ]);
  });
});
