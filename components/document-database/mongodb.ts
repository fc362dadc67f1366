// MongoDb: a MongoDB 8.0 server in the cluster. Its administrator is made on its disk before it starts
// (administrator.js); users are made by Jobs inside the cluster (provision.js, sweep.js), so that a deployment needs no
// way into the cluster but its API server.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AccessContext, ADMIN_PATH, administratorSecret, Grant, Provisioner } from "../access";
import { ManagedNamespace, PodEndpoint, podLabels, serviceEndpoint } from "../network";
import {
  bytes,
  ContainerArgs,
  DataVolumeArgs,
  PodSecurity,
  Resources,
  scripts,
  SCRIPTS_PATH,
  StatefulServer,
} from "../workload";
import { DocumentAccess, DocumentConnection, DocumentDatabase, documentData } from "./document-database";

export interface MongoDbArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** The stack's say in access: how its identities are called, and which generations of them work. */
  access: AccessContext;
  /** The official MongoDB image, or one with the same entry point, `mongod` and `mongosh`. */
  image: string;
  /** Its disk. */
  storage: Omit<DataVolumeArgs, "namespace">;
  /** The memory limit decides the size of the server's cache, and has to be 768Mi at least. */
  resources: Resources;
  /** Name of the Service. @default the component's name */
  service?: string;
  /** Seconds until the server has to be ready. @default 600 */
  rolloutTimeout?: number;
}

const PORT = 27017;
const DATA_PATH = "/data/db";
const ADMINISTRATOR = "platform-admin";

/** What runs beside the server's data, not as a Job. */
const SERVER_SCRIPTS = [
  "administrator.js",
  "administrator.sh",
  "connect.js",
  "connect.sh",
  "ping.js",
  "ping.sh",
];
const SCRIPTS = [...SERVER_SCRIPTS, "provision.js", "provision.sh", "sweep.js", "sweep.sh"];

/** mongosh is a whole JavaScript runtime. */
const SHELL_RESOURCES: Resources = {
  requests: { cpu: "50m", memory: "192Mi" },
  limits: { memory: "512Mi" },
};

/**
 * Starting mongosh takes a second of a CPU: more than ten seconds on a node that is so busy that the server gets no more
 * than it requests. That is no reason to take away the only server there is.
 */
const PING = { exec: { command: ["sh", `${SCRIPTS_PATH}/ping.sh`] }, timeoutSeconds: 30 };

/** The server's own names, and what MongoDB's names of databases can't be or contain. */
const RESERVED_DATABASES = ["admin", "config", "local"];
const DATABASE_NAME = /^[A-Za-z0-9_-]{1,63}$/;

/**
 * @example
 * const documents = new MongoDb("mongodb", {
 *   namespace,
 *   security: target.security,
 *   access,
 *   image: "docker.io/library/mongo:8.0.26",
 *   service: "mongodb-service",
 *   storage: { size: "5Gi" },
 *   resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } },
 * });
 * const grant = documents.grant("shop", { database: "shop" });
 */
export class MongoDb extends pulumi.ComponentResource implements DocumentDatabase {
  readonly endpoint: PodEndpoint;
  readonly adminSecretName: pulumi.Output<string>;
  private readonly provisioner: Provisioner;

  constructor(
    private readonly component: string,
    private readonly args: MongoDbArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:document-database:MongoDb", component, {}, opts);
    const { namespace, service } = args;
    this.endpoint = serviceEndpoint(component, {
      namespace: namespace.name,
      pods: podLabels(component),
      port: PORT,
      service,
    });
    this.adminSecretName = administratorSecret(
      component,
      { namespace, data: (password) => ({ username: ADMINISTRATOR, password }) },
      { parent: this },
    );
    const server = this.createServer(this.createScripts());
    this.provisioner = new Provisioner(
      component,
      {
        common: args,
        server,
        endpoint: this.endpoint,
        folder: __dirname,
        files: SCRIPTS,
        env: { DB_HOST: this.endpoint.host, DB_PORT: String(PORT) },
        adminSecretName: this.adminSecretName,
        resources: SHELL_RESOURCES,
      },
      { parent: this },
    );
    this.registerOutputs({ host: this.endpoint.host, adminSecretName: this.adminSecretName });
  }

