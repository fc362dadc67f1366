// The video pipeline as a stack has it: what turns it on, what the config decides, and what the contract says.
import * as assert from "node:assert/strict";
import { each, pipelineServices } from "../../../components/video-pipeline";
import { parseConfig } from "../../../stacks/config";
import { deploy } from "../../../stacks/platform";
import type { PlainObject } from "../../../tools/graph/values";
import { text } from "../../../tools/graph/values";
import { type TargetName, targetNames } from "../../support/fixtures";
import { SERVICE_MONITOR } from "../../support/monitoring";
import { run, type TestGraph } from "../../support/program";
import { at, CONFIG_MAP, DEPLOYMENT, SECRET } from "../../support/services";
import { located } from "./setup";

const SERVER = "kubernetes:apps/v1:StatefulSet";
const images = each(pipelineServices, (name) => `registry.example.com/vidp-${name}:1`);
const off = { iris: { enabled: false }, tracking: { enabled: false }, modelRegistry: { enabled: false } };

const stack = (target: TargetName, vidp: PlainObject, settings: PlainObject = {}): Promise<TestGraph> =>
  run(() => deploy(parseConfig({ values: { target, ...off, ...settings, vidp }, secretKeys: new Set() })), {
    stack: "dev",
  });

for (const target of targetNames)
  describe(`the video pipeline of a stack on ${target}`, () => {
    it("is off without images, and so is its database", async () => {
      const graph = await stack(target, { host: "vidp.local" });
      graph.none(DEPLOYMENT, "main-app");
      graph.none(SERVER, "mongodb");
      assert.ok(!JSON.stringify(graph.outputs).includes("vidp"));
    });

    it("has a namespace, a database and outputs of its own", async () => {
      const graph = await stack(target, { images, host: "vidp.local", apiHost: "api.vidp.local" });
      graph.object("StatefulSet", "mongodb", "vidp");
      graph.object("Service", "mongodb-service", "vidp");
      graph.object("ResourceQuota", "quota", "vidp");
      assert.equal(graph.one("kubernetes:core/v1:Namespace", "vidp").protect, true, "it holds data");
      const inside = (service: string, port: number) => ({
        namespace: "vidp",
        url: `http://${service}-service.vidp.svc.cluster.local:${port}`,
        ...located(service, "vidp", port, { service: `${service}-service` }),
      });
      assert.deepEqual(graph.outputs.workloads, {
        frontend: { ...inside("frontend", 3000), externalUrl: "https://vidp.local" },
        "main-app": { ...inside("main-app", 8000), externalUrl: "https://api.vidp.local" },
        downscale: inside("downscale", 8001),
        langscale: inside("langscale", 8002),
        subtitle: inside("subtitle", 8003),
        "animal-detect": inside("animal-detect", 8004),
      });
      const forward = graph.outputs.portForward;
      assert.equal(
        at(forward, "main-app"),
        "kubectl port-forward --namespace vidp service/main-app-service 8000:8000",
      );
      const shared = ["minio", "minio-console", "mongodb", "mysql"];
      assert.deepEqual(Object.keys(forward as PlainObject).sort(), [...shared, ...pipelineServices].sort());
      assert.deepEqual(graph.outputs.documentDatabase, {
        ...located("mongodb", "vidp", 27017, { service: "mongodb-service" }),
        adminSecretName: text(at(graph.one(SECRET, "mongodb-admin").outputs, "metadata", "name")),
      });
      assert.deepEqual(graph.secretOutputs, []);
    });

    it("takes each service's size, scale, probes and job time from the config", async () => {
      const graph = await stack(target, {
        images,
        jobSeconds: 3600,
        services: {
          subtitle: {
            resources: { requests: { memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } },
            scaling: { min: 2, max: 4, cpu: 50 },
            storage: "10Gi",
            health: "/healthz",
          },
        },
      });
      const pod = (name: string) => at(graph.one(DEPLOYMENT, name).inputs, "spec", "template", "spec");
      const subtitle = at(pod("subtitle"), "containers", 0);
      assert.equal(at(subtitle, "image"), images.subtitle);
      assert.equal(at(subtitle, "resources", "limits", "memory"), "2Gi");
      assert.equal(at(subtitle, "readinessProbe", "httpGet", "path"), "/healthz");
      assert.match(JSON.stringify(at(pod("subtitle"), "volumes")), /"sizeLimit":"10Gi"/);
      assert.equal(at(pod("subtitle"), "terminationGracePeriodSeconds"), 3605);
      assert.equal(at(pod("main-app"), "terminationGracePeriodSeconds"), 9005);
      assert.equal(at(graph.object("HorizontalPodAutoscaler", "subtitle-hpa").spec, "maxReplicas"), 4);
      assert.equal(at(graph.one(CONFIG_MAP, "vidp-config").inputs.data, "CORS_ORIGINS"), "[]");
    });

    it("opens both hosts for uploads, and tells main-app its name and whose pages may call it", async () => {
      const graph = await stack(target, {
        images,
        host: "vidp.local",
        apiHost: "api.vidp.local",
        uploads: { size: "1Gi", timeout: 600 },
        appName: "Videos",
        cors: ["https://studio.example.com"],
      });
      for (const name of ["frontend", "main-app"]) {
        const [kind, object] = target === "minikube" ? ["Ingress", `${name}-ingress`] : ["Route", name];
        const { annotations } = graph.object(kind, object).metadata;
        const asked =
          target === "minikube"
            ? { "proxy-body-size": "1025m", "proxy-read-timeout": "600", "proxy-request-buffering": "off" }
            : { timeout: "600s" };
        const prefix = target === "minikube" ? "nginx.ingress.kubernetes.io" : "haproxy.router.openshift.io";
        for (const [key, value] of Object.entries(asked))
          assert.equal(at(annotations, `${prefix}/${key}`), value, `${name}: ${key}`);
      }
      const { data } = graph.one(CONFIG_MAP, "vidp-config").inputs;
      assert.equal(at(data, "APP_NAME"), "Videos");
      assert.equal(at(data, "CORS_ORIGINS"), '["https://vidp.local","https://studio.example.com"]');
    });

    it("has no autoscaler where the bounds leave it no choice", async () => {
      const scaling = { min: 3, max: 3 };
      const graph = await stack(target, { images, services: { downscale: { scaling } } });
      graph.none("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "downscale-hpa");
      assert.equal(at(graph.one(DEPLOYMENT, "downscale").inputs, "spec", "replicas"), 3);
    });

    it("collects the metrics of services that have any, and never asks a probe for them", async () => {
      const settings = { monitoring: { enabled: true } };
      const none = await stack(target, { images }, settings);
      none.none(SERVICE_MONITOR, "main-app");
      const graph = await stack(
        target,
        { images, services: { "main-app": { metrics: { path: "/stats" } } } },
        settings,
      );
      const watched = graph.all(SERVICE_MONITOR).map(({ name }) => name);
      assert.deepEqual(watched, ["main-app", "minio"]);
      assert.equal(
        at(graph.one(SERVICE_MONITOR, "main-app").inputs, "spec", "endpoints", 0, "path"),
        "/stats",
      );
      const rules = JSON.stringify(graph.object("PrometheusRule", "main-app").spec);
      for (const label of ["handler", "path"])
        assert.ok(
          rules.includes(`${label}!~\\"/health|/stats\\"`),
          "probes and scrapes are nobody's requests",
        );
    });
  });

describe("the video pipeline behind Traefik", () => {
  const traefik = (readTimeout: number) => ({ ingress: { class: "traefik", readTimeout } });

  it("is exposed where Traefik was given the time for uploads", async () => {
    const graph = await stack("minikube", { images, apiHost: "api.vidp.local" }, traefik(9000));
    assert.equal(at(graph.object("Ingress", "main-app-ingress").spec, "ingressClassName"), "traefik");
  });
});
