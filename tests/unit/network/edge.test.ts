// Edge: the policies that open one connection, on the sides that belong to this platform.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  type AddressEndpoint,
  Edge,
  type EdgeArgs,
  NAMESPACE_NAME,
  podLabels,
  type Pods,
  serviceEndpoint,
} from "../../../components/network";
import type { PlainObject } from "../../../tools/graph/values";
import { clusterPods, testNamespace } from "../../support/fixtures";
import { readNetwork, type Peer, type Pod } from "../../../tools/network/network";
import { run, type TestGraph } from "../../support/program";
import { connections, describeConnections } from "../../../tools/network/reachability";

const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

const app: Pods = { namespace: "apps", labels: podLabels("app") };
const database = serviceEndpoint("mysql", { namespace: "data", pods: podLabels("mysql"), port: 3306 });
const outside: AddressEndpoint = {
  kind: "addresses",
  name: "s3",
  cidrs: ["203.0.113.0/24", "2001:db8::/32"],
  port: 443,
  host: pulumi.output("s3.example.com"),
};

function edge(args: Partial<EdgeArgs> = {}): Promise<TestGraph> {
  return run(() => new Edge("app-to-it", { from: "app", source: app, to: database, ...args }));
}

const policies = (graph: TestGraph): PlainObject =>
  Object.fromEntries(
    graph.objects.map(({ namespace, manifest }) => [
      `${namespace}/${manifest.metadata.name}`,
      manifest.spec!,
    ]),
  );

const toPods = (namespace: string, component: string) => ({
  namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: namespace } },
  podSelector: { matchLabels: { "app.kubernetes.io/name": component } },
});

const databaseFrom = (peer: object) => ({
  podSelector: { matchLabels: { "app.kubernetes.io/name": "mysql" } },
  policyTypes: ["Ingress"],
  ingress: [{ from: [peer], ports: [{ protocol: "TCP", port: 3306 }] }],
});

describe("an edge between pods", () => {
  it("opens the way out where the connection starts and the way in where it ends", async () => {
    assert.deepEqual(policies(await edge()), {
      "apps/app-to-mysql": {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "app" } },
        policyTypes: ["Egress"],
        egress: [{ to: [toPods("data", "mysql")], ports: [{ protocol: "TCP", port: 3306 }] }],
      },
      "data/mysql-from-app": databaseFrom(toPods("apps", "app")),
    });
  });

  it("names the port of the container, which is what policies see", async () => {
    const to = serviceEndpoint("web", {
      namespace: "data",
      pods: podLabels("web"),
      port: 8080,
      service: "www",
    });
    const opened = policies(await edge({ to }));
    assert.deepEqual(Object.keys(opened), ["apps/app-to-web", "data/web-from-app"]);
    assert.match(JSON.stringify(opened["apps/app-to-web"]), /"port":8080/);
  });

  it("opens the way in alone when its pods are someone else's", async () => {
    assert.deepEqual(policies(await edge({ sides: "ingress" })), {
      "data/mysql-from-app": databaseFrom(toPods("apps", "app")),
    });
  });

  it("lets every pod of a namespace connect when no labels are given", async () => {
    const opened = policies(await edge({ source: { namespace: "apps", labels: {} } }));
    assert.deepEqual(
      opened["data/mysql-from-app"],
      databaseFrom({ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: "apps" } } }),
    );
    assert.deepEqual((opened["apps/app-to-mysql"] as PlainObject).podSelector, { matchLabels: {} });
  });
});

describe("an edge from the cluster's own pods", () => {
  it("opens the way in alone, for all pods of their namespace", async () => {
    assert.deepEqual(policies(await edge({ from: "monitoring", source: clusterPods })), {
      "data/mysql-from-monitoring": databaseFrom({
        namespaceSelector: { matchLabels: clusterPods.namespaceLabels },
      }),
    });
  });

  it("opens it for those pods alone when their labels are known", async () => {
    const source = { ...clusterPods, podLabels: { app: "controller" } };
    assert.deepEqual(policies(await edge({ from: "monitoring", source })), {
      "data/mysql-from-monitoring": databaseFrom({
        namespaceSelector: { matchLabels: clusterPods.namespaceLabels },
        podSelector: { matchLabels: { app: "controller" } },
      }),
    });
  });
});

