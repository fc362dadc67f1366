// Site: the components as this stack has them. Each method takes what the wiring says about a component, adds
// what the config and the Target say, and chooses the implementation.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AccessContext, Consumer, Grant, identityPrefix } from "../components/access";
import { DocumentDatabase, MongoDb } from "../components/document-database";
import { Exposure, ExposureArgs } from "../components/exposure";
import { ApiKeyArgs } from "../components/inference-service";
import { ModelRegistry } from "../components/model-registry";
import { Indicators, Monitor, Objectives, prometheusMonitor } from "../components/monitoring";
import { ManagedNamespace } from "../components/network";
import { ExternalObjectStore, MinioStore, ObjectStore, S3Connection } from "../components/object-store";
import { ExternalSqlDatabase, MySql, SqlConnection, SqlDatabase } from "../components/sql-database";
import { RegistryOperator } from "../components/openshift-ai";
import { TrackingServer } from "../components/tracking-server";
import { MonitoringArgs } from "../components/workload";
import { StackConfig } from "./config";
import { ImageName, imageReference } from "./images";
import { inPlaceProvider } from "./in-place";
import { mapValues } from "./records";
import { Operators, Target } from "./target";
import { targets } from "./targets";

/** The largest file that people send to MLflow from outside. Its pod keeps it on disk until the object store has it. */
const MODEL_SIZE = "10Gi";

/** What the names of a consumer's Secrets end in, by the service that they are for. */
export const CONNECTION_ENDINGS = {
  objectStore: "s3-connection",
  database: "db-connection",
  tracking: "tracking-connection",
} as const;

export class Site {
  private readonly applicationNamespaces = new Map<string, k8s.core.v1.NamespacePatch>();
  private readonly target: Target;
  private readonly access: AccessContext;
  /** Absent where the cluster has nothing that collects metrics. */
  private readonly monitor: Monitor | undefined;
  /** The namespaces made so far, by the platform's own names for them. */
  readonly namespaces = new Map<string, ManagedNamespace>();

  constructor(private readonly config: StackConfig) {
    this.target = targets[config.target].create(config);
    this.access = {
      prefix: identityPrefix("stack-id"),
      inPlace: inPlaceProvider(),
      generations: (consumer) => config.generations[consumer] ?? config.generations.default,
    };
    this.monitor = config.monitoring.enabled
      ? prometheusMonitor({
          scrapers: this.target.scrapers,
          inPlace: this.access.inPlace,
          labels: config.monitoring.labels,
        })
      : undefined;
  }

  /** The namespace that the platform calls `name`. Protected where data is: any other one may go with its component. */
  private namespace(name: keyof StackConfig["namespaces"], { holdsData = false } = {}): ManagedNamespace {
    const existing = this.namespaces.get(name);
    if (existing) return existing;
    const { namespacePrefix, namespaces, protectData, images } = this.config;
    const created = new ManagedNamespace(name, {
      ...namespaces[name],
      name: `${namespacePrefix}${name}`,
      protect: holdsData && protectData,
      dns: this.target.dns,
      pullSecrets: images.pullSecrets,
      pullCredentials: images.pullCredentials?.reveal(),
    });
    this.namespaces.set(name, created);
    return created;
  }

  objectStore(name: string, args: { namespace: keyof StackConfig["namespaces"] }): ObjectStore {
    const { minio, caBundle } = this.config;
    if ("external" in minio) {
      const { credentials, ...service } = minio.external;
      return new ExternalObjectStore(name, {
        ...service,
        caBundle,
        credentials: mapValues(credentials, ({ accessKeyId, secretAccessKey }) => ({
          accessKeyId: accessKeyId.reveal(),
          secretAccessKey: secretAccessKey.reveal(),
        })),
      });
    }
    const { consoleHost, storage, ...settings } = minio;
    return new MinioStore(name, {
      ...settings,
      ...this.in(args.namespace, { holdsData: true }),
      storage: this.storage(storage),
      image: this.image("objectStore"),
      scrapers: this.target.scrapers,
      monitor: this.monitor,
      access: this.access,
      console: this.exposure({ host: consoleHost }),
    });
  }

  sqlDatabase(name: string, args: { namespace: keyof StackConfig["namespaces"] }): SqlDatabase {
    const { mysql, caBundle } = this.config;
    if ("external" in mysql) {
      const { credentials, tls, ...service } = mysql.external;
      return new ExternalSqlDatabase(name, {
        ...service,
        ...(tls ? { tls: { caBundle } } : {}),
        credentials: mapValues(credentials, ({ user, password }) => ({
          user: user.reveal(),
          password: password.reveal(),
        })),
      });
    }
    const { slowQueryLog, storage, ...settings } = mysql;
    return new MySql(name, {
      ...settings,
      ...this.in(args.namespace, { holdsData: true }),
      storage: this.storage(storage),
      image: this.image("sqlDatabase"),
      access: this.access,
      ...(slowQueryLog.enabled ? { slowQuerySeconds: slowQueryLog.seconds } : {}),
    });
  }

  documentDatabase(
    name: string,
    args: { namespace: keyof StackConfig["namespaces"]; service: string },
  ): DocumentDatabase {
    const { storage, resources } = this.config.mongodb;
    return new MongoDb(name, {
      ...this.in(args.namespace, { holdsData: true }),
      service: args.service,
      resources,
      storage: this.storage(storage),
      image: this.image("documentDatabase"),
      access: this.access,
    });
  }

