// Ingress exposure: what an Ingress says to the controllers of both classes, and what it refuses to say.
import * as assert from "node:assert/strict";
import { type ExposureArgs, ingressExposure, type IngressContext } from "../../../components/exposure";
import type { PlainObject } from "../../../tools/graph/values";
import { clusterPods } from "../../support/fixtures";
import type { TestGraph } from "../../support/program";
import { certificates, exposed, HOST } from "./setup";

const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const MIDDLEWARE = "kubernetes:traefik.io/v1alpha1:Middleware";

function through(
  ingressClass: IngressContext["class"],
  args: Partial<ExposureArgs> = {},
  certificate: IngressContext["certificate"] = certificates.cluster,
  options: { encrypted?: boolean } = {},
): Promise<TestGraph> {
  return exposed(
    ingressExposure({ class: ingressClass, controller: clusterPods, certificate }),
    args,
    options,
  );
}

const annotationsOf = (graph: TestGraph): PlainObject =>
  graph.object("Ingress", "shop-ingress").metadata.annotations as PlainObject;

for (const ingressClass of ["nginx", "traefik"] as const)
  describe(`an Ingress of class ${ingressClass}`, () => {
    it("leads the whole host to the Service, over TLS", async () => {
      assert.deepEqual((await through(ingressClass)).object("Ingress", "shop-ingress").spec, {
        ingressClassName: ingressClass,
        tls: [{ hosts: [HOST] }],
        rules: [
          {
            host: HOST,
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "shop-service", port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      });
    });

    it("shows the host's certificate when there is one", async () => {
      const { spec } = (await through(ingressClass, {}, certificates.secret)).object(
        "Ingress",
        "shop-ingress",
      );
      assert.deepEqual((spec as PlainObject).tls, [{ hosts: [HOST], secretName: "wildcard-tls" }]);
    });

    it("lets the controller's pods, and nobody else, reach the port of the container", async () => {
      const graph = await through(ingressClass);
      const policy = graph.object("NetworkPolicy", "shop-from-ingress-controller");
      assert.deepEqual(policy.spec, {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "shop" } },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: clusterPods.namespaceLabels } }],
            ports: [{ protocol: "TCP", port: 8000 }],
          },
        ],
      });
      const { dependencies } = graph.one(INGRESS);
      assert.ok(
        dependencies.includes(
          graph.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", "shop-from-ingress-controller").urn,
        ),
        "the way in is announced after it is open",
      );
    });

    it("is in the backend's namespace and belongs to the component that it exposes", async () => {
      const graph = await through(ingressClass);
      const ingress = graph.one(INGRESS);
      assert.deepEqual([ingress.name, ingress.id], ["shop-ingress", "team/shop-ingress"]);
      assert.equal(ingress.parent, graph.one("mlops:network:ManagedNamespace").urn);
      assert.equal(ingress.protect, false);
    });

    it("tells its address, before it is there and after", async () => {
      const graph = await through(ingressClass);
      const address = `https://${HOST}`;
      assert.deepEqual(graph.outputs, {
        announced: address,
        host: HOST,
        url: address,
        corsByApplication: [],
        urns: [graph.one(INGRESS).urn],
      });
    });

    it("has to be given a host, since no cluster has one for it", async () => {
      await assert.rejects(through(ingressClass, { host: undefined }), {
        message:
          "An exposure has no host, and an Ingress takes none from the cluster. Give it one: mlflow.example.com.",
      });
    });

    it("refuses a service that takes TLS only: no controller could tell whose certificate it has", async () => {
      await assert.rejects(
        through(ingressClass, {}, certificates.cluster, { encrypted: true }),
        /^Error: shop takes TLS only.*Expose it through a Route, or leave its exposure out\.$/,
      );
    });

    it("leaves nothing of CORS to the application", async () => {
      const graph = await through(ingressClass, { cors: ["https://app.example.com"] });
      assert.deepEqual(graph.outputs.corsByApplication, []);
    });

    it("takes the place of the one that was called as its component, which has to go first", async () => {
      // The controllers' admission refuses a second Ingress of the same host and path.
      const ingress = (await through(ingressClass)).one(INGRESS);
      assert.equal(ingress.deleteBeforeReplace, true);
      // The SDK adds the kind's earlier API groups.
      assert.ok(ingress.aliases.some((alias) => typeof alias === "object" && alias.name === "shop"));
    });
  });

