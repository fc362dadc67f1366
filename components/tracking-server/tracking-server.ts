// TrackingServer: MLflow, with its runs and users in a SQL database and its files in an object store. Pods keep
// nothing, so that any number of them may run, and a restart loses nothing. Users and their rights are made by Jobs
// (provision.py, sweep.py) through its own API.
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  AccessContext,
  administratorSecret,
  Claim,
  Grant,
  password,
  Provisioner,
  trustMounts,
} from "../access";
import { Exposure } from "../exposure";
import { Monitor } from "../monitoring";
import { ClusterPeer, ManagedNamespace, PodEndpoint, podLabels, serviceEndpoint } from "../network";
import { S3Connection } from "../object-store";
import { SqlConnection } from "../sql-database";
import { job, Mounts, PodSecurity, Resources, scripts, Workload } from "../workload";
import { METRICS_RIGHTS, rights, TrackingAccess, TrackingConnection, trackingData } from "./connection";
import { ADMIN_USER, migrationContainer, Parts, PORT_NAME, serverContainer, Store } from "./container";
import { INDICATORS, OBJECTIVES } from "./objectives";
import * as stores from "./stores";

export interface TrackingServerArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** The stack's say in access: how its identities are called, and which generations of them work. */
  access: AccessContext;
  /** An MLflow image of the kind `-full`, 3.17 or newer: others lack what authentication, metrics and S3 need. */
  image: string;
  /** Of one replica. MLflow takes 600Mi before the first request. */
  resources: Resources;
  /** Number of its pods. @default 1 */
  replicas?: number;
  /** Name of its Service. @default the component's name */
  service?: string;
  /** Seconds until a new version has to be ready. @default 600 */
  rolloutTimeout?: number;
  /** Where it keeps runs, models and users. */
  database: Grant<SqlConnection>;
  /** Where it keeps files. Clients send and get them through the server, and need no access of their own. */
  artifacts: Grant<S3Connection>;
  /**
   * Room for the files that are on their way at the same time: each is on the pod's disk until the store or the client
   * has it, and a pod that needs more is evicted. @default "1Gi"
   */
  scratch?: string;
  /** Makes it reachable from outside. @default reachable by port-forward only */
  exposure?: Exposure;
  /**
   * Pods that may collect metrics, at `/metrics`, with the `user` and `password` of the Secret `<name>-metrics` in the
   * server's namespace.
   */
  scrapers: ClusterPeer;
  /** Watches it. @default nobody does */
  monitor?: Monitor;
}

const PORT = 5000;

/** Longer than migrations of databases of usual size: one that was killed can't be taken back. */
const MIGRATION_SECONDS = 3600;

/**
 * @example
 * const tracking = new TrackingServer("mlflow-server", {
 *   namespace,
 *   security: target.security,
 *   access,
 *   image: "ghcr.io/mlflow/mlflow:v3.17.2-full",
 *   replicas: 2,
 *   resources: { requests: { cpu: "250m", memory: "1Gi" }, limits: { memory: "2Gi" } },
 *   scratch: "10Gi",
 *   scrapers: target.scrapers,
 *   database: database.grant("mlflow", { schema: "mlflow" }),
 *   artifacts: store.grant("mlflow", { bucket: "mlflow", access: "readWrite" }),
 * });
 */
export class TrackingServer extends pulumi.ComponentResource {
  /** Where it listens. */
  readonly endpoint: PodEndpoint;
  /** Address inside the cluster: `http://mlflow-server-service.mlops.svc.cluster.local:5000`. */
  readonly url: pulumi.Output<string>;
  /** Address from outside, where it is exposed. */
  readonly externalUrl: pulumi.Output<string> | undefined;
  /** Name of the Secret with the administrator's `user` and `password`; only the Jobs that set it up have it. */
  readonly adminSecretName: pulumi.Output<string>;

  private readonly provisioner: Provisioner;

  constructor(
    private readonly component: string,
    private readonly args: TrackingServerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:tracking-server:TrackingServer", component, {}, opts);
    const { namespace, service = component } = args;
    const pods = podLabels(component);
    this.endpoint = serviceEndpoint(component, { namespace: namespace.name, pods, port: PORT, service });
    this.url = pulumi.interpolate`http://${this.endpoint.host}:${PORT}`;
    this.adminSecretName = administratorSecret(
      component,
      { namespace, data: (secret) => ({ user: ADMIN_USER, password: secret }) },
      { parent: this },
    );
    const database = args.database.claim({ namespace, pods, data: stores.databaseData });
    const artifacts = args.artifacts.claim({ namespace, pods, data: stores.artifactsData });
    const parts: Parts = {
      image: args.image,
      code: this.createCode(),
      database: {
        claim: database,
        trust: this.createTrust("database-ca", stores.DATABASE_CA_FILE, database.connection.tls?.caBundle),
      },
    };
    const trust = this.createTrust("artifacts-ca", stores.ARTIFACTS_CA_FILE, artifacts.connection.caBundle);
    const migration = this.createMigration(parts);
    const workload = this.createWorkload(parts, { claim: artifacts, trust }, migration);
    this.externalUrl = workload.exposed?.url;
    this.provisioner = this.createProvisioner(workload, [database, artifacts]);
    this.watch(workload, this.publishMetrics());
    this.registerOutputs({
      url: this.url,
      externalUrl: this.externalUrl,
      adminSecretName: this.adminSecretName,
    });
  }

