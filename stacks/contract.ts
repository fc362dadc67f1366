// Contract: the outputs of a stack, which other programs read. Endpoints and names of Secrets, never a value
// of a Secret. A field that is removed or changes its meaning raises the version.
import * as pulumi from "@pulumi/pulumi";
import { Consumer } from "../components/access";
import { DocumentDatabase } from "../components/document-database";
import { ModelRegistry } from "../components/model-registry";
import { ManagedNamespace } from "../components/network";
import { ObjectStore } from "../components/object-store";
import { SqlDatabase } from "../components/sql-database";
import { TrackingServer } from "../components/tracking-server";
import { Callable } from "../components/workload";
import { mapValues } from "./records";

export const CONTRACT_VERSION = 1;

export interface Contract {
  /** Version of this shape. */
  contractVersion: number;
  /** The kind of cluster: `minikube` or `openshift`. */
  target: string;
  objectStore: {
    /** URL of the S3 API, from inside the cluster. */
    url: pulumi.Output<string>;
    region: string;
    /** Address of the web console, where it is exposed. */
    consoleUrl?: pulumi.Output<string>;
    /** Name of the Secret with the administrator's credential. Absent for an external store. */
    adminSecretName?: pulumi.Output<string>;
  };
  database: {
    host: pulumi.Output<string>;
    port: number;
    /** Name of the Secret with the administrator's credential. Absent for an external database. */
    adminSecretName?: pulumi.Output<string>;
  };
  /** MongoDB. Absent without the video pipeline. */
  documentDatabase?: {
    host: pulumi.Output<string>;
    port: number;
    /** Name of the Secret with the administrator's credential. */
    adminSecretName?: pulumi.Output<string>;
  };
  /** Absent when it is turned off. */
  modelRegistry?: {
    /** URL of the REST API, from inside the cluster. */
    url: pulumi.Output<string>;
    /** URL from outside, where it is exposed. */
    externalUrl?: pulumi.Output<string>;
    /** Name of the Secret, in the registry's namespace, with which its clients reach the models' files. */
    artifactsSecretName: pulumi.Output<string>;
  };
  /** MLflow. Absent when it is turned off. */
  tracking?: {
    /** URL of the server, from inside the cluster. */
    url: pulumi.Output<string>;
    /** URL from outside, where it is exposed. */
    externalUrl?: pulumi.Output<string>;
    /** Name of the Secret with the administrator's credential. */
    adminSecretName: pulumi.Output<string>;
  };
  /** What runs on top of these services, by its name. */
  workloads: Record<string, WorkloadContract>;
  /** Commands that bring a service to this machine, by its name. */
  portForward: Record<string, pulumi.Output<string>>;
  /** Names of the namespaces, by the platform's own names for them. */
  namespaces: Record<string, pulumi.Output<string>>;
  /** Names of each consumer's Secrets, in its namespace. */
  consumers: Record<string, { namespace: pulumi.Output<string>; secretNames: Consumer["secretNames"] }>;
}

/** A system on top of the shared services. */
export interface WorkloadContract {
  namespace: pulumi.Output<string>;
  /** URL from inside the cluster. */
  url: pulumi.Output<string>;
  /** URL from outside, where it is exposed. */
  externalUrl?: pulumi.Output<string>;
  /** Name of the Secret, in its namespace, with the key that clients send. Absent where none is asked for. */
  apiKeySecretName?: pulumi.Output<string>;
  /** Name of the ServiceAccount, in its namespace, whose token clients send. Absent where none is asked for. */
  clientAccountName?: pulumi.Output<string>;
}

/** What the contract is made of. */
export interface Platform {
  target: string;
  store: ObjectStore;
  database: SqlDatabase;
  documents: DocumentDatabase | undefined;
  registry: ModelRegistry | undefined;
  tracking: TrackingServer | undefined;
  workloads: Readonly<Record<string, Serving>>;
  namespaces: ReadonlyMap<string, ManagedNamespace>;
  consumers: Readonly<Record<string, Consumer>>;
}

/** What the contract says of a workload. */
export interface Serving extends Callable {
  readonly externalUrl: pulumi.Output<string> | undefined;
  readonly apiKeySecretName?: pulumi.Output<string>;
  readonly clientAccountName?: pulumi.Output<string> | undefined;
}

export function contract(platform: Platform): Contract {
  const { target, store, database, documents, registry, tracking, workloads, namespaces, consumers } =
    platform;
  return {
    contractVersion: CONTRACT_VERSION,
    target,
    objectStore: {
      url: store.url,
      region: store.region,
      ...given({ consoleUrl: store.consoleUrl, adminSecretName: store.adminSecretName }),
    },
    database: {
      host: database.endpoint.host,
      port: database.endpoint.port,
      ...given({ adminSecretName: database.adminSecretName }),
    },
    ...given({
      documentDatabase: documents && {
        host: documents.endpoint.host,
        port: documents.endpoint.port,
        ...given({ adminSecretName: documents.adminSecretName }),
      },
      modelRegistry: registry && {
        url: registry.url,
        artifactsSecretName: registry.artifactsSecretName,
        ...given({ externalUrl: registry.externalUrl }),
      },
      tracking: tracking && {
        url: tracking.url,
        adminSecretName: tracking.adminSecretName,
        ...given({ externalUrl: tracking.externalUrl }),
      },
    }),
    workloads: mapValues(
      workloads,
      ({ endpoint, url, externalUrl, apiKeySecretName, clientAccountName }) => ({
        namespace: pulumi.output(endpoint.namespace),
        url,
        ...given({ externalUrl, apiKeySecretName, clientAccountName }),
      }),
    ),
    portForward: portForward({ "mlflow-server": tracking, ...workloads }),
    namespaces: Object.fromEntries([...namespaces].map(([name, namespace]) => [name, namespace.name])),
    consumers: mapValues(consumers, ({ namespace, secretNames }) => ({ namespace, secretNames })),
  };
}

/** How a developer reaches a service that is not exposed, or not meant to be. */
function portForward(
  services: Readonly<Record<string, Pick<Callable, "endpoint"> | undefined>>,
): Record<string, pulumi.Output<string>> {
  const there = Object.entries(services).flatMap(([name, service]) =>
    service === undefined ? [] : [[name, service.endpoint] as const],
  );
  return Object.fromEntries(
    there.map(([name, { namespace, host, port }]) => [
      name,
      pulumi.interpolate`kubectl port-forward --namespace ${namespace} service/${host.apply((dns) => dns.split(".")[0])} ${port}:${port}`,
    ]),
  );
}

/** What is there: an output that is undefined makes Pulumi warn at every run. */
function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