describe("an Ingress of class nginx", () => {
  const REDIRECT = { "nginx.ingress.kubernetes.io/ssl-redirect": "true" };

  it("redirects plain HTTP, and leaves the rest to the controller", async () => {
    assert.deepEqual(annotationsOf(await through("nginx")), REDIRECT);
    (await through("nginx")).none(MIDDLEWARE);
  });

  const sizes = { "500Mi": "500m", "2Gi": "2g", "64Ki": "64k", "1000": "1000" };
  for (const [quantity, nginx] of Object.entries(sizes))
    it(`takes a body of ${quantity}`, async () => {
      assert.deepEqual(annotationsOf(await through("nginx", { bodySize: quantity })), {
        ...REDIRECT,
        "nginx.ingress.kubernetes.io/proxy-body-size": nginx,
      });
    });

  it("takes a body of a size for which nginx has no unit, in one that it has", async () => {
    const annotations = annotationsOf(await through("nginx", { bodySize: "1Ti" }));
    assert.equal(annotations["nginx.ingress.kubernetes.io/proxy-body-size"], "1024g");
  });

  // The controller ignores an Ingress whose size does not match ^\d+[bkmg]?$, and `500m` would be half a byte.
  for (const bodySize of ["1.5Gi", "500m", "500MB"])
    it(`refuses a body of ${bodySize}, which nginx has no way to write down`, async () => {
      await assert.rejects(through("nginx", { bodySize }), ({ message }: Error) => {
        assert.ok(message.includes(HOST) && message.includes(bodySize), message);
        return true;
      });
    });

  it("waits as long as asked, for requests and for answers", async () => {
    assert.deepEqual(annotationsOf(await through("nginx", { timeout: 9000 })), {
      ...REDIRECT,
      "nginx.ingress.kubernetes.io/proxy-read-timeout": "9000",
      "nginx.ingress.kubernetes.io/proxy-send-timeout": "9000",
    });
  });

  it("passes requests on as they arrive, where they are too large to be kept on its disk first", async () => {
    assert.deepEqual(annotationsOf(await through("nginx", { streaming: true })), {
      ...REDIRECT,
      "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
      "nginx.ingress.kubernetes.io/client-body-buffer-size": "1m",
    });
  });

  it("limits the requests of one client address", async () => {
    assert.deepEqual(annotationsOf(await through("nginx", { rateLimit: 50 })), {
      ...REDIRECT,
      "nginx.ingress.kubernetes.io/limit-rps": "50",
    });
  });

  it("lets the pages of other origins call, without their users' credentials", async () => {
    const cors = ["https://app.example.com", "https://admin.example.com"];
    assert.deepEqual(annotationsOf(await through("nginx", { cors })), {
      ...REDIRECT,
      "nginx.ingress.kubernetes.io/enable-cors": "true",
      "nginx.ingress.kubernetes.io/cors-allow-methods": "GET, PUT, POST, DELETE, PATCH, OPTIONS",
      "nginx.ingress.kubernetes.io/cors-allow-headers": "Authorization, Content-Type, X-API-Key",
      "nginx.ingress.kubernetes.io/cors-allow-origin": "https://app.example.com, https://admin.example.com",
      // nginx allows them unless told otherwise; Traefik does not.
      "nginx.ingress.kubernetes.io/cors-allow-credentials": "false",
    });
  });

  it("adds no CORS headers for an empty list of origins", async () => {
    assert.deepEqual(annotationsOf(await through("nginx", { cors: [] })), REDIRECT);
  });
});

describe("an Ingress of class traefik", () => {
  const ENTRY_POINT = { "traefik.ingress.kubernetes.io/router.entrypoints": "websecure" };

  it("is served over TLS alone", async () => {
    const graph = await through("traefik");
    assert.deepEqual(annotationsOf(graph), ENTRY_POINT);
    graph.none(MIDDLEWARE);
  });

  it("needs nothing for a body of any size, since Traefik has no limit", async () => {
    assert.deepEqual(
      annotationsOf(await through("traefik", { bodySize: "500Mi", streaming: true })),
      ENTRY_POINT,
    );
  });

  it("needs nothing for a timeout that Traefik keeps anyway", async () => {
    assert.deepEqual(annotationsOf(await through("traefik", { timeout: 60 })), ENTRY_POINT);
  });

  it("refuses a longer timeout, which only Traefik's entry point can give", async () => {
    await assert.rejects(through("traefik", { timeout: 61 }), {
      message:
        "The exposure of shop.example.com asks for 61 s, but an Ingress can't change Traefik's timeouts, " +
        "which are 60 s for reading a request. Use the ingress class nginx, or raise respondingTimeouts.readTimeout " +
        'of the entry point "websecure" and say so, or ask for 60 s or less.',
    });
  });

  it("takes a longer timeout where its owner gave the entry point one", async () => {
    const expose = ingressExposure({
      class: "traefik",
      readTimeout: 9000,
      controller: clusterPods,
      certificate: certificates.cluster,
    });
    assert.deepEqual(annotationsOf(await exposed(expose, { timeout: 9000 })), ENTRY_POINT);
    await assert.rejects(exposed(expose, { timeout: 9001 }), /asks for 9001 s, but .* which are 9000 s/);
  });

  it("limits the requests of one client address by a Middleware", async () => {
    const graph = await through("traefik", { rateLimit: 50 });
    const middleware = graph.object("Middleware", "shop-rate-limit");
    assert.equal(middleware.apiVersion, "traefik.io/v1alpha1");
    assert.equal(middleware.metadata.namespace, "team");
    assert.deepEqual(middleware.spec, { rateLimit: { average: 50, burst: 50 } });
    assert.deepEqual(annotationsOf(graph), {
      ...ENTRY_POINT,
      "traefik.ingress.kubernetes.io/router.middlewares": "team-shop-rate-limit@kubernetescrd",
    });
  });

  it("lets the pages of other origins call by a Middleware", async () => {
    const graph = await through("traefik", { cors: ["https://app.example.com"] });
    assert.deepEqual(graph.object("Middleware", "shop-cors").spec, {
      headers: {
        accessControlAllowOriginList: ["https://app.example.com"],
        accessControlAllowMethods: ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"],
        accessControlAllowHeaders: ["Authorization", "Content-Type", "X-API-Key"],
        addVaryHeader: true,
      },
    });
    assert.deepEqual(annotationsOf(graph), {
      ...ENTRY_POINT,
      "traefik.ingress.kubernetes.io/router.middlewares": "team-shop-cors@kubernetescrd",
    });
  });

  it("comes after its Middlewares, CORS first so that refused pages can read why", async () => {
    const graph = await through("traefik", { rateLimit: 5, cors: ["https://app.example.com"] });
    assert.equal(
      annotationsOf(graph)["traefik.ingress.kubernetes.io/router.middlewares"],
      "team-shop-cors@kubernetescrd,team-shop-rate-limit@kubernetescrd",
    );
    const { dependencies } = graph.one(INGRESS);
    for (const { urn } of graph.all(MIDDLEWARE)) assert.ok(dependencies.includes(urn), urn);
  });
});