  /** Access for one consumer to some experiments and models, which are made when they are not there. */
  grant(consumer: string, access: TrackingAccess): Grant<TrackingConnection> {
    return this.provisioner.grant(consumer, {
      env: { RIGHTS: JSON.stringify(rights(consumer, access)) },
      connection: (identity) => ({ url: this.url, ...identity }),
      connectionData: trackingData,
    });
  }

  /** Ends the granting; what is no longer granted is revoked. Called once, when the program is complete. */
  seal(): void {
    this.provisioner.seal();
  }

  /** What protects the server's forms. */
  private createSessionSecret(): pulumi.Output<string> {
    const name = `${this.component}-session`;
    return new k8s.core.v1.Secret(
      name,
      {
        metadata: { namespace: this.args.namespace.name },
        stringData: { key: password(`${name}-key`, { parent: this }) },
      },
      { parent: this },
    ).metadata.name;
  }

  /** What MLflow is told in Python. */
  private createCode(): pulumi.Output<string> {
    const { namespace } = this.args;
    const folder = join(__dirname, "server");
    return scripts(`${this.component}-code`, { namespace, folder }, { parent: this }).metadata.name;
  }

  /** The authorities that vouch for a store, where they are private ones. */
  private createTrust(ending: string, file: string, caBundle: string | undefined): Mounts {
    const { namespace } = this.args;
    return trustMounts(`${this.component}-${ending}`, { namespace, caBundle, file }, { parent: this });
  }

  /**
   * The Job that ends before the server starts; it runs again for another version, database or administrator. Its pods
   * have a name of their own, so that they are never taken for the server.
   */
  private createMigration(parts: Parts): k8s.batch.v1.Job {
    const { namespace, security } = this.args;
    const { claim } = parts.database;
    const name = `${this.component}-migration`;
    const labels = podLabels(name);
    return job(
      name,
      {
        namespace,
        security,
        labels,
        container: migrationContainer(parts, this.adminSecretName),
        runsAgainWhen: { storage: claim.storage },
        deadline: MIGRATION_SECONDS,
      },
      {
        parent: this,
        dependsOn: [...namespace.ready, ...claim.letIn(name, labels)],
      },
    );
  }

  private createWorkload(
    parts: Parts,
    artifacts: Store<S3Connection>,
    migration: k8s.batch.v1.Job,
  ): Workload {
    const { namespace, security, resources, replicas, rolloutTimeout, exposure } = this.args;
    const { service = this.component, scratch = "1Gi" } = this.args;
    return new Workload(
      this.component,
      {
        namespace,
        security,
        replicas,
        rolloutTimeout,
        exposure,
        container: serverContainer({
          ...parts,
          artifacts,
          endpoint: this.endpoint,
          exposure,
          sessionSecret: this.createSessionSecret(),
          resources,
          scratch,
        }),
        service: { name: service, port: PORT, portName: PORT_NAME },
        sendsCors: true,
        uses: [parts.database.claim, artifacts.claim],
        dependsOn: [migration],
      },
      { parent: this },
    );
  }

  /** What was set up, trained and registered is lost with either store: the records, or the files behind them. */
  private createProvisioner(
    workload: Workload,
    keptIn: readonly Pick<Claim<unknown>, "storage">[],
  ): Provisioner {
    return new Provisioner(
      this.component,
      {
        common: this.args,
        server: {
          ready: workload.ready,
          storage: pulumi.all(keptIn.map(({ storage }) => storage)).apply((all) => all.join(" ")),
        },
        endpoint: this.endpoint,
        folder: __dirname,
        interpreter: "python",
        env: {
          PYTHONDONTWRITEBYTECODE: "1",
          TRACKING_URL: this.url,
          AUTH_CACHE_SECONDS: String(stores.AUTH_CACHE_SECONDS),
        },
        adminSecretName: this.adminSecretName,
      },
      { parent: this },
    );
  }

  /** The credential with which metrics are collected: an identity that may do nothing else. */
  private publishMetrics(): k8s.core.v1.Secret {
    const { namespace, scrapers, access } = this.args;
    return this.provisioner
      .grant("monitoring", {
        env: { RIGHTS: JSON.stringify(METRICS_RIGHTS) },
        connection: ({ user, password: secret }) => ({ user, password: secret }),
        connectionData: (connection) => connection,
      })
      .publish({
        namespace: namespace.name,
        secretName: `${this.component}-metrics`,
        pods: {},
        peer: scrapers,
        inPlace: access.inPlace,
      });
  }

  private watch({ ready }: Workload, { metadata }: k8s.core.v1.Secret): void {
    const { namespace, monitor } = this.args;
    monitor?.watch(
      this.component,
      {
        namespace,
        endpoint: this.endpoint,
        service: podLabels(this.component),
        portName: PORT_NAME,
        credential: {
          basic: { secretName: metadata.name, userKey: "user", passwordKey: "password" },
        },
        workload: { kind: "Deployment", name: this.component },
        ready,
        indicators: INDICATORS,
        objectives: OBJECTIVES,
        // The Grant opened it.
        edge: false,
      },
      { parent: this },
    );
  }
}
