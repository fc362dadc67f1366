/**
 * The names that belong to the platform itself: its namespaces, its own consumers of the shared services
 * and its buckets. Everything that must know them (schema, rules, stacks) reads them here.
 */

export const targetNames = ["minikube", "openshift"] as const;
export type TargetName = (typeof targetNames)[number];

/** The platform's own namespaces, without the stack's prefix. */
export const platformNamespaces = ["minio", "db-ai", "rhoai-model-registries"] as const;
export type PlatformNamespace = (typeof platformNamespaces)[number];

/** Components of the platform that hold grants, under the names of those grants. */
export const platformConsumers = ["model-registry"] as const;

/** Schemas that the platform's own consumers own, by name. */
export const platformSchemas = { model_registry: "model-registry" } as const;

/** Consumers that only servers in the cluster have, besides: an external service needs no credential for them. */
export const serverConsumers = ["monitoring"] as const;

/** Names that no consumer can have: they are keys of the config, or stand for other pods in policies' names. */
export const reservedConsumers = [
  ...platformConsumers,
  ...serverConsumers,
  "default",
  "minio-setup",
  "mysql-setup",
  "ingress-controller",
  "api-server",
] as const;

/** Buckets that are there whatever the configuration says, because the platform uses them. */
export const platformBuckets = ["model-registry-bucket", "mlpipeline"] as const;