describe("an edge to addresses outside the cluster", () => {
  it("opens the way out to each range, and has no other side", async () => {
    assert.deepEqual(policies(await edge({ to: outside })), {
      "apps/app-to-s3": {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "app" } },
        policyTypes: ["Egress"],
        egress: [
          {
            to: [{ ipBlock: { cidr: "203.0.113.0/24" } }, { ipBlock: { cidr: "2001:db8::/32" } }],
            ports: [{ protocol: "TCP", port: 443 }],
          },
        ],
      },
    });
  });

  it("opens nothing for pods that are someone else's", async () => {
    (await edge({ to: outside, sides: "ingress" })).none(POLICY);
  });
});

describe("an edge", () => {
  it("owns its policies and hands them out, for workloads to wait for", async () => {
    const graph = await run(() => {
      const { policies } = new Edge("app-to-mysql", { from: "app", source: app, to: database });
      return { urns: policies.map(({ urn }) => urn) };
    });
    const component = graph.one("mlops:network:Edge");
    const children = graph.childrenOf(component).map(({ urn }) => urn);
    assert.deepEqual(graph.outputs.urns, children);
    assert.deepEqual(component.outputs, { policies: ["app-to-mysql", "mysql-from-app"] });
  });

  it("between two managed namespaces permits one connection, in one direction, on one port", async () => {
    const graph = await run(() => {
      const [apps, data] = [testNamespace("apps"), testNamespace("data")];
      new Edge("app-to-mysql", {
        from: "app",
        source: { namespace: apps.name, labels: podLabels("app") },
        to: serviceEndpoint("mysql", { namespace: data.name, pods: podLabels("mysql"), port: 3306 }),
      });
    });
    const pod = (namespace: string, name: string): Pod => ({
      kind: "pod",
      name: `${namespace}/${name}`,
      namespace,
      labels: { ...podLabels(name) },
      ports: [],
    });
    const peers: Peer[] = [
      pod("apps", "app"),
      pod("apps", "bystander"),
      pod("data", "mysql"),
      pod("data", "bystander"),
      { kind: "address", name: "internet", ip: "198.51.100.7" },
    ];
    const pods = peers.filter((peer) => peer.kind === "pod");
    const network = readNetwork(
      graph.objects.map(({ manifest }) => manifest),
      pods,
    );
    assert.deepEqual(describeConnections(connections(network, peers)), ["apps/app -> data/mysql 3306/TCP"]);
  });
});

describe("the endpoint of a Service", () => {
  it("has the Service's full DNS name as its host, wherever clients are", async () => {
    const endpoint = { namespace: pulumi.output("data"), pods: podLabels("minio"), port: 9000 };
    const { outputs } = await run(() => ({
      own: serviceEndpoint("minio", endpoint).host,
      other: serviceEndpoint("minio", { ...endpoint, service: "minio-api" }).host,
    }));
    assert.deepEqual(outputs, {
      own: "minio.data.svc.cluster.local",
      other: "minio-api.data.svc.cluster.local",
    });
  });
});

describe("an edge from addresses", () => {
  it("opens the way in for them alone; their way out is their own business", async () => {
    const source = { cidrs: ["198.51.100.0/24", "2001:db8::/32"] };
    assert.deepEqual(policies(await edge({ source })), {
      "data/mysql-from-app": {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "mysql" } },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: source.cidrs.map((cidr) => ({ ipBlock: { cidr } })),
            ports: [{ protocol: "TCP", port: 3306 }],
          },
        ],
      },
    });
  });
});