  grant(consumer: string, { database }: DocumentAccess): Grant<DocumentConnection> {
    if (!DATABASE_NAME.test(database) || RESERVED_DATABASES.includes(database.toLowerCase())) {
      throw new pulumi.RunError(
        `"${consumer}" asks for the database "${database}" of ${this.component}. A name has 1 to 63 letters, digits, ` +
          `dashes and underscores, and is not ${RESERVED_DATABASES.join(", ")}: these are the server's own.`,
      );
    }
    return this.provisioner.grant(consumer, {
      env: { DATABASE: database },
      connection: ({ user, password }) => ({
        host: this.endpoint.host,
        port: PORT,
        database,
        user,
        password,
        authSource: "admin",
      }),
      connectionData: documentData,
    });
  }

  seal(): void {
    this.provisioner.seal();
  }

  private createScripts(): k8s.core.v1.ConfigMap {
    return scripts(
      `${this.component}-server-scripts`,
      { namespace: this.args.namespace, folder: __dirname, files: SERVER_SCRIPTS },
      { parent: this },
    );
  }

  private createServer(files: k8s.core.v1.ConfigMap): StatefulServer {
    const { namespace, security, storage, rolloutTimeout, service = this.component } = this.args;
    return new StatefulServer(
      this.component,
      {
        namespace,
        security,
        storage,
        rolloutTimeout,
        services: { [service]: { port: PORT, portName: "mongodb" } },
        prepare: (claim) => this.administratorContainer(claim, files),
        container: (claim) => this.container(claim, files),
        // The server writes a checkpoint of everything before it ends.
        terminationGracePeriod: 120,
      },
      { parent: this },
    );
  }

  private administratorContainer(claim: pulumi.Output<string>, files: k8s.core.v1.ConfigMap): ContainerArgs {
    return {
      name: "administrator",
      image: this.args.image,
      command: ["sh", `${SCRIPTS_PATH}/administrator.sh`],
      env: {
        DATA_DIR: DATA_PATH,
        DB_PORT: String(PORT),
        CACHE_GB: cacheSize(this.args.resources),
        // A disk without data is refused then: its owner surely meant another.
        ADOPTED: String(this.args.storage.existingClaim !== undefined),
      },
      mounts: this.mounts(claim, files),
      resources: this.args.resources,
    };
  }

  private container(claim: pulumi.Output<string>, files: k8s.core.v1.ConfigMap): ContainerArgs {
    return {
      name: "mongodb",
      image: this.args.image,
      // No user has to exist for it to ask for one: without an administrator nobody gets in, not even from here.
      args: [
        "--auth",
        "--setParameter",
        "enableLocalhostAuthBypass=false",
        "--bind_ip_all",
        `--wiredTigerCacheSizeGB=${cacheSize(this.args.resources)}`,
      ],
      env: { DB_PORT: String(PORT) },
      ports: { mongodb: PORT },
      mounts: this.mounts(claim, files),
      resources: this.args.resources,
      startup: { ...PING, periodSeconds: 5, failureThreshold: 60 },
      readiness: { ...PING, periodSeconds: 30 },
      // A server that is slow to answer is busy, not broken; and another mongosh would not make it faster.
      liveness: { tcpSocket: { port: PORT }, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 5 },
    };
  }

  private mounts(claim: pulumi.Output<string>, files: k8s.core.v1.ConfigMap): ContainerArgs["mounts"] {
    return {
      [DATA_PATH]: { claim },
      [SCRIPTS_PATH]: { configMap: files.metadata.name },
      [ADMIN_PATH]: { secret: this.adminSecretName },
      // The image has a volume here, for a role that this server does not have.
      "/data/configdb": { scratch: "16Mi" },
      "/tmp": { scratch: "64Mi" },
    };
  }
}

const GIB = 2 ** 30;
/** What the server needs besides its cache, the probes' mongosh included. */
const OUTSIDE_CACHE = GIB / 2;
/** The least that the server takes. */
const SMALLEST_CACHE = GIB / 4;

/** Half of what the memory limit leaves for the cache; the other half is for queries, connections and files. In GiB. */
function cacheSize({ limits }: Resources): string {
  const memory = bytes(limits.memory);
  if (memory < OUTSIDE_CACHE + SMALLEST_CACHE) {
    throw new pulumi.RunError(
      `MongoDB can't run with a memory limit of ${limits.memory}: its smallest cache takes 256Mi and the rest of it ` +
        `512Mi. Give it 768Mi at least.`,
    );
  }
  const cache = Math.max((memory - OUTSIDE_CACHE) / 2, SMALLEST_CACHE);
  return (Math.floor((cache / GIB) * 100) / 100).toFixed(2);
}
