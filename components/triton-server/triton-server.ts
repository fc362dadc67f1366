// TritonServer: NVIDIA's Triton behind KServe, with models from an object store. The operator of OpenShift AI makes the
// Deployment and its Service from a ServingRuntime and an InferenceService.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Grant } from "../access";
import { Exposed, Exposure } from "../exposure";
import { AddressEndpoint, Edge, PodEndpoint, podLabels, serviceEndpoint } from "../network";
import { S3Connection } from "../object-store";
import { dashboardProject, ON_DASHBOARD, ServingOperator } from "../openshift-ai";
import { Callable, disruptionBudget, rolloutTimeouts, Scaling } from "../workload";
import { clientAccount } from "./client";
import { autoscaler, replicasOf } from "./inference";
import { InferenceServiceSpec, predictorName } from "./kserve";
import { FORMAT, HTTP_PORT, TritonPod, tritonPod, TritonPodArgs } from "./runtime";
import { ModelStorage, modelStorage } from "./storage";
import { SampleModels, Uploaded, uploadModels } from "./upload";
import { TritonMonitoring, watchTriton } from "./watch";

export interface TritonServerArgs extends Omit<TritonPodArgs, "serviceAccount"> {
  /** Who looks after it. */
  operator: ServingOperator;
  /** Access to the folder of a bucket that is its repository of models: read is enough. */
  models: Grant<S3Connection>;
  /** Models that are put there first. @default they are there already */
  sample?: SampleModels;
  /**
   * Who may ask for predictions. `token`: whoever shows the token of an account that may `get` this InferenceService, as
   * the account `<name>-client` may. `none`: whoever can reach it. @default "token"
   */
  authentication?: "token" | "none";
  /** The API server: tokens are checked there. */
  apiServer: AddressEndpoint;
  /** A fixed number, or bounds between which it is scaled by its use of the CPU or of memory. @default 1 */
  replicas?: number | Scaling;
  /** The way in from outside. @default none */
  exposure?: Exposure;
  /** How it is watched: what its metrics mean, and what it promises. @default it is not monitored */
  monitoring?: TritonMonitoring;
  /** Seconds until a new version has to be ready. @default 600 */
  rolloutTimeout?: number;
  /** A provider that updates ConfigMaps in place. */
  inPlace: k8s.Provider;
}

/** Port of the proxy that checks tokens. */
const PROXY_PORT = 8443;

/** What goes into an InferenceService. */
interface Parts {
  readonly pod: TritonPod;
  readonly runtime: k8s.apiextensions.CustomResource;
  readonly storage: ModelStorage;
  readonly uploaded: Uploaded | undefined;
}

export class TritonServer extends pulumi.ComponentResource implements Callable {
  readonly endpoint: PodEndpoint;
  readonly url: pulumi.Output<string>;
  /** Address from outside, where it is exposed. */
  readonly externalUrl: pulumi.Output<string> | undefined;
  /** Name of the account whose token lets its bearer in; none where nobody is asked for one. */
  readonly clientAccountName: pulumi.Output<string> | undefined;
  readonly ready: readonly pulumi.Resource[];

  private readonly asksForToken: boolean;
  private readonly replicas: number | Scaling;

  constructor(
    private readonly component: string,
    private readonly args: TritonServerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:triton-server:TritonServer", component, {}, opts);
    this.asksForToken = (args.authentication ?? "token") === "token";
    this.replicas = args.replicas ?? 1;
    this.endpoint = serviceEndpoint(component, {
      namespace: args.namespace.name,
      pods: podLabels(component),
      port: this.asksForToken ? PROXY_PORT : HTTP_PORT,
      service: predictorName(component),
    });
    const scheme = this.asksForToken ? "https" : "http";
    this.url = pulumi.interpolate`${scheme}://${this.endpoint.host}:${this.endpoint.port}`;
    dashboardProject(component, args.namespace, { parent: this });
    const storage = this.connectStorage();
    const uploaded = this.upload(storage);
    const pod = tritonPod(component, {
      ...args,
      serviceAccount: this.createAccount(storage).metadata.name,
    });
    const runtime = this.createRuntime(pod);
    const server = this.createServer({ pod, runtime, storage, uploaded });
    this.ready = [server];
    this.createDisruptionBudget();
    this.clientAccountName = this.createClient(server);
    this.externalUrl = this.expose(server)?.url;
    this.monitor(server);
    this.registerOutputs({
      url: this.url,
      externalUrl: this.externalUrl,
      clientAccountName: this.clientAccountName,
    });
  }

  private connectStorage(): ModelStorage {
    const { namespace, models: bucket, inPlace } = this.args;
    const pods = podLabels(this.component);
    return modelStorage(this.component, { namespace, pods, bucket, inPlace }, { parent: this });
  }

  private upload({ claim, authorities }: ModelStorage): Uploaded | undefined {
    const { namespace, security, sample: models } = this.args;
    if (models === undefined) return undefined;
    const { connection: target } = claim;
    return uploadModels(
      this.component,
      { namespace, security, models, target, authorities },
      { parent: this },
    );
  }