  /** What operators do in this kind of cluster, where any do. */
  operators(
    name: string,
    args: { namespace: keyof StackConfig["namespaces"]; registries: keyof StackConfig["namespaces"] },
  ): Operators | undefined {
    return this.target.operators?.(name, {
      namespace: () => this.namespace(args.namespace),
      registriesNamespace: () => this.namespace(args.registries),
      image: this.image("cli"),
    });
  }

  modelRegistry(
    name: string,
    args: {
      namespace: keyof StackConfig["namespaces"];
      operator: RegistryOperator | undefined;
      database: Grant<SqlConnection>;
      artifacts: Grant<S3Connection>;
    },
  ): ModelRegistry {
    const { host, resources } = this.config.modelRegistry;
    return this.target.modelRegistry(name, {
      ...args,
      host,
      resources,
      namespace: this.namespace(args.namespace),
      image: this.image("modelRegistry"),
      rolloutTimeout: this.config.rolloutTimeout,
      caBundle: this.config.caBundle,
      inPlace: this.access.inPlace,
    });
  }

  trackingServer(
    name: string,
    args: {
      namespace: keyof StackConfig["namespaces"];
      service: string;
      database: Grant<SqlConnection>;
      artifacts: Grant<S3Connection>;
    },
  ): TrackingServer {
    const { host, replicas, resources } = this.config.tracking;
    return new TrackingServer(name, {
      ...args,
      ...this.in(args.namespace),
      replicas,
      resources,
      image: this.image("tracking"),
      access: this.access,
      scrapers: this.target.scrapers,
      monitor: this.monitor,
      scratch: MODEL_SIZE,
      // Models pass through it, of any size that a registry of models holds.
      exposure: this.exposure({ host, bodySize: MODEL_SIZE }),
    });
  }

  /** What every pod of a namespace is told. */
  in(namespace: keyof StackConfig["namespaces"], data: { holdsData?: boolean } = {}) {
    return {
      namespace: this.namespace(namespace, data),
      security: this.target.security,
      rolloutTimeout: this.config.rolloutTimeout,
    };
  }

  /** What calls the cluster's API, or has others ask it. */
  get api() {
    return { apiServer: this.target.apiServer, inPlace: this.access.inPlace };
  }

  image(name: ImageName): string {
    return imageReference(name, { mirror: this.config.images.mirror, overrides: this.config.images });
  }

  /** The way in from outside, where there is a host. */
  exposure({ host, ...args }: Partial<ExposureArgs>): Exposure | undefined {
    return host === undefined ? undefined : this.target.expose({ host, ...args });
  }

  /** The way in for people at a browser: a host, or on a laptop a port of its node. */
  entrance(args: { host?: string; nodePort?: number }): Exposure | undefined {
    return this.target.entrance(args);
  }

  /** Who watches workloads, where somebody does. */
  get watcher(): Monitor | undefined {
    return this.monitor;
  }

  /** How a workload is watched, where something watches. */
  monitoring(indicators: Indicators, objectives: Objectives, path?: string): MonitoringArgs | undefined {
    return this.monitor && { monitor: this.monitor, indicators, objectives, path };
  }

  /** A key for the clients of one service, in the generations that the config names under `name`. */
  apiKey(name: string): ApiKeyArgs {
    return { generations: this.access.generations(name), inPlace: this.access.inPlace };
  }

  /** An application that is not the platform's, as the config describes it. */
  consumer(
    name: string,
    args: StackConfig["consumers"][string],
    services: { store: ObjectStore; database: SqlDatabase; tracking: TrackingServer | undefined },
  ): Consumer {
    const { namespace, pods, egress, bucket, schema, tracking } = args;
    return new Consumer(name, {
      pods,
      egress,
      dns: this.target.dns,
      namespace: this.applicationNamespace(namespace),
      caBundle: this.config.caBundle,
      inPlace: this.access.inPlace,
      connections: {
        ...(bucket && {
          [CONNECTION_ENDINGS.objectStore]: services.store.grant(name, { ...bucket, bucket: bucket.name }),
        }),
        ...(schema !== undefined && {
          [CONNECTION_ENDINGS.database]: services.database.grant(name, { schema }),
        }),
        ...(tracking &&
          services.tracking && {
            [CONNECTION_ENDINGS.tracking]: services.tracking.grant(name, tracking),
          }),
      },
    });
  }

  /**
   * A namespace of an application. Where one of its consumers asks for it, it is made, once, and all of them wait for
   * it. A patch makes what is not there, takes what is, and deletes neither: the namespace outlives its consumers,
   * since the application is in it.
   */
  private applicationNamespace(name: string): pulumi.Input<string> {
    const consumers = Object.values(this.config.consumers);
    const isWanted = consumers.some(
      ({ namespace, createNamespace }) => namespace === name && createNamespace,
    );
    if (!isWanted) return name;
    let namespace = this.applicationNamespaces.get(name);
    if (namespace === undefined) {
      namespace = new k8s.core.v1.NamespacePatch(name, { metadata: { name } });
      this.applicationNamespaces.set(name, namespace);
    }
    return namespace.metadata.name;
  }

  /** The disk as the config has it, in the stack's storage class and protected as its data is. */
  storage<T extends object>(storage: T): T & { storageClass?: string; protect: boolean } {
    const { storageClass, protectData } = this.config;
    return { storageClass, protect: protectData, ...storage };
  }
}
