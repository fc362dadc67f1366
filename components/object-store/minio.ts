// MinioStore: an object store in the cluster, on any MinIO-compatible server image. Buckets and identities
// are made by Jobs inside the cluster (bucket.sh, provision.sh, sweep.sh), so that a deployment needs no
// way into the cluster but its API server.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AccessContext, ADMIN_PATH, administratorSecret, Grant, Provisioner } from "../access";
import { Exposure } from "../exposure";
import { Monitor } from "../monitoring";
import { ClusterPeer, ManagedNamespace, PodEndpoint, podLabels, serviceEndpoint } from "../network";
import { ContainerArgs, DataVolumeArgs, Mounts, PodSecurity, Resources, StatefulServer } from "../workload";
import { metricsToken } from "./metrics-token";
import { ObjectStore, s3Data, S3Connection } from "./object-store";
import { BucketAccess, bucketPolicy, metricsPolicy, PolicyDocument } from "./policy";
import { indicators, METRICS_PATH, objectives } from "./watch";

/** Options of one bucket. */
export interface BucketOptions {
  /** Keep every version of an object. @default false */
  versioning?: boolean;
  /** The most the bucket may hold, in Mi, Gi or Ti: `10Gi`. @default unlimited */
  quota?: string;
}

export interface MinioStoreArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** The stack's say in access: how its identities are called, and which generations of them work. */
  access: AccessContext;
  /** A MinIO-compatible server image with `mc` inside. */
  image: string;
  /** Its disk. */
  storage: Omit<DataVolumeArgs, "namespace">;
  /** What each pod is given, and what it may use at most. */
  resources: Resources;
  /** Seconds until the server has to be ready. @default 600 */
  rolloutTimeout?: number;
  /** Buckets that always exist, by name. A bucket that is granted is made besides; none is ever deleted. */
  buckets: Readonly<Record<string, BucketOptions>>;
  /**
   * Pods that may collect metrics, at `/minio/v2/metrics/cluster` of the API port, with the `token` of the Secret
   * `<name of the store>-metrics` in the store's namespace.
   */
  scrapers: ClusterPeer;
  /** Watches the store. @default the cluster has no monitoring */
  monitor?: Monitor;
  /** Makes the web console reachable from outside. @default reachable by port-forward only */
  console?: Exposure;
}

const API_PORT = 9000;
const CONSOLE_PORT = 9001;
const ADMIN_USER = "platform-admin";

/**
 * @example
 * const store = new MinioStore("minio", {
 *   namespace,
 *   security: target.security,
 *   access,
 *   image: "docker.io/pgsty/silo:RELEASE.2026-09-16T00-00-00Z",
 *   storage: { size: "50Gi" },
 *   resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } },
 *   buckets: { datasets: { versioning: true } },
 *   scrapers: target.scrapers,
 * });
 * const grant = store.grant("churn", { bucket: "datasets", prefix: "churn", access: "read" });
 * // Once everything was granted:
 * store.seal();
 */
export class MinioStore extends pulumi.ComponentResource implements ObjectStore {
  readonly endpoint: PodEndpoint;
  readonly url: pulumi.Output<string>;
  readonly region = "us-east-1";
  /** Name of the Secret with the administrator's `user` and `password`; it stays in the store's namespace. */
  readonly adminSecretName: pulumi.Output<string>;
  /** Address of the web console, where it is exposed. */
  readonly consoleUrl: pulumi.Output<string> | undefined;
  readonly consoleEndpoint: PodEndpoint;

  private readonly server: StatefulServer;
  private readonly provisioner: Provisioner;
  private readonly bucketJobs = new Map<string, k8s.batch.v1.Job>();

  constructor(
    private readonly component: string,
    private readonly args: MinioStoreArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:object-store:MinioStore", component, {}, opts);
    this.endpoint = serviceEndpoint(component, {
      namespace: args.namespace.name,
      pods: podLabels(component),
      port: API_PORT,
      service: `${component}-api`,
    });
    this.consoleEndpoint = serviceEndpoint(`${component}-console`, {
      namespace: args.namespace.name,
      pods: podLabels(component),
      port: CONSOLE_PORT,
    });
    this.url = pulumi.interpolate`http://${this.endpoint.host}:${API_PORT}`;
    this.adminSecretName = administratorSecret(
      component,
      { namespace: args.namespace, data: (password) => ({ user: ADMIN_USER, password }) },
      { parent: this },
    );
    this.server = this.createServer();
    this.consoleUrl = this.exposeConsole();
    this.provisioner = this.createProvisioner();
    this.watch(this.letMonitoringIn());
    for (const bucket of Object.keys(args.buckets)) this.bucket(bucket);
    this.registerOutputs({
      url: this.url,
      adminSecretName: this.adminSecretName,
      consoleUrl: this.consoleUrl,
    });
  }

  get buckets(): readonly string[] {
    return [...this.bucketJobs.keys()];
  }

  grant(consumer: string, access: BucketAccess): Grant<S3Connection> {
    return this.provisioner.grant(consumer, {
      mounts: this.policy(consumer, bucketPolicy(access)),
      after: [this.bucket(access.bucket)],
      connection: ({ user, password }) => ({
        url: this.url,
        region: this.region,
        bucket: access.bucket,
        prefix: access.prefix ?? "",
        accessKeyId: user,
        secretAccessKey: password,
      }),
      connectionData: s3Data,
    });
  }

