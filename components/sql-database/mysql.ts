// MySql: a MySQL 8.4 server in the cluster. Schemas and users are made by Jobs inside the cluster
// (provision.sh, sweep.sh), so that a deployment needs no way into the cluster but its API server.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AccessContext, ADMIN_PATH, administratorSecret, Grant, Provisioner } from "../access";
import { ManagedNamespace, PodEndpoint, podLabels, serviceEndpoint } from "../network";
import { ContainerArgs, DataVolumeArgs, PodSecurity, Resources, StatefulServer } from "../workload";
import { SchemaAccess, SqlConnection, sqlData, SqlDatabase } from "./sql-database";

export interface MySqlArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** The stack's say in access: how its identities are called, and which generations of them work. */
  access: AccessContext;
  /** The official MySQL image, or one with the same entry point. */
  image: string;
  /** Its disk. */
  storage: Omit<DataVolumeArgs, "namespace">;
  /** What each pod is given, and what it may use at most. */
  resources: Resources;
  /** Seconds until the server has to be ready. @default 600 */
  rolloutTimeout?: number;
  /** Connections that the server accepts at the same time. */
  maxConnections: number;
  /** Log statements that take longer than this many seconds, in the container `slow-log`. @default none */
  slowQuerySeconds?: number;
}

const PORT = 3306;
const SETTINGS_PATH = "/etc/mysql/conf.d";
const LOG_PATH = "/var/log/mysql";
const SLOW_LOG = `${LOG_PATH}/slow.log`;

const SLOW_LOG_SCRIPT = join(__dirname, "server", "slow-log.sh");
const LOG_VOLUME = { scratch: "256Mi" };

/** Logs in as a client would, over TCP: the server that initialises an empty disk has no network yet. */
const LOGIN = [
  "mysql",
  `--defaults-extra-file=${ADMIN_PATH}/client.cnf`,
  "--host=127.0.0.1",
  "--execute=SELECT 1",
];

/**
 * @example
 * const database = new MySql("mysql", {
 *   namespace,
 *   security: target.security,
 *   access,
 *   image: "docker.io/library/mysql:8.4.10",
 *   storage: { size: "20Gi" },
 *   resources: { requests: { cpu: "250m", memory: "768Mi" }, limits: { memory: "1Gi" } },
 *   maxConnections: 200,
 * });
 * const grant = database.grant("churn", { schema: "churn" });
 * // Once everything was granted:
 * database.seal();
 */
export class MySql extends pulumi.ComponentResource implements SqlDatabase {
  readonly endpoint: PodEndpoint;
  /** Traffic stays inside the cluster, between pods that a policy names. */
  readonly encrypted = false;
  /** Name of the Secret with the administrator's credential; it stays in the database's namespace. */
  readonly adminSecretName: pulumi.Output<string>;
  private readonly provisioner: Provisioner;

  constructor(
    private readonly component: string,
    private readonly args: MySqlArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:sql-database:MySql", component, {}, opts);
    this.endpoint = serviceEndpoint(component, {
      namespace: args.namespace.name,
      pods: podLabels(component),
      port: PORT,
    });
    this.adminSecretName = this.createAdmin();
    const server = this.createServer(this.createSettings());
    this.provisioner = new Provisioner(
      component,
      {
        common: args,
        server,
        endpoint: this.endpoint,
        folder: __dirname,
        env: { DB_HOST: this.endpoint.host, DB_PORT: String(PORT) },
        adminSecretName: this.adminSecretName,
      },
      { parent: this },
    );
    this.registerOutputs({ host: this.endpoint.host, adminSecretName: this.adminSecretName });
  }

  grant(consumer: string, { schema }: SchemaAccess): Grant<SqlConnection> {
    return this.provisioner.grant(consumer, {
      env: { SCHEMA: schema },
      connection: (identity) => ({
        host: this.endpoint.host,
        port: PORT,
        schema,
        ...identity,
        encrypted: this.encrypted,
        tls: undefined,
      }),
      connectionData: sqlData,
    });
  }

  seal(): void {
    this.provisioner.seal();
  }

  private get isAdopted(): boolean {
    return this.args.storage.existingClaim !== undefined;
  }

  private createAdmin(): pulumi.Output<string> {
    return administratorSecret(
      this.component,
      {
        namespace: this.args.namespace,
        data: (password) => ({
          password,
          "client.cnf": pulumi.interpolate`[client]\nuser=root\npassword=${password}\n`,
          ...(this.isAdopted ? { "init.sql": password.apply(takeOver) } : {}),
        }),
      },
      { parent: this },
    );
  }

