// Workload: the one Deployment builder. Restricted pods, rolling updates, spread over nodes, and on request a
// Service, autoscaling, a disruption budget and a way in from outside.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Exposed, Exposure } from "../exposure";
import { Labels, ManagedNamespace, PodEndpoint, podLabels, serviceEndpoint } from "../network";
import { Callable, Calls, wire, Wired } from "./calls";
import { Placement } from "./placement";
import { ContainerArgs, podTemplate, PodSecurity } from "./pod";
import { ROLLOUT_TIMEOUT, rolloutTimeouts } from "./rollout";
import { autoscaler, Scaling } from "./scaling";
import { disruptionBudget, service, serviceAccount } from "./service";

/** Something that a workload uses: what it waits for, and who wants to know that it is used. */
export interface Use {
  /** What has to be there before the workload. */
  readonly ready: readonly pulumi.Resource[];
  /** Annotations of the pods, which roll out when one of them changes. @default none */
  readonly annotations?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Says which workload uses it. */
  usedBy(workload: pulumi.Resource): void;
}

export interface WorkloadArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** The container that does the work. */
  container: ContainerArgs;
  /** Containers that run, one after another, before it starts. @default none */
  initContainers?: ContainerArgs[];
  /** A fixed number of replicas, or bounds between which they are scaled. @default 1 */
  replicas?: number | Scaling;
  /** How a new version replaces the old one. @default one more pod at a time, none less */
  rollout?: { maxSurge: number; maxUnavailable: number };
  /** Seconds until a new version has to be ready; then the deployment fails, and the old one stays. @default 600 */
  rolloutTimeout?: number;
  /** Its Service: the name that clients use, and the container's port behind it. */
  service: { name: string; port: number; portName: string };
  /** The way in from outside. @default none */
  exposure?: Exposure;
  /** It sends the CORS headers itself, where the way in can't: see `corsByApplication`. @default false */
  sendsCors?: boolean;
  /** What it calls, by the environment variable that gets the URL. @default nothing */
  calls?: Calls;
  /** Where its pods run. @default a node for each replica, where there are enough */
  placement?: Placement;
  /** Claims and the like. The pods start after what these need. @default nothing */
  uses?: readonly Use[];
  /** Other things that have to be there before the pods. @default nothing */
  dependsOn?: readonly pulumi.Resource[];
  /** A change of these rolls the pods out. @default none */
  annotations?: Record<string, pulumi.Input<string>>;
  /** Seconds between the request to stop and the kill. @default 30 */
  terminationGracePeriod?: number;
}

/** Seconds in which Services and ingress controllers learn that a pod is going. They are part of its grace period. */
export const DRAIN_SECONDS = 5;

/**
 * @example
 * new Workload("web", {
 *   namespace,
 *   security: target.security,
 *   container: {
 *     name: "web",
 *     image: "registry.example.com/team/web:1.0.0",
 *     ports: { http: 8080 },
 *     mounts: { "/tmp": { scratch: "64Mi" } },
 *     resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
 *     readiness: { httpGet: { path: "/health", port: 8080 } },
 *   },
 *   service: { name: "web", port: 8080, portName: "http" },
 *   calls: { PREDICTIONS_URL: iris },
 * });
 */