  seal(): void {
    this.provisioner.seal();
  }

  private createServer(): StatefulServer {
    const { namespace, security, storage, rolloutTimeout } = this.args;
    return new StatefulServer(
      this.component,
      {
        namespace,
        security,
        storage,
        rolloutTimeout,
        services: {
          [`${this.component}-api`]: { port: API_PORT, portName: "api" },
          [`${this.component}-console`]: { port: CONSOLE_PORT, portName: "console" },
        },
        container: (claim) => this.container(claim),
      },
      { parent: this },
    );
  }

  private container(claim: pulumi.Output<string>): ContainerArgs {
    const { image, resources, console } = this.args;
    const probe = (path: string) => ({ httpGet: { path: `/minio/health/${path}`, port: API_PORT } });
    return {
      name: "minio",
      image,
      // Arguments only: the forks of MinIO differ in the name of their binary.
      args: ["server", "/data", `--address=:${API_PORT}`, `--console-address=:${CONSOLE_PORT}`],
      env: {
        HOME: "/tmp",
        MINIO_ROOT_USER_FILE: `${ADMIN_PATH}/user`,
        MINIO_ROOT_PASSWORD_FILE: `${ADMIN_PATH}/password`,
        ...(console ? { MINIO_BROWSER_REDIRECT_URL: console.url } : {}),
      },
      ports: { api: API_PORT, console: CONSOLE_PORT },
      mounts: {
        "/data": { claim },
        "/tmp": { scratch: "256Mi" },
        [ADMIN_PATH]: { secret: this.adminSecretName },
      },
      resources,
      startup: { ...probe("live"), periodSeconds: 2, failureThreshold: 60 },
      readiness: { ...probe("ready"), periodSeconds: 5, timeoutSeconds: 3 },
      liveness: { ...probe("live"), periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 4 },
    };
  }

  /** Metrics share the API's port and name every bucket: a consumer that may connect must not read them. */
  private letMonitoringIn(): k8s.core.v1.Secret {
    const { namespace, scrapers, access } = this.args;
    return this.provisioner
      .grant("monitoring", {
        mounts: this.policy("monitoring", metricsPolicy()),
        connection: ({ user, password }) => ({
          token: pulumi.all([user, password]).apply(([name, secret]) => metricsToken(name, secret)),
        }),
        connectionData: ({ token }) => ({ token }),
      })
      .publish({
        namespace: namespace.name,
        secretName: `${this.component}-metrics`,
        pods: {},
        peer: scrapers,
        inPlace: access.inPlace,
      });
  }

  private watch(token: k8s.core.v1.Secret): void {
    this.args.monitor?.watch(
      this.component,
      {
        namespace: this.args.namespace,
        endpoint: this.endpoint,
        service: podLabels(this.component),
        portName: "api",
        path: METRICS_PATH,
        credential: { bearer: { secretName: token.metadata.name, key: "token" } },
        workload: { kind: "StatefulSet", name: this.component, claims: [this.server.volume.claimName] },
        ready: this.server.ready,
        indicators,
        objectives,
        // The Grant has opened it.
        edge: false,
      },
      { parent: this },
    );
  }

  /** Where provision.sh finds what a consumer may do. */
  private policy(consumer: string, document: PolicyDocument): Mounts {
    const policy = new k8s.core.v1.ConfigMap(
      `${this.component}-${consumer}-policy`,
      {
        metadata: { namespace: this.args.namespace.name },
        data: { "policy.json": JSON.stringify(document, undefined, 2) },
      },
      { parent: this },
    );
    return { "/config": { configMap: policy.metadata.name } };
  }

  private exposeConsole(): pulumi.Output<string> | undefined {
    const { namespace, console } = this.args;
    const { consoleEndpoint: endpoint } = this;
    if (console === undefined) return undefined;
    const { name } = endpoint;
    const { [name]: service } = this.server.services;
    if (service === undefined) throw new Error(`${this.component} has no Service ${name}`);
    return console.to(
      name,
      { namespace, service: service.metadata.name, servicePort: CONSOLE_PORT, endpoint },
      { parent: this },
    ).url;
  }

  private createProvisioner(): Provisioner {
    return new Provisioner(
      this.component,
      {
        common: this.args,
        server: this.server,
        endpoint: this.endpoint,
        folder: __dirname,
        env: { HOME: "/tmp", MC_CONFIG_DIR: "/tmp/mc", S3_URL: this.url },
        adminSecretName: this.adminSecretName,
      },
      { parent: this },
    );
  }

  /** The Job that makes a bucket with its options: one, whoever asks for the bucket. */
  private bucket(bucket: string): k8s.batch.v1.Job {
    const existing = this.bucketJobs.get(bucket);
    if (existing) return existing;
    const { versioning = false, quota = "" } = this.args.buckets[bucket] ?? {};
    const created = this.provisioner.run(`${this.component}-bucket-${bucket}`, "bucket", {
      env: { BUCKET: bucket, VERSIONING: versioning ? "enabled" : "suspended", QUOTA: quota },
    });
    this.bucketJobs.set(bucket, created);
    return created;
  }
}
