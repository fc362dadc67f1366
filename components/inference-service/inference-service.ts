// InferenceService: a server that answers predictions over HTTP, whatever it is written in. It is told where its
// model is, which keys clients show and which pages may call it in environment variables.
import * as pulumi from "@pulumi/pulumi";
import { Exposure } from "../exposure";
import { ManagedNamespace, PodEndpoint, podLabels } from "../network";
import {
  Callable,
  Calls,
  Code,
  codeMounts,
  ContainerArgs,
  MonitoringArgs,
  Mounts,
  Placement,
  PodSecurity,
  Resources,
  Scaling,
  Scratch,
  scratchMounts,
  secretEnv,
  settingsEnv,
  watchDeployment,
  Workload,
} from "../workload";
import { API_KEYS, ApiKeyArgs, generateKeys, publishKey } from "./api-key";
import { connectModel, ModelConnection, ModelSource } from "./model-source";
import { distinct } from "./variables";

/** Paths that answer 200 or an error, without a key. */
export interface Probes {
  /** Is it alive? Anything else than 200 restarts it: `/health`. */
  live: string;
  /** May it get requests? Once its model is loaded: `/ready`. */
  ready: string;
  /** Seconds that it may take until it is alive for the first time. @default 300 */
  startup?: number;
}

export interface InferenceServiceArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** Image of the container, with a tag or a digest. */
  image: string;
  /** What the container runs. @default the image's own */
  command?: pulumi.Input<string>[];
  /** Arguments of that. @default the image's own */
  args?: pulumi.Input<string>[];
  /** Files that the server is made of, in the folder `/code`. @default all is in the image */
  code?: Code;
  /** Name of its Service, and the port of the container behind it. */
  service: { name: string; port: number };
  /** Where its model comes from. @default the model is in the image */
  model?: ModelSource;
  /**
   * The keys that clients show. The server finds all that work in API_KEYS, newest first, separated by commas; clients
   * find the newest one under API_KEY in the Secret `<name>-key`. @default no keys
   */
  apiKey?: ApiKeyArgs;
  /** Variables of its own, in a ConfigMap `<name>-config-*`. @default none */
  settings?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Secret variables of its own, in a Secret `<name>-secrets-*`. @default none */
  secrets?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Where it says whether it is alive, and whether it is ready. */
  probes: Probes;
  /** What each pod is given, and what it may use at most. */
  resources: Resources;
  /** A fixed number, or bounds between which it is scaled. @default 1 */
  replicas?: number | Scaling;
  /** How a new version replaces the old one. @default one more pod at a time, none less */
  rollout?: { maxSurge: number; maxUnavailable: number };
  /** Seconds until a new version has to be ready. @default 600 */
  rolloutTimeout?: number;
  /** The way in from outside. @default none */
  exposure?: Exposure;
  /**
   * The variable from which the server takes the origins that it answers CORS headers for, separated by commas. It is set
   * where the way in leaves them to it. @default the server sends none
   */
  corsVariable?: string;
  /** How it is watched: what its metrics mean, and what it promises. @default it is not monitored */
  monitoring?: MonitoringArgs;
  /** What it calls, by the variable that gets the URL. @default nothing */
  calls?: Calls;
  /** GPUs, spot nodes, and how far its replicas are spread. @default a node for each replica, where there are enough */
  placement?: Placement;
  /** Folders that it may write to, by path, and what each may hold. @default { "/tmp": "64Mi" } */
  scratch?: Scratch;
  /** What has to be done before it starts: the Job that trains its model. @default nothing */
  after?: readonly pulumi.Resource[];
}

const PORT_NAME = "http";
const STARTUP_SECONDS = 300;
const STARTUP_PERIOD = 2;

/**
 * @example
 * new InferenceService("iris-api", {
 *   namespace,
 *   security: target.security,
 *   image: "registry.example.com/team/iris-api:1.0.0",
 *   service: { name: "iris-api", port: 8000 },
 *   model: {
 *     tracking: tracking.grant("iris-api", { experiments: ["iris"], models: ["iris"], access: "read" }),
 *     uri: "models:/iris@champion",
 *   },
 *   apiKey: { generations: ["1"], inPlace },
 *   probes: { live: "/health", ready: "/ready" },
 *   resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
 *   replicas: { min: 2, max: 6, cpu: 70 },
 *   exposure: target.expose({ host: "iris-api.example.com", rateLimit: 50 }),
 * });
 */
export class InferenceService extends pulumi.ComponentResource implements Callable {
  readonly endpoint: PodEndpoint;
  readonly url: pulumi.Output<string>;
  /** Address from outside, where it is exposed. */
  readonly externalUrl: pulumi.Output<string> | undefined;
  /** Name of the Secret with the newest key, for clients; none without keys. */
  readonly apiKeySecretName: pulumi.Output<string> | undefined;
  readonly ready: readonly pulumi.Resource[];

