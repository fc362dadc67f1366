// Route exposure: what a Route says to OpenShift's router, what it refuses, and what the router may read.
import * as assert from "node:assert/strict";
import { type ExposureArgs, routeExposure, type RouteContext } from "../../../components/exposure";
import type { PlainObject } from "../../../tools/graph/values";
import { clusterPods } from "../../support/fixtures";
import type { TestGraph } from "../../support/program";
import { certificates, exposed, HOST } from "./setup";

const ROUTE = "kubernetes:route.openshift.io/v1:Route";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
const BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding";

const through = (
  args: Partial<ExposureArgs> = {},
  certificate: RouteContext["certificate"] = certificates.cluster,
  options: { sendsCors?: boolean } = {},
): Promise<TestGraph> => exposed(routeExposure({ router: clusterPods, certificate }), args, options);

const annotationsOf = (graph: TestGraph): PlainObject | undefined =>
  graph.object("Route", "shop").metadata.annotations as PlainObject | undefined;

describe("a Route", () => {
  it("leads the host to the container's port behind the Service; TLS ends at the router", async () => {
    const route = (await through()).object("Route", "shop");
    assert.equal(route.apiVersion, "route.openshift.io/v1");
    assert.deepEqual(route.metadata, { name: "shop", namespace: "team" });
    assert.deepEqual(route.spec, {
      host: HOST,
      to: { kind: "Service", name: "shop-service", weight: 100 },
      // The router compares it with the ports of the endpoints, not with those of the Service.
      port: { targetPort: 8000 },
      tls: { termination: "edge", insecureEdgeTerminationPolicy: "Redirect" },
    });
  });

  it("lets the router's pods, and nobody else, reach the port of the container", async () => {
    const graph = await through();
    assert.deepEqual(graph.object("NetworkPolicy", "shop-from-ingress-controller").spec, {
      podSelector: { matchLabels: { "app.kubernetes.io/name": "shop" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: clusterPods.namespaceLabels } }],
          ports: [{ protocol: "TCP", port: 8000 }],
        },
      ],
    });
  });

  it("belongs to the component that it exposes, and comes after the way in is open", async () => {
    const graph = await through();
    const route = graph.one(ROUTE);
    const policy = graph.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", "shop-from-ingress-controller");
    assert.equal(route.parent, graph.one("mlops:network:ManagedNamespace").urn);
    assert.ok(route.dependencies.includes(policy.urn));
  });

  it("tells its address, before it is there and after", async () => {
    const graph = await through();
    const address = `https://${HOST}`;
    assert.deepEqual(graph.outputs, {
      announced: address,
      url: address,
      corsByApplication: [],
      urns: [graph.one(ROUTE).urn],
    });
  });

  it("needs nothing for a body of any size, since the router has no limit", async () => {
    assert.deepEqual(annotationsOf(await through({ bodySize: "500Mi" })), undefined);
  });

  it("waits for answers as long as asked", async () => {
    assert.deepEqual(annotationsOf(await through({ timeout: 9000 })), {
      "haproxy.router.openshift.io/timeout": "9000s",
    });
  });

  it("limits the requests of one client address, which the router counts over ten seconds", async () => {
    assert.deepEqual(annotationsOf(await through({ rateLimit: 50 })), {
      "haproxy.router.openshift.io/rate-limit-connections": "true",
      "haproxy.router.openshift.io/rate-limit-connections.rate-http": "500",
    });
  });

  it("leaves CORS to the application, since the router can't add it", async () => {
    const cors = ["https://app.example.com", "https://admin.example.com"];
    const graph = await through({ cors }, certificates.cluster, { sendsCors: true });
    assert.deepEqual(graph.outputs.corsByApplication, cors);
    assert.equal(annotationsOf(graph), undefined);
  });

  it("refuses CORS for an application that does not send it", async () => {
    await assert.rejects(through({ cors: ["https://app.example.com", "https://admin.example.com"] }), {
      message:
        "The exposure of shop.example.com asks for CORS (https://app.example.com, https://admin.example.com), " +
        "which has to be sent by shop itself here, and shop does not send it. Leave `cors` out, or expose shop " +
        "through an Ingress.",
    });
  });

  it("has nothing against an empty list of origins", async () => {
    assert.deepEqual(annotationsOf(await through({ cors: [] })), undefined);
  });
});

describe("a Route with a certificate of its own", () => {
  it("names the Secret, which the router may read, and no other one", async () => {
    const graph = await through({}, certificates.secret);
    const { spec } = graph.object("Route", "shop");
    assert.deepEqual((spec as PlainObject).tls, {
      termination: "edge",
      insecureEdgeTerminationPolicy: "Redirect",
      externalCertificate: { name: "wildcard-tls" },
    });
    const name = "shop-router-reads-certificate";
    const role = graph.object("Role", name);
    assert.equal(role.metadata.namespace, "team");
    assert.deepEqual(role.rules, [
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: ["wildcard-tls"],
        verbs: ["get", "list", "watch"],
      },
    ]);
    const { metadata, roleRef, subjects } = graph.object("RoleBinding", name);
    assert.equal(metadata.namespace, "team");
    assert.deepEqual(roleRef, { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name });
    assert.deepEqual(subjects, [{ kind: "ServiceAccount", name: "router", namespace: "openshift-ingress" }]);
  });

  it("comes after the router may read the Secret, or it would be rejected", async () => {
    const graph = await through({}, certificates.secret);
    const { dependencies } = graph.one(ROUTE);
    for (const type of [ROLE, BINDING]) assert.ok(dependencies.includes(graph.one(type).urn), type);
  });

  it("is the only one for which the router is let read a Secret", async () => {
    const graph = await through({}, certificates.cluster);
    graph.none(ROLE);
    graph.none(BINDING);
  });
});
