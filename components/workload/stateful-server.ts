// StatefulServer: one server with one disk (object store, database), its Services and what guards it.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Labels, ManagedNamespace, podLabels } from "../network";
import { ContainerArgs, podTemplate, PodSecurity } from "./pod";
import { rolloutTimeouts } from "./rollout";
import { disruptionBudget, service } from "./service";
import { DataVolume, DataVolumeArgs } from "./volume";

export interface StatefulServerArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** The server's disk. */
  storage: Omit<DataVolumeArgs, "namespace">;
  /** The server, given its disk's claim. */
  container: (claim: pulumi.Output<string>) => ContainerArgs;
  /** Runs before the server at every start, given the same claim: what has to be so on the disk. @default nothing */
  prepare?: (claim: pulumi.Output<string>) => ContainerArgs;
  /** Containers beside the server, in the same pod. @default none */
  sidecars?: ContainerArgs[];
  /** Service name -> port of the same number in the container. The first is the server's main Service. */
  services: Readonly<Record<string, { port: number; portName: string }>>;
  /** A change of these restarts the server: checksums of what it reads only at start. @default none */
  annotations?: Record<string, pulumi.Input<string>>;
  /** Seconds to write everything down after the request to stop. @default 60 */
  terminationGracePeriod?: number;
  /** Seconds until the server has to be ready; then the deployment fails. @default 600 */
  rolloutTimeout?: number;
  /** Has to be there before the server starts. @default nothing */
  dependsOn?: readonly pulumi.Resource[];
}

export class StatefulServer extends pulumi.ComponentResource {
  /** Its disk. */
  readonly volume: DataVolume;
  /** What runs the pod. */
  readonly statefulSet: k8s.apps.v1.StatefulSet;
  /** Its Services, by name. */
  readonly services: Readonly<Record<string, k8s.core.v1.Service>>;
  /** What its clients wait for: the server, behind its main Service. */
  readonly ready: readonly pulumi.Resource[];
  /** Identifies its disk: what was set up there is gone when it is another. */
  readonly storage: pulumi.Output<string>;

  constructor(name: string, args: StatefulServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:workload:StatefulServer", name, {}, opts);
    this.volume = new DataVolume(
      `${name}-data`,
      { ...args.storage, namespace: args.namespace },
      { parent: this },
    );
    const labels = podLabels(name);
    this.statefulSet = this.createStatefulSet(name, args, labels);
    this.services = Object.fromEntries(
      Object.entries(args.services).map(([serviceName, port]) => [
        serviceName,
        service(
          serviceName,
          { namespace: args.namespace, labels, ports: [port] },
          { parent: this, dependsOn: [this.statefulSet] },
        ),
      ]),
    );
    this.createDisruptionBudget(name, args, labels);
    this.ready = [this.statefulSet, ...Object.values(this.services).slice(0, 1)];
    this.storage = this.volume.uid;
    this.registerOutputs({ statefulSet: this.statefulSet.metadata.name, claim: this.volume.claimName });
  }

  private createStatefulSet(name: string, args: StatefulServerArgs, labels: Labels): k8s.apps.v1.StatefulSet {
    const [serviceName] = Object.keys(args.services);
    if (serviceName === undefined)
      throw new pulumi.RunError(`StatefulServer ${name} needs at least one Service.`);
    return new k8s.apps.v1.StatefulSet(
      name,
      {
        metadata: { name, namespace: args.namespace.name, labels },
        spec: {
          serviceName,
          // Two servers can't share one disk.
          replicas: 1,
          // OrderedReady would wait for a pod that never gets ready before it replaces it with a repaired one.
          podManagementPolicy: "Parallel",
          selector: { matchLabels: labels },
          template: podTemplate({
            namespace: args.namespace,
            security: args.security,
            labels,
            annotations: args.annotations,
            ...(args.prepare ? { initContainers: [args.prepare(this.volume.claimName)] } : {}),
            containers: [args.container(this.volume.claimName), ...(args.sidecars ?? [])],
            terminationGracePeriod: args.terminationGracePeriod ?? 60,
          }),
        },
      },
      {
        parent: this,
        protect: args.storage.protect ?? true,
        customTimeouts: rolloutTimeouts(args.rolloutTimeout),
        dependsOn: [...args.namespace.ready, ...(args.dependsOn ?? [])],
      },
    );
  }

  /** One server can't stay up while its node is drained; the budget says so, and lets the drain go on. */
  private createDisruptionBudget(name: string, args: StatefulServerArgs, labels: Labels): void {
    new k8s.policy.v1.PodDisruptionBudget(
      name,
      {
        metadata: { name, namespace: args.namespace.name },
        spec: disruptionBudget(labels),
      },
      { parent: this },
    );
  }
}
