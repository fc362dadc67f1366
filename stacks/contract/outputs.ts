// Outputs: the contract of one stack, made from its components. A field of the shape that is missing here does not
// compile, an optional one included.
import * as pulumi from "@pulumi/pulumi";
import { Consumer, Published } from "../../components/access";
import { DocumentDatabase } from "../../components/document-database";
import { ModelRegistry } from "../../components/model-registry";
import { Endpoint, ManagedNamespace } from "../../components/network";
import { ObjectStore } from "../../components/object-store";
import { SqlDatabase } from "../../components/sql-database";
import { TrackingServer } from "../../components/tracking-server";
import { Callable } from "../../components/workload";
import { StackConfig } from "../config";
import { mapValues } from "../records";
import { CONNECTION_ENDINGS } from "../site";
import { ConsumerContract, Contract, CONTRACT_VERSION, EndpointContract } from "./shape";

/** What the contract is made of. */
export interface Parts {
  target: string;
  store: ObjectStore;
  database: SqlDatabase;
  documents: DocumentDatabase | undefined;
  registry: ModelRegistry | undefined;
  tracking: TrackingServer | undefined;
  workloads: Readonly<Record<string, Serving>>;
  namespaces: ReadonlyMap<string, ManagedNamespace>;
  consumers: Readonly<Record<string, Consumer>>;
  /** What the config grants those consumers. */
  granted: StackConfig["consumers"];
}

/** What the contract says of a workload. */
export interface Serving extends Callable {
  readonly externalUrl: pulumi.Output<string> | undefined;
  readonly apiKeySecretName?: pulumi.Output<string>;
  readonly clientAccountName?: pulumi.Output<string> | undefined;
}

/** The shape with values that may not be known yet, in which every field is named: what is absent is `undefined`. */
type Complete<T> = [T] extends [string | number | boolean]
  ? pulumi.Input<T>
  : T extends readonly (infer Item)[]
    ? readonly Complete<Item>[]
    : {
        readonly [K in keyof Required<T>]:
          Complete<Exclude<T[K], undefined>> | (undefined extends T[K] ? undefined : never);
      };

/** The outputs of a stack. */
export function contract(parts: Parts): pulumi.Inputs {
  return withoutAbsent(outputs(parts));
}

function outputs(parts: Parts): Complete<Contract> {
  const { target, store, database, documents, registry, tracking } = parts;
  const { workloads, namespaces, consumers, granted } = parts;
  return {
    contractVersion: CONTRACT_VERSION,
    target,
    objectStore: {
      url: store.url,
      ...location(store),
      region: store.region,
      buckets: [...store.buckets].sort(),
      consoleUrl: store.consoleUrl,
      adminSecretName: store.adminSecretName,
    },
    database: {
      ...location(database),
      encrypted: database.encrypted,
      adminSecretName: database.adminSecretName,
    },
    documentDatabase: documents && {
      ...location(documents),
      adminSecretName: documents.adminSecretName,
    },
    modelRegistry: registry && {
      url: registry.url,
      ...location(registry),
      externalUrl: registry.externalUrl,
      artifactsSecretName: registry.artifactsSecretName,
    },
    tracking: tracking && {
      url: tracking.url,
      ...location(tracking),
      externalUrl: tracking.externalUrl,
      adminSecretName: tracking.adminSecretName,
    },
    workloads: mapValues(workloads, (workload) => ({
      namespace: pulumi.output(workload.endpoint.namespace),
      url: workload.url,
      ...location(workload),
      externalUrl: workload.externalUrl,
      apiKeySecretName: workload.apiKeySecretName,
      clientAccountName: workload.clientAccountName,
    })),
    portForward: portForward([
      store.endpoint,
      store.consoleEndpoint,
      database.endpoint,
      documents?.endpoint,
      registry?.endpoint,
      tracking?.endpoint,
      ...Object.values(workloads).map(({ endpoint }) => endpoint),
    ]),
    namespaces: Object.fromEntries([...namespaces].map(([name, namespace]) => [name, namespace.name])),
    consumers: mapValues(consumers, (consumer, name) => published(consumer, granted[name])),
  };
}

/** Where a service is, and how a network policy sees it. */
function location({ endpoint }: { endpoint: Endpoint }) {
  return { host: endpoint.host, port: endpoint.port, endpoint: peer(endpoint) };
}

function peer(endpoint: Endpoint): Complete<EndpointContract> {
  if (endpoint.kind === "addresses") {
    const { kind, cidrs, port } = endpoint;
    return { kind, cidrs, port };
  }
  const { kind, namespace, pods, port } = endpoint;
  return { kind, namespace, pods, port };
}

/** How a developer reaches a service that is not exposed, or not meant to be, by the service's short name. */
function portForward(endpoints: readonly (Endpoint | undefined)[]): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    endpoints.flatMap((endpoint) => {
      if (endpoint?.kind !== "pods") return [];
      const { name, namespace, host, port } = endpoint;
      const service = host.apply((dns) => dns.split(".")[0]);
      const command = pulumi.interpolate`kubectl port-forward --namespace ${namespace} service/${service} ${port}:${port}`;
      return [[name, command]];
    }),
  );
}

/** Whatever the config grants a consumer, with what was published for it. */
function published(
  { namespace, pods, caBundleName, connections }: Consumer,
  granted: StackConfig["consumers"][string] | undefined,
): Complete<ConsumerContract> {
  const found = (service: keyof typeof CONNECTION_ENDINGS) => connections[CONNECTION_ENDINGS[service]];
  const { bucket, schema, tracking } = granted ?? {};
  return {
    namespace,
    pods,
    caBundleName,
    connections: {
      objectStore: both(found("objectStore"), bucket, (secret, { name, prefix = "", access }) => ({
        ...secret,
        bucket: name,
        prefix,
        access,
      })),
      database: both(found("database"), schema, (secret, name) => ({ ...secret, schema: name })),
      tracking: both(found("tracking"), tracking, (secret, { experiments, models, access }) => ({
        ...secret,
        experiments,
        models,
        access,
      })),
    },
  };
}

function both<Granted, Result>(
  secret: Published | undefined,
  granted: Granted | undefined,
  make: (secret: Published, granted: Granted) => Result,
): Result | undefined {
  return secret === undefined || granted === undefined ? undefined : make(secret, granted);
}

/** Without the fields that are `undefined`, at any depth: an output that is undefined makes Pulumi warn at every run. */
function withoutAbsent(fields: object): pulumi.Inputs {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]: [string, unknown]) => {
      if (value === undefined) return [];
      const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
      return [[key, isMap && !pulumi.Output.isInstance(value) ? withoutAbsent(value) : value]];
    }),
  );
}
