// Workload: the one Deployment builder. Restricted pods, rolling updates, spread over nodes, and on request a
// Service, autoscaling, a disruption budget and a way in from outside.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Exposed, Exposure } from "../exposure";
import { Labels, ManagedNamespace, PodEndpoint, podLabels, serviceEndpoint } from "../network";
import { ContainerArgs, podTemplate, PodSecurity } from "./pod";
import { disruptionBudget, service } from "./service";

/** Something that a workload uses: what it waits for, and who wants to know that it is used. */
export interface Use {
  readonly ready: readonly pulumi.Resource[];
  usedBy(workload: pulumi.Resource): void;
}

export interface Scaling {
  /** Replicas that always run. */
  min: number;
  /** Replicas at most. */
  max: number;
  /** Average CPU use, in percent of the request, above which replicas are added. */
  cpu?: number;
  /** Average memory use, in percent of the request, above which replicas are added. */
  memory?: number;
}

export interface WorkloadArgs {
  namespace: ManagedNamespace;
  security: PodSecurity;
  container: ContainerArgs;
  initContainers?: ContainerArgs[];
  /** A fixed number of replicas, or bounds between which they are scaled. @default 1 */
  replicas?: number | Scaling;
  /** How a new version replaces the old one. @default one more pod at a time, none less */
  rollout?: { maxSurge: number; maxUnavailable: number };
  /** Its Service: the name that clients use, and the container's port behind it. */
  service: { name: string; port: number; portName: string };
  /** The way in from outside. @default none */
  exposure?: Exposure;
  /** Claims and the like. The pods start after what these need. */
  uses?: readonly Use[];
  /** Other things that have to be there before the pods. */
  dependsOn?: readonly pulumi.Resource[];
  /** A change of these rolls the pods out. */
  annotations?: Record<string, pulumi.Input<string>>;
  /** Seconds between the request to stop and the kill. @default 30 */
  terminationGracePeriod?: number;
}

export class Workload extends pulumi.ComponentResource {
  readonly endpoint: PodEndpoint;
  readonly deployment: k8s.apps.v1.Deployment;
  readonly service: k8s.core.v1.Service;
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
    this.deployment = this.createDeployment(args, labels);
    for (const use of args.uses ?? []) use.usedBy(this.deployment);
    this.service = service(
      args.service.name,
      { namespace: args.namespace, labels, ports: [args.service] },
      { parent: this, dependsOn: [this.deployment] },
    );
    this.createScaling(args);
    this.createDisruptionBudget(args, labels);
    this.exposed = args.exposure?.to(
      component,
      {
        namespace: args.namespace,
        service: this.service.metadata.name,
        servicePort: args.service.port,
        endpoint: this.endpoint,
      },
      { parent: this },
    );
    this.registerOutputs({ deployment: this.deployment.metadata.name, service: this.service.metadata.name });
  }

  private createDeployment(args: WorkloadArgs, labels: Labels): k8s.apps.v1.Deployment {
    const { replicas = 1, rollout = { maxSurge: 1, maxUnavailable: 0 } } = args;
    const pod = podTemplate({
      namespace: args.namespace,
      security: args.security,
      labels,
      annotations: args.annotations,
      containers: [args.container],
      initContainers: args.initContainers,
      terminationGracePeriod: args.terminationGracePeriod,
      spread: true,
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
          template: pod,
        },
      },
      {
        parent: this,
        dependsOn: [
          ...args.namespace.ready,
          ...(args.uses ?? []).flatMap((use) => use.ready),
          ...(args.dependsOn ?? []),
        ],
      },
    );
  }

  private createScaling({ replicas, namespace }: WorkloadArgs): void {
    if (replicas === undefined || typeof replicas === "number") return;
    const targets = [
      { name: "cpu", averageUtilization: replicas.cpu },
      { name: "memory", averageUtilization: replicas.memory },
    ].filter(({ averageUtilization }) => averageUtilization !== undefined);
    if (targets.length === 0) {
      throw new pulumi.RunError(
        `The scaling of ${this.component} follows nothing. Say at which use replicas are added: cpu, memory or both.`,
      );
    }
    if (replicas.min > replicas.max) {
      throw new pulumi.RunError(
        `The scaling of ${this.component} has a min of ${replicas.min} above its max of ${replicas.max}.`,
      );
    }
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      `${this.component}-hpa`,
      {
        metadata: { name: `${this.component}-hpa`, namespace: namespace.name },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: this.deployment.metadata.name },
          minReplicas: replicas.min,
          maxReplicas: replicas.max,
          metrics: targets.map(({ name, averageUtilization }) => ({
            type: "Resource",
            resource: { name, target: { type: "Utilization", averageUtilization } },
          })),
        },
      },
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