  /** The configuration file; auto-named, so that a change restarts the server. */
  private createSettings(): k8s.core.v1.ConfigMap {
    const { maxConnections, slowQuerySeconds } = this.args;
    const slowQueryLog =
      slowQuerySeconds === undefined
        ? []
        : ["slow_query_log=ON", `long_query_time=${slowQuerySeconds}`, `slow_query_log_file=${SLOW_LOG}`];
    const lines = [
      "[mysqld]",
      // Below the volume's root, where a file system keeps a lost+found that MySQL would take for a schema.
      "datadir=/var/lib/mysql/datadir",
      "character-set-server=utf8mb4",
      `max_connections=${maxConnections}`,
      // Users are told apart by name alone, so that no connection waits for a DNS answer.
      "skip-name-resolve",
      "local_infile=OFF",
      "mysqlx=OFF",
      ...slowQueryLog,
    ];
    return new k8s.core.v1.ConfigMap(
      `${this.component}-config`,
      {
        metadata: { namespace: this.args.namespace.name },
        data: {
          "platform.cnf": `${lines.join("\n")}\n`,
          ...(slowQuerySeconds === undefined ? {} : { "slow-log.sh": readFileSync(SLOW_LOG_SCRIPT, "utf8") }),
        },
      },
      { parent: this },
    );
  }

  private createServer(settings: k8s.core.v1.ConfigMap): StatefulServer {
    const { namespace, security, storage, rolloutTimeout } = this.args;
    return new StatefulServer(
      this.component,
      {
        namespace,
        security,
        storage,
        rolloutTimeout,
        services: { [this.component]: { port: PORT, portName: "mysql" } },
        container: (claim) => this.container(claim, settings),
        sidecars: this.args.slowQuerySeconds === undefined ? [] : [this.slowLogContainer(settings)],
        terminationGracePeriod: 120,
      },
      { parent: this },
    );
  }

  private container(claim: pulumi.Output<string>, settings: k8s.core.v1.ConfigMap): ContainerArgs {
    return {
      name: "mysql",
      image: this.args.image,
      // An adopted disk keeps the passwords it has, unless the server is told at its start. One without data
      // is refused: its owner surely meant another.
      ...(this.isAdopted ? { args: [`--init-file=${ADMIN_PATH}/init.sql`] } : {}),
      env: { MYSQL_ROOT_PASSWORD_FILE: `${ADMIN_PATH}/password` },
      ports: { mysql: PORT },
      mounts: {
        "/var/lib/mysql": { claim },
        [SETTINGS_PATH]: { configMap: settings.metadata.name },
        [ADMIN_PATH]: { secret: this.adminSecretName },
        // The three directories that the image's own user owns: any other user needs them empty and writable.
        "/var/lib/mysql-files": { scratch: "16Mi" },
        "/var/run/mysqld": { scratch: "16Mi" },
        "/tmp": { scratch: "1Gi" },
        ...(this.args.slowQuerySeconds === undefined ? {} : { [LOG_PATH]: LOG_VOLUME }),
      },
      resources: this.args.resources,
      startup: { exec: { command: LOGIN }, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 100 },
      readiness: { exec: { command: LOGIN }, periodSeconds: 10, timeoutSeconds: 5 },
      // A server whose connections are all taken is busy, not broken: it still answers a ping.
      liveness: {
        exec: { command: ["mysqladmin", "--host=127.0.0.1", "--connect-timeout=5", "ping"] },
        periodSeconds: 20,
        timeoutSeconds: 10,
        failureThreshold: 5,
      },
    };
  }

  private slowLogContainer(settings: k8s.core.v1.ConfigMap): ContainerArgs {
    return {
      name: "slow-log",
      image: this.args.image,
      command: ["sh", `${SETTINGS_PATH}/slow-log.sh`],
      env: { SLOW_LOG },
      mounts: { [SETTINGS_PATH]: { configMap: settings.metadata.name }, [LOG_PATH]: LOG_VOLUME },
      resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
    };
  }
}

/** What the server runs at every start on an adopted disk: the administrator's password is this stack's. */
function takeOver(password: string): string {
  return [
    "CREATE USER IF NOT EXISTS 'root'@'%';",
    `ALTER USER 'root'@'%' IDENTIFIED BY '${password}' ACCOUNT UNLOCK;`,
    "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;",
    "",
  ].join("\n");
}
