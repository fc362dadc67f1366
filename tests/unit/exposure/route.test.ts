// Route exposure: what a Route says to OpenShift's router, what it refuses, and what the router may read.
import * as assert from "node:assert/strict";
import { type ExposureArgs, routeExposure, type RouteContext } from "../../../components/exposure";
import { type PlainObject, text } from "../../../tools/graph/values";
import * as pulumi from "@pulumi/pulumi";
import { APPS_DOMAIN } from "../../../tools/graph/placeholders";
import { clusterPods, testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import { at } from "../../support/services";
import { backend, certificates, exposed, HOST } from "./setup";

const ROUTE = "kubernetes:route.openshift.io/v1:Route";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
const BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding";

const through = (
  args: Partial<ExposureArgs> = {},
  certificate: RouteContext["certificate"] = certificates.cluster,
  options: { sendsCors?: boolean; encrypted?: boolean } = {},
): Promise<TestGraph> => exposed(routeExposure({ router: clusterPods, certificate }), args, options);

/** What every Route says to browsers. */
const HSTS = { "haproxy.router.openshift.io/hsts_header": "max-age=31536000" };

const annotationsOf = (graph: TestGraph): PlainObject | undefined =>
  graph.object("Route", "shop").metadata.annotations as PlainObject | undefined;

describe("a Route", () => {
  it("leads the host to the container's port behind the Service; TLS ends at the router", async () => {
    const route = (await through()).object("Route", "shop");
    assert.equal(route.apiVersion, "route.openshift.io/v1");
    assert.deepEqual(route.metadata, { name: "shop", namespace: "team", annotations: HSTS });
    assert.deepEqual(route.spec, {
      host: HOST,
      to: { kind: "Service", name: "shop-service", weight: 100 },
      // The router compares it with the ports of the endpoints, not with those of the Service.
      port: { targetPort: 8000 },
      tls: { termination: "edge", insecureEdgeTerminationPolicy: "Redirect" },
    });
  });

  it("encrypts anew for a service that takes TLS only, whose authority the router knows", async () => {
    const { spec } = (await through({}, certificates.cluster, { encrypted: true })).object("Route", "shop");
    assert.deepEqual(at(spec, "tls"), {
      termination: "reencrypt",
      insecureEdgeTerminationPolicy: "Redirect",
    });
    assert.deepEqual(at(spec, "port"), { targetPort: 8000 });
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
      host: HOST,
      url: address,
      corsByApplication: [],
      urns: [graph.one(ROUTE).urn],
    });
  });

  it("needs nothing for a body of any size, since the router has no limit", async () => {
    assert.deepEqual(annotationsOf(await through({ bodySize: "500Mi", streaming: true })), HSTS);
  });

  it("waits for answers, and for word from a WebSocket, as long as asked", async () => {
    assert.deepEqual(annotationsOf(await through({ timeout: 9000 })), {
      ...HSTS,
      "haproxy.router.openshift.io/timeout": "9000s",
      "haproxy.router.openshift.io/timeout-tunnel": "9000s",
    });
  });

  it("limits the requests of one client address, which the router counts over ten seconds", async () => {
    assert.deepEqual(annotationsOf(await through({ rateLimit: 50 })), {
      ...HSTS,
      "haproxy.router.openshift.io/rate-limit-connections": "true",
      "haproxy.router.openshift.io/rate-limit-connections.rate-http": "500",
    });
  });

  it("leaves CORS to the application, since the router can't add it", async () => {
    const cors = ["https://app.example.com", "https://admin.example.com"];
    const graph = await through({ cors }, certificates.cluster, { sendsCors: true });
    assert.deepEqual(graph.outputs.corsByApplication, cors);
    assert.deepEqual(annotationsOf(graph), HSTS);
  });

  it("refuses CORS for an application that does not send it", async () => {
    await assert.rejects(through({ cors: ["https://app.example.com", "https://admin.example.com"] }), {
      message:
        "The exposure of shop asks for CORS (https://app.example.com, https://admin.example.com), " +
        "which has to be sent by shop itself here, and shop does not send it. Leave `cors` out, or expose shop " +
        "through an Ingress.",
    });
  });

  it("has nothing against an empty list of origins", async () => {
    assert.deepEqual(annotationsOf(await through({ cors: [] })), HSTS);
  });
});

