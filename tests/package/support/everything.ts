// A program with every component that brings files into the cluster, in the words of the package that it is given: the
// one that is installed, or the source that it is made of.
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type * as library from "../../../packages/platform";
import { root } from "./installed";

export type Library = typeof library;

const image = "registry.example.com/team/server:1.2.3";
const resources = { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } };
const storage = { size: "5Gi" };

export function everything(lib: Library): void {
  const target = lib.openshift({ appsDomain: "apps.example.com" });
  const namespace = new lib.ManagedNamespace("team", { name: "team", quota: {}, dns: target.dns });
  const { security, scrapers, apiServer } = target;
  const inPlace = new k8s.Provider("in-place", { enableSecretMutable: true, enableConfigMapMutable: true });
  const access = { prefix: lib.identityPrefix("stack-id"), inPlace, generations: () => ["1"] };
  const common = { namespace, security, image, resources };

  const store = new lib.MinioStore("minio", { ...common, storage, access, scrapers, buckets: {} });
  const database = new lib.MySql("mysql", {
    ...common,
    storage,
    access,
    maxConnections: 100,
    slowQuerySeconds: 1,
  });
  const documents = new lib.MongoDb("mongodb", { ...common, storage, access });
  const tracking = new lib.TrackingServer("mlflow", {
    ...common,
    access,
    scrapers,
    service: "mlflow",
    database: database.grant("mlflow", { schema: "mlflow" }),
    artifacts: store.grant("mlflow", { bucket: "mlflow", access: "readWrite" }),
  });
  const registriesNamespace = new lib.ManagedNamespace("registries", {
    name: "registries",
    quota: {},
    dns: target.dns,
  });
  const openshiftAi = new lib.OpenShiftAi("openshift-ai", {
    namespace,
    registriesNamespace,
    security,
    image,
    apiServer,
    recipe: "2.25",
    components: ["modelRegistry", "serving"],
    operators: {},
  });
  new lib.TritonServer("triton", {
    ...common,
    operator: openshiftAi.serving,
    models: store.grant("triton", { bucket: "models", access: "read" }),
    sample: {
      folder: path.join(root, "examples/triton/models"),
      upload: store.grant("triton-upload", { bucket: "models", access: "write" }),
      client: image,
    },
    modelSize: "1Gi",
    apiServer,
    inPlace,
  });
  new lib.InferenceService("churn-api", {
    ...common,
    service: { name: "churn-api", port: 8000 },
    probes: { live: "/health", ready: "/ready" },
    model: { bucket: store.grant("churn", { bucket: "models", access: "read" }), client: image, size: "1Gi" },
    exposure: target.expose({ host: "churn" }),
  });
  const claim = documents
    .grant("notes", { database: "notes" })
    .claim({ namespace, pods: lib.podLabels("notes") });
  new lib.Workload("notes", {
    namespace,
    security,
    container: {
      name: "notes",
      image,
      resources,
      env: lib.secretVariables(claim.secretName, ["MONGODB_URL"]),
    },
    service: { name: "notes", port: 8080, portName: "http" },
    uses: [claim],
  });
  tracking
    .grant("nobody", { experiments: ["a"], models: [], access: "read" })
    .claim({
      namespace,
      pods: lib.podLabels("nobody"),
    })
    .usedBy(new pulumi.ComponentResource("test:index:Reader", "nobody"));
  for (const service of [tracking, store, database, documents]) service.seal();
}
