// Shape: what other programs may know of a stack, field by field. The types, the check at run time, the JSON Schema
// and docs/contract.md all come from here. It imports nothing of the platform: it is shipped with the client.
//
// The outputs never hold the value of a Secret. A field may be added at any time; one that is removed, narrowed or
// given another meaning raises the version (stacks/contract/released/ has what readers rely on).
import { z } from "zod";

/** Raised when a reader of the last version would no longer be right. */
export const CONTRACT_VERSION = 1;

const name = (what: string) => z.string().min(1).describe(what);
const port = (what: string) => z.int().min(1).max(65535).describe(what);

const podEndpoint = z
  .object({
    kind: z.literal("pods").describe("Pods of the platform listen."),
    namespace: name("Namespace of the pods."),
    pods: z.record(z.string(), z.string()).describe("Labels that select the pods."),
    port: port("Port of the container, which is the one that a network policy sees."),
  })
  .describe("Pods in the cluster.");

const addressEndpoint = z
  .object({
    kind: z.literal("addresses").describe("Something outside the cluster listens."),
    cidrs: z.array(z.string()).describe("Address ranges in CIDR notation that a connection may go to."),
    port: port("Port that it listens on."),
  })
  .describe("Addresses outside the cluster.");

const endpoint = z
  .discriminatedUnion("kind", [podEndpoint, addressEndpoint])
  .describe("How a network policy sees it: what an egress rule of a client has to allow.");

const location = {
  host: name("DNS name or address, as pods of the cluster reach it."),
  port: port("Port that clients connect to."),
  endpoint,
};
const url = name("URL, as pods of the cluster reach it.");
const externalUrl = name("URL from outside the cluster. Absent where it is not exposed.").optional();
const secretName = (what: string) => name(`Name of the Secret ${what}`);
const adminSecretName = (where: string) => secretName(`with the administrator's credential, in ${where}.`);

const objectStore = z
  .object({
    url,
    ...location,
    region: name("Region that S3 clients are told."),
    buckets: z
      .array(z.string())
      .describe("Names of the buckets that the stack makes or, of an external store, that it uses; sorted."),
    consoleUrl: name("URL of the web console from outside. Absent where it is not exposed.").optional(),
    adminSecretName: adminSecretName("the store's namespace. Absent for an external store").optional(),
  })
  .describe("The object store, which speaks S3.");

const database = z
  .object({
    ...location,
    encrypted: z.boolean().describe("Whether clients have to encrypt their connections."),
    adminSecretName: adminSecretName("the database's namespace. Absent for an external database").optional(),
  })
  .describe("The SQL database, which speaks MySQL's protocol.");

const documentDatabase = z
  .object({ ...location, adminSecretName: adminSecretName("the database's namespace") })
  .describe("The document database, MongoDB. Absent without the video pipeline.");

const modelRegistry = z
  .object({
    url,
    ...location,
    externalUrl,
    artifactsSecretName: secretName(
      "with which clients in the registry's namespace reach the models' files in the object store.",
    ),
  })
  .describe("The model registry, which speaks Kubeflow's REST API. Absent where it is turned off.");

const tracking = z
  .object({ url, ...location, externalUrl, adminSecretName: adminSecretName("the server's namespace") })
  .describe("The tracking server, MLflow. Absent where it is turned off.");

const workload = z
  .object({
    namespace: name("Its namespace."),
    url,
    ...location,
    externalUrl,
    apiKeySecretName: secretName(
      "with the key that clients send, in its namespace. Absent where none is asked for.",
    ).optional(),
    clientAccountName: name(
      "Name of the ServiceAccount whose token clients send, in its namespace. Absent where none is asked for.",
    ).optional(),
  })
  .describe("A system on top of the shared services.");

const published = {
  secretName: secretName("with the connection, in the consumer's namespace. The name never changes."),
  generation: name(
    "Name of the generation that the Secret holds. A credential that was rotated has another one: pods that carry it in " +
      "their template roll out when the Secret's content changes. Always `external` for an external service.",
  ),
};