describe("the host of a Route", () => {
  const SETTINGS = "kubernetes:config.openshift.io/v1:Ingress";
  const DOMAIN = "apps.east.example.com";
  const known = routeExposure({ router: clusterPods, certificate: certificates.cluster, appsDomain: DOMAIN });

  const hostOf = (graph: TestGraph): unknown => (graph.object("Route", "shop").spec as PlainObject).host;

  it("stays as it is when it is whole, and the cluster is not asked for anything", async () => {
    for (const graph of [await exposed(known), await through()]) {
      assert.equal(hostOf(graph), HOST);
      graph.none(SETTINGS);
    }
  });

  it("is completed by the domain that the config names, and the cluster is not asked", async () => {
    const graph = await exposed(known, { host: "web" });
    assert.equal(hostOf(graph), `web.${DOMAIN}`);
    assert.equal(graph.outputs.url, `https://web.${DOMAIN}`);
    graph.none(SETTINGS);
  });

  it("is completed by the domain that the cluster names, which is asked once for all Routes", async () => {
    const graph = await run(() => {
      const expose = routeExposure({ router: clusterPods, certificate: certificates.cluster });
      const namespace = testNamespace();
      const urls = ["web", "admin"].map(
        (host) => expose({ host }).to(host, backend(namespace, host), {}).url,
      );
      return { urls };
    });
    assert.deepEqual(graph.outputs.urls, [`https://web.${APPS_DOMAIN}`, `https://admin.${APPS_DOMAIN}`]);
    const { read, id, name } = graph.one(SETTINGS);
    assert.deepEqual({ read, id, name }, { read: true, id: "cluster", name: "cluster-ingress" });
  });

  it("is there in a preview, which asks the cluster too", async () => {
    const graph = await exposed(known, { host: "web" }, { preview: true });
    assert.equal(hostOf(graph), `web.${DOMAIN}`);
    const asking = routeExposure({ router: clusterPods, certificate: certificates.cluster });
    for (const host of ["web", undefined])
      assert.equal(
        hostOf(await exposed(asking, { host }, { preview: true })),
        `${host ?? "shop-team"}.${APPS_DOMAIN}`,
      );
  });

  it("follows from the component and its namespace when none is given", async () => {
    const graph = await exposed(known, { host: undefined });
    const host = `shop-team.${DOMAIN}`;
    assert.equal(hostOf(graph), host);
    assert.deepEqual(
      [graph.outputs.announced, graph.outputs.host, graph.outputs.url],
      [`https://${host}`, host, `https://${host}`],
    );
  });

  it("has a first part of 63 characters at most, whatever the names", async () => {
    const hosts = await Promise.all(
      ["a", "b"].map(async (ending) => {
        const name = `${"long-".repeat(14)}${ending}`;
        const graph = await run(() => {
          const exposure = known({});
          exposure.to(name, backend(testNamespace()), {});
          return { host: exposure.host };
        });
        return text(graph.outputs.host);
      }),
    );
    for (const host of hosts) assert.match(host, /^long-[a-z0-9-]{50,57}[a-z0-9]\.apps\.east\.example\.com$/);
    assert.notEqual(hosts[0], hosts[1]);
  });

  it("is the name in the certificate that the program signs, though only the cluster knows all of it", async () => {
    const graph = await through({ host: "web" }, certificates.selfSigned);
    const { subject, dnsNames } = graph.one("tls:index/selfSignedCert:SelfSignedCert").inputs;
    assert.equal((subject as PlainObject).commonName, `web.${APPS_DOMAIN}`);
    assert.deepEqual(dnsNames, [`web.${APPS_DOMAIN}`]);
  });

  const answering = async (spec: PlainObject): Promise<unknown> => {
    const asking = routeExposure({ router: clusterPods, certificate: certificates.cluster });
    return hostOf(await exposed(asking, { host: "web" }, { existing: { [SETTINGS]: { spec } } }));
  };

  it("takes the administrator's own domain for Routes before the cluster's first one", async () => {
    assert.equal(await answering({ domain: "apps.first", appsDomain: "apps.own" }), "web.apps.own");
    assert.equal(await answering({ domain: "apps.first", appsDomain: "" }), "web.apps.first");
  });

  it("has to be given in full where the cluster has no domain, and the error says how", async () => {
    await assert.rejects(answering({}), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /has none\. .*pulumi config set appsDomain/);
      return true;
    });
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
