/**
 * The names that belong to the platform itself: its namespaces, its own consumers of the shared services
 * and its buckets. Everything that must know them (schema, rules, stacks) reads them here.
 */

/** The platform's own namespaces, without the stack's prefix. */
export const platformNamespaces = [
  "minio",
  "db-ai",
  "rhoai-model-registries",
  "operators",
  "mlops",
  "ai-workload",
  "crime-prediction",
  "vidp",
  "triton",
] as const;
export type PlatformNamespace = (typeof platformNamespaces)[number];

/** What of the platform itself has a Grant of the store, and maybe of the database, and the key that turns it off. */
export const platformConsumers: Readonly<Record<string, PlatformConsumer>> = {
  "model-registry": { enabledBy: "modelRegistry", schema: "model_registry" },
  mlflow: { enabledBy: "tracking", schema: "mlflow" },
  triton: { enabledBy: "triton" },
  "triton-upload": { enabledBy: "triton" },
};

interface PlatformConsumer {
  readonly enabledBy: string;
  readonly schema?: string;
}

/** Consumers that only servers in the cluster have, besides: an external service needs no credential for them. */
export const serverConsumers = ["monitoring"] as const;

/** What has a Grant of the tracking server. */
export const trackingConsumers = ["iris-train", "iris-api"] as const;

/** What has a Grant of the document database. */
export const documentConsumers = ["main-app"] as const;

/** The keys with which clients call the platform's services. */
export const apiKeys = ["iris-api-key", "ai-workload-key"] as const;

/** Everything of the platform whose credentials have generations. */
export const ownCredentials: readonly string[] = [
  ...Object.keys(platformConsumers),
  ...serverConsumers,
  ...trackingConsumers,
  ...documentConsumers,
  ...apiKeys,
];

/** Names that no consumer can have: they are keys of the config, or stand for other pods in policies' names. */
export const reservedConsumers: readonly string[] = [
  ...ownCredentials,
  "default",
  "minio-setup",
  "mysql-setup",
  "mlflow-server",
  "mlflow-server-setup",
  "mlflow-server-migration",
  "mongodb-setup",
  "ai-workload",
  "triton",
  "backend-deployment",
  "frontend-deployment",
  "ingress-controller",
  "api-server",
];

/** Buckets that are there whatever the configuration says, because the platform uses them. */
export const platformBuckets = ["model-registry-bucket", "mlpipeline"] as const;