export class Workload extends pulumi.ComponentResource implements Callable {
  readonly endpoint: PodEndpoint;
  /** Address inside the cluster, where it speaks HTTP. */
  readonly url: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];
  /** What runs the pods. */
  readonly deployment: k8s.apps.v1.Deployment;
  /** What clients connect to. */
  readonly service: k8s.core.v1.Service;
  /** The way in from outside, where there is one. */
  readonly exposed: Exposed | undefined;

  constructor(
    readonly component: string,
    args: WorkloadArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:workload:Workload", component, {}, opts);
    const labels = podLabels(component);
    this.endpoint = serviceEndpoint(component, {
      namespace: args.namespace.name,
      pods: labels,
      port: args.service.port,
      service: args.service.name,
    });
    this.url = pulumi.interpolate`http://${this.endpoint.host}:${args.service.port}`;
    const calls = wire(
      component,
      { namespace: args.namespace, pods: labels, calls: args.calls ?? {} },
      { parent: this },
    );
    this.deployment = this.createDeployment(args, labels, calls);
    for (const use of args.uses ?? []) use.usedBy(this.deployment);
    this.service = service(
      args.service.name,
      { namespace: args.namespace, labels, ports: [args.service], nodePort: args.exposure?.nodePort },
      { parent: this, dependsOn: [this.deployment] },
    );
    this.ready = [this.deployment, this.service];
    this.createScaling(args);
    this.createDisruptionBudget(args, labels);
    this.exposed = args.exposure?.to(
      component,
      {
        namespace: args.namespace,
        service: this.service.metadata.name,
        servicePort: args.service.port,
        endpoint: this.endpoint,
        sendsCors: args.sendsCors,
      },
      { parent: this },
    );
    this.registerOutputs({ deployment: this.deployment.metadata.name, service: this.service.metadata.name });
  }

  /** Address from outside, where it is exposed. */
  get externalUrl(): pulumi.Output<string> | undefined {
    return this.exposed?.url;
  }

  private createDeployment(args: WorkloadArgs, labels: Labels, calls: Wired): k8s.apps.v1.Deployment {
    const {
      replicas = 1,
      rollout = { maxSurge: 1, maxUnavailable: 0 },
      rolloutTimeout = ROLLOUT_TIMEOUT,
    } = args;
    const account = serviceAccount(this.component, { namespace: args.namespace, labels }, { parent: this });
    const pod = podTemplate({
      namespace: args.namespace,
      security: args.security,
      labels,
      annotations: annotationsOf(args),
      serviceAccount: account.metadata.name,
      containers: [this.withCalls(args.container, calls)],
      initContainers: args.initContainers,
      terminationGracePeriod: args.terminationGracePeriod,
      placement: { spread: "preferred", ...args.placement },
    });
    return new k8s.apps.v1.Deployment(
      this.component,
      {
        metadata: { name: this.component, namespace: args.namespace.name, labels },
        spec: {
          // With an autoscaler the number of replicas is the autoscaler's alone.
          ...(typeof replicas === "number" ? { replicas } : {}),
          selector: { matchLabels: labels },
          strategy: { type: "RollingUpdate", rollingUpdate: rollout },
          progressDeadlineSeconds: rolloutTimeout,
          template: pod,
        },
      },
      {
        parent: this,
        customTimeouts: rolloutTimeouts(rolloutTimeout, args.terminationGracePeriod),
        dependsOn: [
          ...args.namespace.ready,
          ...calls.ready,
          ...(args.uses ?? []).flatMap((use) => use.ready),
          ...(args.dependsOn ?? []),
        ],
      },
    );
  }

  /** The container, told where what it calls is, and given time to let its clients go. */
  private withCalls(container: ContainerArgs, { env }: Wired): ContainerArgs {
    const taken = Object.keys(env).filter((variable) => container.env?.[variable] !== undefined);
    if (taken.length > 0) {
      throw new pulumi.RunError(
        `The environment of ${this.component} has ${taken.join(", ")} twice: as a variable of its own, and as the ` +
          `address of what it calls. Remove one of them.`,
      );
    }
    const isCalling = Object.keys(env).length > 0;
    return {
      drain: DRAIN_SECONDS,
      ...container,
      ...(isCalling ? { env: { ...container.env, ...env } } : {}),
    };
  }

  private createScaling({ replicas, namespace }: WorkloadArgs): void {
    if (replicas === undefined || typeof replicas === "number") return;
    autoscaler(
      this.component,
      { namespace, deployment: this.deployment, scaling: replicas },
      { parent: this },
    );
  }

  private createDisruptionBudget({ namespace }: WorkloadArgs, labels: Labels): void {
    new k8s.policy.v1.PodDisruptionBudget(
      this.component,
      {
        metadata: { name: this.component, namespace: namespace.name },
        spec: disruptionBudget(labels),
      },
      { parent: this },
    );
  }
}

/** Its own, and those of what it uses; none where there are none. */
function annotationsOf({ annotations, uses = [] }: WorkloadArgs): WorkloadArgs["annotations"] {
  const all: Record<string, pulumi.Input<string>> = { ...annotations };
  for (const use of uses) Object.assign(all, use.annotations);
  return Object.keys(all).length > 0 ? all : undefined;
}
