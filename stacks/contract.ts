// Contract: the outputs of a stack, which other programs read. Endpoints and names of Secrets, never a value
// of a Secret. A field that is removed or changes its meaning raises the version.
import * as pulumi from "@pulumi/pulumi";
import { Consumer } from "../components/access";
import { ModelRegistry } from "../components/model-registry";
import { ManagedNamespace } from "../components/network";
import { ObjectStore } from "../components/object-store";
import { SqlDatabase } from "../components/sql-database";

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
    consoleUrl?: string;
    /** Name of the Secret with the administrator's credential. Absent for an external store. */
    adminSecretName?: pulumi.Output<string>;
  };
  database: {
    host: pulumi.Output<string>;
    port: number;
    /** Name of the Secret with the administrator's credential. Absent for an external database. */
    adminSecretName?: pulumi.Output<string>;
  };
  /** Absent when it is turned off. */
  modelRegistry?: {
    /** URL of the REST API, from inside the cluster. */
    url: pulumi.Output<string>;
    /** URL from outside, where it is exposed. */
    externalUrl?: string;
    /** Name of the Secret, in the registry's namespace, with which its clients reach the models' files. */
    artifactsSecretName: pulumi.Output<string>;
  };
  /** Names of the namespaces, by the platform's own names for them. */
  namespaces: Record<string, pulumi.Output<string>>;
  /** Names of each consumer's Secrets, in its namespace. */
  consumers: Record<string, { namespace: pulumi.Output<string>; secretNames: Consumer["secretNames"] }>;
}

/** What the contract is made of. */
export interface Platform {
  target: string;
  store: ObjectStore;
  database: SqlDatabase;
  registry: ModelRegistry | undefined;
  namespaces: ReadonlyMap<string, ManagedNamespace>;
  consumers: Readonly<Record<string, Consumer>>;
}

export function contract({ target, store, database, registry, namespaces, consumers }: Platform): Contract {
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
      modelRegistry: registry && {
        url: registry.url,
        artifactsSecretName: registry.artifactsSecretName,
        ...given({ externalUrl: registry.externalUrl }),
      },
    }),
    namespaces: Object.fromEntries([...namespaces].map(([name, namespace]) => [name, namespace.name])),
    consumers: Object.fromEntries(
      Object.entries(consumers).map(([name, { namespace, secretNames }]) => [
        name,
        { namespace, secretNames },
      ]),
    ),
  };
}

/** What is there: an output that is undefined makes Pulumi warn at every run. */
function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
