/**
 * The schema of the services: the object store, the SQL and the document database, the model registry. Store and
 * SQL database are each either a server in the cluster or, with `external`, one that is there already.
 */
import { z } from "zod";
import { describe } from "./field";
import { platformBuckets } from "./names";
import { host, resources, storage } from "./parts";
import * as value from "./values";

/** One of the two, so that `"external" in config.minio` tells which. */
function either<E, S extends object>(external: E | undefined, server: S): { external: E } | S {
  return external === undefined ? server : { external };
}

const externalCidrs = describe(value.cidrs, {
  description: "Address ranges in which the server is reached; pods may connect to nothing else outside.",
}).default(["0.0.0.0/0"]);

const credentialEntry = { name: "consumer", example: "iris" };

const bucket = z.strictObject({
  versioning: describe(value.boolean, {
    description: "Keep earlier versions of overwritten and deleted objects.",
  }).default(false),
  quota: describe(value.volumeSize, {
    description: "Size at which the bucket refuses further objects.",
    defaultText: "no limit",
    example: "10Gi",
  }).optional(),
});

const externalStore = z.strictObject({
  url: describe(value.serviceUrl, { description: "Where the S3 API is." }),
  region: describe(value.dnsLabel(63, "eu-central-1"), { description: "S3 region." }).default("us-east-1"),
  cidrs: externalCidrs,
  credentials: describe(
    z.record(
      value.dnsLabel(40, "iris"),
      z.strictObject({
        accessKeyId: describe(value.secretText(1), {
          description: "Access key id of the consumer's own S3 identity.",
        }),
        secretAccessKey: describe(value.secretText(1), { description: "Its secret access key." }),
      }),
    ),
    {
      description:
        "One credential per consumer, the platform's own included: `model-registry` and `mlflow`. What it may do is decided at the external store; its bucket must exist there.",
      entry: credentialEntry,
    },
  ).default({}),
});

/** Keys of the server in the cluster that have no meaning when `external` is set. */
export const minioServerKeys = ["storage", "resources", "buckets", "consoleHost"] as const;

export const minio = describe(
  z
    .strictObject({
      storage: storage("20Gi"),
      resources: resources({ cpu: "100m", memory: "512Mi", memoryLimit: "1Gi" }),
      buckets: describe(z.record(value.bucketName, bucket), {
        description: "Buckets to create, by name.",
        defaultText: `\`${platformBuckets.join("` and `")}\`, which are always there`,
        entry: { name: "bucket", example: "datasets" },
      }).prefault({}),
      consoleHost: host("the web console", "minio-console.example.com"),
      external: describe(externalStore, {
        description: "An S3 service that is there already. Excludes the keys of the server in the cluster.",
      }).optional(),
    })
    .prefault({})
    .transform(({ external, buckets, ...server }) =>
      either(external, { ...server, buckets: withPlatformBuckets(buckets) }),
    ),
  { description: "The shared object store." },
);

type Buckets = Readonly<Record<string, z.output<typeof bucket>>>;

function withPlatformBuckets(given: Buckets): Buckets {
  const own = platformBuckets.map((name) => [name, bucket.parse({})] as const);
  return { ...Object.fromEntries(own), ...given };
}

const externalDatabase = z.strictObject({
  host: describe(value.serverAddress, { description: "Where the MySQL server is." }),
  port: describe(value.integer(1, 65535, 3306), { description: "Its port." }).default(3306),
  tls: describe(value.boolean, {
    description: "Encrypt connections and verify the server's certificate (see `caBundle`).",
    example: "false",
  }).default(true),
  cidrs: externalCidrs,
  credentials: describe(
    z.record(
      value.dnsLabel(40, "iris"),
      z.strictObject({
        user: describe(value.secretText(1, 32), { description: "MySQL user of the consumer." }),
        password: describe(value.secretText(1), { description: "Its password." }),
      }),
    ),
    {
      description:
        "One credential per consumer, the platform's own included: `model-registry` and `mlflow`. Its schema must exist there.",
      entry: credentialEntry,
    },
  ).default({}),
});

/** Keys of the server in the cluster that have no meaning when `external` is set. */
export const mysqlServerKeys = ["storage", "resources", "maxConnections", "slowQueryLog"] as const;

export const mysql = describe(
  z
    .strictObject({
      storage: storage("20Gi"),
      resources: resources({ cpu: "250m", memory: "768Mi", memoryLimit: "1Gi" }),
      maxConnections: describe(value.integer(10, 100000, 500), {
        description: "Connections that the server accepts at the same time.",
      }).default(200),
      slowQueryLog: z
        .strictObject({
          enabled: describe(value.boolean, { description: "Log queries that take long." }).default(false),
          seconds: describe(value.integer(1, 3600, 5), {
            description: "Seconds from which on a query counts as slow.",
          }).default(2),
        })
        .prefault({}),
      external: describe(externalDatabase, {
        description: "A MySQL server that is there already. Excludes the keys of the server in the cluster.",
      }).optional(),
    })
    .prefault({})
    .transform(({ external, ...server }) => either(external, server)),
  { description: "The shared SQL database." },
);

export const mongodb = describe(
  z
    .strictObject({
      storage: storage("5Gi"),
      resources: resources({ cpu: "100m", memory: "512Mi", memoryLimit: "1Gi" }),
    })
    .prefault({}),
  { description: "The document database of the video pipeline, which comes and goes with it." },
);

export const modelRegistry = describe(
  z
    .strictObject({
      enabled: describe(value.boolean, {
        description: "Whether the stack has a model registry.",
        example: "false",
      }).default(true),
      host: describe(value.hostname, {
        description:
          "Host name under which the registry's REST API is reachable from outside the cluster. Minikube only: on OpenShift its operator makes the Route.",
        defaultText: "not exposed",
        example: "model-registry.example.com",
      }).optional(),
      resources: resources({ cpu: "100m", memory: "128Mi", memoryLimit: "256Mi" }),
    })
    .prefault({}),
  { description: "The model registry." },
);
