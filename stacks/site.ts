// Site: the components as this stack has them. Each method takes what the wiring says about a component, adds
// what the config and the Target say, and chooses the implementation.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AccessContext, Consumer, Grant, identityPrefix } from "../components/access";
import { ModelRegistry } from "../components/model-registry";
import { ManagedNamespace } from "../components/network";
import { ExternalObjectStore, MinioStore, ObjectStore, S3Connection } from "../components/object-store";
import { ExternalSqlDatabase, MySql, SqlConnection, SqlDatabase } from "../components/sql-database";
import { StackConfig } from "./config";
import { ImageName, imageReference } from "./images";
import { minikube } from "./minikube";
import { openshift } from "./openshift";
import { mapValues } from "./records";
import { Target } from "./target";

export class Site {
  private readonly applicationNamespaces = new Map<string, k8s.core.v1.NamespacePatch>();
  private readonly target: Target;
  private readonly access: AccessContext;
  /** The namespaces made so far, by the platform's own names for them. */
  readonly namespaces = new Map<string, ManagedNamespace>();

  constructor(private readonly config: StackConfig) {
    this.target = { minikube, openshift }[config.target](config);
    this.access = {
      prefix: identityPrefix("stack-id"),
      inPlace: inPlaceProvider(),
      generations: (consumer) => config.generations[consumer] ?? config.generations.default,
    };
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
      storage: this.storage(storage),
      namespace: this.namespace(args.namespace, { holdsData: true }),
      image: this.image("objectStore"),
      scrapers: this.target.scrapers,
      security: this.target.security,
      access: this.access,
      ...(consoleHost === undefined ? {} : { console: this.target.expose({ host: consoleHost }) }),
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
      storage: this.storage(storage),
      namespace: this.namespace(args.namespace, { holdsData: true }),
      image: this.image("sqlDatabase"),
      security: this.target.security,
      access: this.access,
      ...(slowQueryLog.enabled ? { slowQuerySeconds: slowQueryLog.seconds } : {}),
    });
  }

  modelRegistry(
    name: string,
    args: {
      namespace: keyof StackConfig["namespaces"];
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
      caBundle: this.config.caBundle,
      inPlace: this.access.inPlace,
    });
  }

  /** An application that is not the platform's, as the config describes it. */
  consumer(
    name: string,
    args: StackConfig["consumers"][string],
    services: { store: ObjectStore; database: SqlDatabase },
  ): Consumer {
    const { namespace, pods, egress, bucket, schema } = args;
    return new Consumer(name, {
      pods,
      egress,
      dns: this.target.dns,
      namespace: this.applicationNamespace(namespace),
      caBundle: this.config.caBundle,
      inPlace: this.access.inPlace,
      connections: {
        ...(bucket && { "s3-connection": services.store.grant(name, { ...bucket, bucket: bucket.name }) }),
        ...(schema !== undefined && { "db-connection": services.database.grant(name, { schema }) }),
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

  private image(name: ImageName): string {
    return imageReference(name, { mirror: this.config.images.mirror, overrides: this.config.images });
  }

  private storage<T extends object>(storage: T): T & { storageClass?: string; protect: boolean } {
    const { storageClass, protectData } = this.config;
    return { storageClass, protect: protectData, ...storage };
  }
}

/**
 * Secrets and ConfigMaps are replaced when their content changes, so that what uses them rolls out. Those that
 * are known by a fixed name go through this provider, which updates them in place.
 */
function inPlaceProvider(): k8s.Provider {
  const settings = new pulumi.Config("kubernetes");
  return new k8s.Provider("in-place", {
    kubeconfig: settings.getSecret("kubeconfig"),
    context: settings.get("context"),
    cluster: settings.get("cluster"),
    clusterIdentifier: settings.get("clusterIdentifier"),
    deleteUnreachable: settings.getBoolean("deleteUnreachable"),
    skipUpdateUnreachable: settings.getBoolean("skipUpdateUnreachable"),
    kubeClientSettings: settings.getObject("kubeClientSettings"),
    enableSecretMutable: true,
    enableConfigMapMutable: true,
    // As Pulumi.yaml says for the default provider.
    enablePatchForce: true,
  });
}
