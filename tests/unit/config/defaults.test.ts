// What holds where the configuration says nothing, and that the committed stacks are valid.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig, readStackFile } from "../../../stacks/config";
import { parse } from "./setup";

describe("The configuration's defaults", () => {
  it("fit a laptop", () => {
    const config = parse({});
    assert.deepEqual(config.minio, {
      storage: { size: "20Gi" },
      resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } },
      buckets: { "model-registry-bucket": { versioning: false }, mlpipeline: { versioning: false } },
    });
    assert.deepEqual(config.mysql, {
      storage: { size: "20Gi" },
      resources: { requests: { cpu: "250m", memory: "768Mi" }, limits: { memory: "1Gi" } },
      maxConnections: 200,
      slowQueryLog: { enabled: false, seconds: 2 },
    });
    assert.equal(config.protectData, true);
    assert.equal(config.rolloutTimeout, 600);
    assert.deepEqual(config.generations, { default: ["1"] });
    assert.deepEqual(config.consumers, {});
  });

  for (const [target, tls, monitoring, port] of [
    ["minikube", "selfSigned", "monitoring", 8443],
    ["openshift", "cluster", "openshift-user-workload-monitoring", 6443],
  ] as const) {
    it(`follow the target: ${target}`, () => {
      const config = parse({ target });
      assert.deepEqual(config.tls, { source: tls });
      assert.deepEqual(config.monitoring, {
        enabled: target === "openshift",
        namespace: monitoring,
        labels: {},
      });
      assert.deepEqual(config.apiServer, { cidrs: ["0.0.0.0/0"], port });
    });
  }

  it("put the ingress controller where its class is at home", () => {
    assert.deepEqual(parse({}).ingress, {
      class: "nginx",
      namespace: "ingress-nginx",
      readTimeout: 60,
    });
    assert.deepEqual(parse({ ingress: { class: "traefik" } }).ingress, {
      class: "traefik",
      namespace: "traefik",
      readTimeout: 60,
    });
    assert.equal(parse({ ingress: { class: "traefik", namespace: "edge" } }).ingress.namespace, "edge");
  });

  it("have a video pipeline of the sizes that it was written for, without images and hosts", () => {
    const { vidp, mongodb } = parse({});
    const { services, ...pipeline } = vidp;
    assert.deepEqual(pipeline, {
      images: undefined,
      cors: [],
      appName: "VidP Kubernetes API",
      uploads: { size: "500Mi", timeout: 9000 },
      jobSeconds: 9000,
    });
    const { "main-app": mainApp, frontend, ...workers } = services;
    const service = {
      resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
      scaling: { min: 1, max: 10, cpu: 70 },
      storage: "2Gi",
      health: "/health",
    };
    assert.deepEqual(mainApp, service);
    assert.deepEqual(frontend, { ...service, scaling: { min: 1, max: 1, cpu: 70 }, health: "/" });
    assert.deepEqual(workers, {
      downscale: service,
      langscale: service,
      subtitle: service,
      "animal-detect": service,
    });
    assert.equal(mongodb.storage.size, "5Gi");
  });

  it("keep the platform's buckets beside the given ones, and their options", () => {
    const { minio } = parse({
      minio: { buckets: { datasets: { quota: "10Gi" }, mlpipeline: { versioning: true } } },
    });
    assert.ok(!("external" in minio));
    assert.deepEqual(minio.buckets, {
      "model-registry-bucket": { versioning: false },
      mlpipeline: { versioning: true },
      datasets: { versioning: false, quota: "10Gi" },
    });
  });

  it("keep the default generation beside those of one consumer", () => {
    const { generations } = parse({ generations: { "model-registry": ["b", "a"] } });
    assert.deepEqual(generations, { default: ["1"], "model-registry": ["b", "a"] });
  });
});

describe("The committed stacks", () => {
  const stack = (name: string) =>
    parseConfig(readStackFile(readFileSync(join(__dirname, `../../../Pulumi.${name}.yaml`), "utf8")));

  it("are valid, dev for minikube and prod for OpenShift", () => {
    assert.equal(stack("dev").target, "minikube");
    assert.equal(stack("prod").target, "openshift");
  });
});