  constructor(
    private readonly component: string,
    private readonly args: InferenceServiceArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:inference-service:InferenceService", component, {}, opts);
    const keys = args.apiKey && generateKeys(component, args.apiKey, { parent: this });
    const model = connectModel(component, args, { parent: this });
    const workload = this.createWorkload(model, this.environment(model, keys));
    this.endpoint = workload.endpoint;
    this.url = workload.url;
    this.externalUrl = workload.exposed?.url;
    this.ready = workload.ready;
    this.apiKeySecretName = this.publishKey(keys, workload);
    this.monitor(workload);
    this.registerOutputs({
      url: this.url,
      externalUrl: this.externalUrl,
      apiKeySecretName: this.apiKeySecretName,
    });
  }

  /** Everything that the server is told, each variable once. */
  private environment(
    model: ModelConnection,
    keys: readonly pulumi.Output<string>[] | undefined,
  ): ContainerArgs["env"] {
    const { args, component } = this;
    const { settings: own = {}, secrets: ownSecrets = {}, calls = {}, namespace } = args;
    const cors = this.cors();
    const key: Record<string, pulumi.Output<string>> = keys
      ? { [API_KEYS]: pulumi.all([...keys]).apply((all) => all.join(",")) }
      : {};
    distinct(component, own, cors, model.settings, ownSecrets, key, model.env, calls);
    return {
      ...settingsEnv(
        component,
        { namespace, settings: { ...own, ...cors, ...model.settings } },
        { parent: this },
      ),
      ...secretEnv(component, { namespace, secrets: { ...ownSecrets, ...key } }, { parent: this }),
      ...model.env,
    };
  }

  private cors(): Record<string, string> {
    const { corsVariable, exposure } = this.args;
    return corsVariable === undefined
      ? {}
      : { [corsVariable]: (exposure?.corsByApplication ?? []).join(",") };
  }

  private createWorkload(model: ModelConnection, env: ContainerArgs["env"]): Workload {
    const { args } = this;
    return new Workload(
      this.component,
      {
        namespace: args.namespace,
        security: args.security,
        container: this.container(env, {
          ...scratchMounts(args.scratch ?? { "/tmp": "64Mi" }),
          ...codeMounts(this.component, args, { parent: this }),
          ...model.mounts,
        }),
        ...(model.initContainers.length > 0 ? { initContainers: model.initContainers } : {}),
        replicas: args.replicas,
        rollout: args.rollout,
        rolloutTimeout: args.rolloutTimeout,
        service: { ...args.service, portName: PORT_NAME },
        exposure: args.exposure,
        sendsCors: args.corsVariable !== undefined,
        calls: args.calls,
        placement: args.placement,
        uses: model.uses,
        dependsOn: [...model.ready, ...(args.after ?? [])],
      },
      { parent: this },
    );
  }

  private container(env: ContainerArgs["env"], mounts: Mounts): ContainerArgs {
    const { image, command, args, resources, service, probes } = this.args;
    const probe = (path: string) => ({ httpGet: { path, port: service.port } });
    const failures = Math.ceil((probes.startup ?? STARTUP_SECONDS) / STARTUP_PERIOD);
    return {
      name: "server",
      image,
      command,
      args,
      ...(Object.keys(env ?? {}).length > 0 ? { env } : {}),
      ports: { [PORT_NAME]: service.port },
      mounts,
      resources,
      startup: { ...probe(probes.live), periodSeconds: STARTUP_PERIOD, failureThreshold: failures },
      readiness: { ...probe(probes.ready), periodSeconds: 5, timeoutSeconds: 5 },
      liveness: { ...probe(probes.live), periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 4 },
    };
  }

  private publishKey(
    keys: readonly [pulumi.Output<string>, ...pulumi.Output<string>[]] | undefined,
    workload: Workload,
  ): pulumi.Output<string> | undefined {
    const { apiKey, namespace } = this.args;
    if (apiKey === undefined || keys === undefined) return undefined;
    const { inPlace } = apiKey;
    // Clients get a key when every pod takes it.
    const server = workload.ready;
    return publishKey(this.component, { namespace, key: keys[0], inPlace, server }, { parent: this }).metadata
      .name;
  }

  private monitor({ endpoint, ready }: Workload): void {
    const { monitoring, namespace, replicas } = this.args;
    const service = podLabels(this.component);
    watchDeployment(
      this.component,
      monitoring,
      { namespace, endpoint, service, portName: PORT_NAME, ready, replicas },
      { parent: this },
    );
  }
}
