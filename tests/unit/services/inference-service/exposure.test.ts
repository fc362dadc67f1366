// The ways into an inference service: an Ingress, a Route, a port of every node; and who sends CORS headers.
import * as assert from "node:assert/strict";
import {
  type ExposureArgs,
  ingressExposure,
  nodePortExposure,
  routeExposure,
} from "../../../../components/exposure";
import { clusterPods } from "../../../support/fixtures";
import { at, CONFIG_MAP } from "../../../support/services";
import { deployed, envOf, serverOf } from "./setup";

const host = "iris-api.example.com";
const cors = ["https://app.example.com", "https://admin.example.com"];
const certificate = { source: "cluster" } as const;

const ingress = (args: Partial<ExposureArgs> = {}) =>
  ingressExposure({ class: "nginx", controller: clusterPods, certificate })({ host, ...args });
const route = (args: Partial<ExposureArgs> = {}) =>
  routeExposure({ router: clusterPods, certificate })({ host, ...args });

describe("an inference service's way in", () => {
  it("is an Ingress with its name, host, TLS, rate limit and CORS on minikube", async () => {
    const graph = await deployed(() => ({ exposure: ingress({ rateLimit: 50, cors }) }));
    const { metadata, spec } = graph.object("Ingress", "iris-api-ingress");
    assert.equal(at(spec, "rules", 0, "host"), host);
    assert.deepEqual(at(spec, "tls"), [{ hosts: [host] }]);
    assert.equal(at(metadata, "annotations", "nginx.ingress.kubernetes.io/limit-rps"), "50");
    assert.equal(
      at(metadata, "annotations", "nginx.ingress.kubernetes.io/cors-allow-origin"),
      cors.join(", "),
    );
    assert.equal(graph.outputs.externalUrl, `https://${host}`);
  });

  it("is a Route on OpenShift", async () => {
    const graph = await deployed(() => ({ exposure: route({ rateLimit: 50 }) }), "openshift");
    assert.equal(at(graph.object("Route", "iris-api").spec, "host"), host);
    assert.equal(graph.outputs.externalUrl, `https://${host}`);
  });

  it("is a port of every node where one is asked for", async () => {
    const exposure = nodePortExposure({ port: 30001, node: "192.168.49.2" });
    const graph = await deployed(() => ({ exposure }));
    const { spec } = graph.object("Service", "iris-api-service");
    assert.deepEqual([at(spec, "type"), at(spec, "ports", 0, "nodePort")], ["NodePort", 30001]);
    assert.ok(graph.object("NetworkPolicy", "iris-api-from-anywhere"));
    assert.equal(graph.outputs.externalUrl, "http://192.168.49.2:30001");
  });
});

describe("an inference service's CORS headers", () => {
  const originsOf = async (args: Parameters<typeof deployed>[0]) =>
    at((await deployed(args)).one(CONFIG_MAP, "iris-api-config").inputs, "data", "CORS_ORIGINS");
  const corsVariable = "CORS_ORIGINS";

  it("are the server's where the way in can't send them", async () => {
    assert.equal(await originsOf(() => ({ corsVariable, exposure: route({ cors }) })), cors.join(","));
    const exposure = nodePortExposure({ port: 30001, cors });
    assert.equal(await originsOf(() => ({ corsVariable, exposure })), cors.join(","));
  });

  it("are never sent by both: the server is given no origins where the way in sends them", async () => {
    assert.equal(await originsOf(() => ({ corsVariable, exposure: ingress({ cors }) })), "");
    assert.equal(await originsOf(() => ({ corsVariable })), "");
  });

  it("are refused where nobody would send them", async () => {
    await assert.rejects(
      deployed(() => ({ exposure: route({ cors }) })),
      /has to be sent by iris-api itself here, and iris-api does not send it/,
    );
  });

  it("are nothing that a server without them hears of", async () => {
    const graph = await deployed(() => ({ exposure: route() }));
    assert.deepEqual(envOf(serverOf(graph)), {});
  });
});