const connections = z
  .object({
    objectStore: z
      .object({
        ...published,
        bucket: name("The bucket that the credential is for."),
        prefix: z
          .string()
          .describe("The folder of the bucket that the credential is for. Empty: the whole bucket."),
        access: z
          .enum(["read", "write", "readWrite"])
          .describe("What the credential allows. `write` puts and deletes, but neither reads nor lists."),
      })
      .describe(
        "Connection to the object store. The Secret's keys are AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, " +
          "AWS_S3_ENDPOINT, AWS_S3_BUCKET and AWS_DEFAULT_REGION. Absent where no bucket was asked for.",
      )
      .optional(),
    database: z
      .object({ ...published, schema: name("The schema that the credential is for.") })
      .describe(
        "Connection to the database. The Secret's keys are DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD. " +
          "Absent where no schema was asked for.",
      )
      .optional(),
    tracking: z
      .object({
        ...published,
        experiments: z.array(z.string()).describe("Names of the experiments that the credential is for."),
        models: z.array(z.string()).describe("Names of the registered models that the credential is for."),
        access: z
          .enum(["read", "edit"])
          .describe(
            "What the credential allows. `edit` logs runs and adds versions of models; it deletes nothing.",
          ),
      })
      .describe(
        "Connection to the tracking server. The Secret's keys are MLFLOW_TRACKING_URI, MLFLOW_TRACKING_USERNAME and " +
          "MLFLOW_TRACKING_PASSWORD. Absent where none was asked for.",
      )
      .optional(),
  })
  .describe("What the consumer may use.");

const consumer = z
  .object({
    namespace: name("Namespace of the application."),
    pods: z
      .record(z.string(), z.string())
      .describe(
        "Labels that the application's pods have to carry, so that the services let them in. Empty: none.",
      ),
    caBundleName: name(
      "Name of the ConfigMap, in the consumer's namespace, whose key `ca-bundle.crt` has the authorities that vouch for " +
        "external services. Absent where the usual ones do.",
    ).optional(),
    connections,
  })
  .describe("An application that is not the platform's, as the stack's config describes it.");

/** The outputs of a stack. */
export const contractSchema = z
  .object({
    contractVersion: z.literal(CONTRACT_VERSION).describe("Version of this shape."),
    target: name("The kind of cluster: `minikube`, `openshift`, or another that is added later."),
    objectStore,
    database,
    documentDatabase: documentDatabase.optional(),
    modelRegistry: modelRegistry.optional(),
    tracking: tracking.optional(),
    workloads: z.record(z.string(), workload).describe("What runs on top of these services, by its name."),
    portForward: z
      .record(z.string(), z.string())
      .describe(
        "Commands that bring what runs in the cluster to the machine where they are typed, by its name.",
      ),
    namespaces: z
      .record(z.string(), z.string())
      .describe("Names of the namespaces in the cluster, by the platform's own names for them."),
    consumers: z
      .record(z.string(), consumer)
      .describe("The applications that the stack's config names as consumers, by their names there."),
  })
  .describe("What other programs may know of a stack of the platform.");

/** Everything that other programs may know of a stack. */
export type Contract = z.infer<typeof contractSchema>;
export type EndpointContract = z.infer<typeof endpoint>;
export type ObjectStoreContract = z.infer<typeof objectStore>;
export type DatabaseContract = z.infer<typeof database>;
export type DocumentDatabaseContract = z.infer<typeof documentDatabase>;
export type ModelRegistryContract = z.infer<typeof modelRegistry>;
export type TrackingContract = z.infer<typeof tracking>;
export type WorkloadContract = z.infer<typeof workload>;
export type ConsumerContract = z.infer<typeof consumer>;
export type ObjectStoreConnection = NonNullable<ConsumerContract["connections"]["objectStore"]>;
export type DatabaseConnection = NonNullable<ConsumerContract["connections"]["database"]>;
export type TrackingConnection = NonNullable<ConsumerContract["connections"]["tracking"]>;