  /** The account of the pods: KServe finds the credential for the object store through it. */
  private createAccount({ claim }: ModelStorage): k8s.core.v1.ServiceAccount {
    const { component, args } = this;
    return new k8s.core.v1.ServiceAccount(
      component,
      {
        metadata: { name: component, namespace: args.namespace.name, labels: podLabels(component) },
        automountServiceAccountToken: false,
        secrets: [{ name: claim.secretName }],
      },
      { parent: this },
    );
  }

  private createRuntime(pod: TritonPod): k8s.apiextensions.CustomResource {
    const { component, args } = this;
    return new k8s.apiextensions.CustomResource(
      `${component}-runtime`,
      {
        apiVersion: "serving.kserve.io/v1alpha1",
        kind: "ServingRuntime",
        metadata: {
          name: component,
          namespace: args.namespace.name,
          labels: ON_DASHBOARD,
          annotations: { "openshift.io/display-name": `NVIDIA Triton (${component})` },
        },
        spec: pod.runtime,
      },
      { parent: this, dependsOn: [...args.operator.ready] },
    );
  }

  private createServer(parts: Parts): k8s.apiextensions.CustomResource {
    const { component, args } = this;
    const { storage, uploaded, runtime } = parts;
    const server = new k8s.apiextensions.CustomResource(
      component,
      {
        apiVersion: "serving.kserve.io/v1beta1",
        kind: "InferenceService",
        metadata: {
          name: component,
          namespace: args.namespace.name,
          labels: ON_DASHBOARD,
          annotations: {
            "openshift.io/display-name": component,
            "serving.kserve.io/deploymentMode": args.operator.mode,
            ...autoscaler(this.replicas),
            ...(this.asksForToken ? { "security.opendatahub.io/enable-auth": "true" } : {}),
            "pulumi.com/waitFor": "condition=Ready",
          },
        },
        spec: this.spec(parts),
      },
      {
        parent: this,
        customTimeouts: rolloutTimeouts(args.rolloutTimeout),
        dependsOn: [
          ...args.namespace.ready,
          ...storage.ready,
          ...(uploaded ? [uploaded.job] : []),
          ...this.letAskApiServer(),
          runtime,
        ],
      },
    );
    storage.claim.usedBy(server);
    return server;
  }

  private spec({ pod, runtime, storage, uploaded }: Parts): InferenceServiceSpec {
    return {
      predictor: {
        ...pod.predictor,
        // The proxy shows the API server whose it is.
        automountServiceAccountToken: this.asksForToken,
        labels: podLabels(this.component),
        // A pod takes these when it starts, and only then: another value of them rolls the pods out.
        annotations: {
          "inputs.mlops-platform/credential": storage.claim.secretName,
          ...(uploaded ? { "inputs.mlops-platform/models": uploaded.checksum } : {}),
        },
        ...replicasOf(this.component, this.replicas),
        deploymentStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        model: {
          modelFormat: FORMAT,
          protocolVersion: "v2",
          runtime: runtime.metadata.name,
          storageUri: storage.uri,
          resources: this.args.resources,
        },
      },
    };
  }

  /** The proxy asks the API server whose a token is, and what he may. */
  private letAskApiServer(): readonly pulumi.Resource[] {
    if (!this.asksForToken) return [];
    const { component, args } = this;
    return new Edge(
      `${component}-to-api-server`,
      {
        from: component,
        source: { namespace: args.namespace.name, labels: podLabels(component) },
        to: args.apiServer,
      },
      { parent: this },
    ).policies;
  }

  private createDisruptionBudget(): void {
    const { component, args } = this;
    new k8s.policy.v1.PodDisruptionBudget(
      component,
      {
        metadata: { name: component, namespace: args.namespace.name },
        spec: disruptionBudget(podLabels(component)),
      },
      { parent: this },
    );
  }

  private createClient(server: k8s.apiextensions.CustomResource): pulumi.Output<string> | undefined {
    if (!this.asksForToken) return undefined;
    const { namespace } = this.args;
    const inferenceService = server.metadata.name;
    return clientAccount(this.component, { namespace, inferenceService }, { parent: this }).metadata.name;
  }

  /**
   * Not under the server's own name: OpenShift AI takes a Route that is called as an InferenceService for its own, and
   * removes it where it was not asked for one.
   */
  private expose(server: k8s.apiextensions.CustomResource): Exposed | undefined {
    const { endpoint, args } = this;
    return args.exposure?.to(
      `${this.component}-api`,
      {
        namespace: args.namespace,
        service: server.metadata.name.apply(predictorName),
        servicePort: endpoint.port,
        endpoint,
        encrypted: this.asksForToken,
      },
      { parent: this },
    );
  }

  private monitor(server: k8s.apiextensions.CustomResource): void {
    const { component, replicas, args } = this;
    const { monitoring, namespace } = args;
    if (monitoring === undefined) return;
    watchTriton(component, { ...monitoring, namespace, replicas, server }, { parent: this });
  }
}
