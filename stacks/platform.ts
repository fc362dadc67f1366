// The platform of one stack: the shared services, what uses them, and nothing else. Credentials, policies,
// Secrets and the start order follow from who gets whose Grant.
import * as pulumi from "@pulumi/pulumi";
import { StackConfig } from "./config";
import { contract } from "./contract";
import { labelEverything } from "./inventory";
import { mapValues } from "./records";
import { Site } from "./site";
import { systems } from "./workloads";

/** Registers everything that the stack consists of, and returns what other programs may know of it. */
export function deploy(config: StackConfig): pulumi.Inputs {
  labelEverything(pulumi.getStack());
  const site = new Site(config);

  const store = site.objectStore("minio", { namespace: "minio" });
  const database = site.sqlDatabase("mysql", { namespace: "db-ai" });

  // On OpenShift; elsewhere the components do without.
  const operators = site.operators("openshift-ai", {
    namespace: "operators",
    registries: "rhoai-model-registries",
  });

  const registry = config.modelRegistry.enabled
    ? site.modelRegistry("model-registry", {
        namespace: "rhoai-model-registries",
        operator: operators?.registries,
        database: database.grant("model-registry", { schema: "model_registry" }),
        artifacts: store.grant("model-registry", { bucket: "model-registry-bucket", access: "readWrite" }),
      })
    : undefined;

  const tracking = config.tracking.enabled
    ? site.trackingServer("mlflow-server", {
        namespace: "mlops",
        service: "mlflow-server-service",
        database: database.grant("mlflow", { schema: "mlflow" }),
        artifacts: store.grant("mlflow", { bucket: "mlflow", access: "readWrite" }),
      })
    : undefined;

  // Nothing but the pipeline uses it.
  const documents = config.vidp.images
    ? site.documentDatabase("mongodb", { namespace: "vidp", service: "mongodb-service" })
    : undefined;

  const workloads = systems(site, config, { store, tracking, documents, operators });

  const consumers = mapValues(config.consumers, (args, name) =>
    site.consumer(name, args, { store, database, tracking }),
  );

  tracking?.seal();
  store.seal();
  database.seal();
  documents?.seal();
  return contract({
    target: config.target,
    namespaces: site.namespaces,
    store,
    database,
    documents,
    registry,
    tracking,
    workloads,
    consumers,
    granted: config.consumers,
  });
}
