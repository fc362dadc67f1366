// Hosts of a stack on OpenShift: short ones are completed by the cluster's domain, and everything that names a host
// follows; whole ones stay as they are.
import * as assert from "node:assert/strict";
import { each, pipelineServices } from "../../../components/video-pipeline";
import { APPS_DOMAIN } from "../../../tools/graph/placeholders";
import { isPlainObject, text } from "../../../tools/graph/values";
import type { TestGraph } from "../../support/program";
import { at } from "../../support/services";
import { platform } from "./setup";

const SETTINGS = "kubernetes:config.openshift.io/v1:Ingress";
const DOMAIN = "apps.east.example.com";
const images = each(pipelineServices, (name) => `registry.example.com/vidp-${name}:1`);

const short = {
  minio: { consoleHost: "console" },
  tracking: { host: "mlflow" },
  iris: { host: "iris-api" },
  aiWorkload: {},
  crimePrediction: { enabled: true, host: "crime" },
  vidp: { images, host: "video", apiHost: "video-api" },
};

const routes = (graph: TestGraph): Record<string, string> =>
  Object.fromEntries(
    graph.objects
      .filter(({ manifest }) => manifest.kind === "Route")
      .map(({ manifest }) => [manifest.metadata.name, text(at(manifest, "spec", "host"))]),
  );

const variable = (graph: TestGraph, name: string): string => {
  const env = at(
    graph.object("Deployment", "mlflow-server"),
    "spec",
    "template",
    "spec",
    "containers",
    0,
    "env",
  );
  const found = Array.isArray(env) ? env.filter(isPlainObject).find((it) => it.name === name) : undefined;
  return text(found?.value);
};

describe("short hosts of a stack on OpenShift", () => {
  const expected = (domain: string) => ({
    "minio-console": `console.${domain}`,
    "mlflow-server": `mlflow.${domain}`,
    "iris-api": `iris-api.${domain}`,
    "frontend-deployment": `crime.${domain}`,
    frontend: `video.${domain}`,
    "main-app": `video-api.${domain}`,
  });

  it("are in the domain that the config names, and nothing is read from the cluster", async () => {
    const graph = await platform("openshift", { ...short, appsDomain: DOMAIN });
    assert.deepEqual(routes(graph), expected(DOMAIN));
    graph.none(SETTINGS);
  });

  it("are in the domain that the cluster names, which is read once for all of them", async () => {
    const graph = await platform("openshift", short);
    assert.deepEqual(routes(graph), expected(APPS_DOMAIN));
    assert.equal(graph.one(SETTINGS).read, true);
  });

  it("are whole wherever a pod or another program is told them", async () => {
    const graph = await platform("openshift", { ...short, appsDomain: DOMAIN });
    const { outputs } = graph;
    assert.equal(at(outputs, "tracking", "externalUrl"), `https://mlflow.${DOMAIN}`);
    assert.equal(at(outputs, "objectStore", "consoleUrl"), `https://console.${DOMAIN}`);
    assert.equal(at(outputs, "workloads", "iris-api", "externalUrl"), `https://iris-api.${DOMAIN}`);
    assert.ok(variable(graph, "MLFLOW_SERVER_ALLOWED_HOSTS").split(",").includes(`mlflow.${DOMAIN}`));
    assert.ok(
      variable(graph, "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS").split(",").includes(`https://mlflow.${DOMAIN}`),
    );
    const { data } = graph.object(
      "ConfigMap",
      text(at(graph.one("kubernetes:core/v1:ConfigMap", "vidp-config").outputs, "metadata", "name")),
    );
    assert.deepEqual(JSON.parse(text(at(data, "CORS_ORIGINS"))), [`https://video.${DOMAIN}`]);
  });
});

describe("whole hosts of a stack on OpenShift", () => {
  it("stay as they are, whatever the cluster's domain, which nobody asks for", async () => {
    const settings = { minio: { consoleHost: "console.example.com" } };
    for (const appsDomain of [undefined, DOMAIN]) {
      const graph = await platform("openshift", { ...settings, ...(appsDomain && { appsDomain }) });
      assert.deepEqual(routes(graph), {
        "minio-console": "console.example.com",
        "mlflow-server": "mlflow.example.com",
        "iris-api": "iris-api.example.com",
        "ai-workload": "ai.example.com",
        "frontend-deployment": "crime.example.com",
      });
      graph.none(SETTINGS);
    }
  });
});
