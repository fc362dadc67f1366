// Placement: the nodes that a component's pods run on, and the devices that they get there.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Labels } from "../network";

type PodSpec = k8s.types.input.core.v1.PodSpec;
type Toleration = k8s.types.input.core.v1.Toleration;

/** A mark of nodes that keeps pods away unless they tolerate it. */
export interface Taint {
  /** Key of the taint. */
  readonly key: string;
  /** Its value. @default any value */
  readonly value?: string;
  /** Its effect. @default any effect */
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** Nodes that have something special. */
export interface NodeGroup {
  /** The labels that they have, all of them: `{ "node.kubernetes.io/lifecycle": "spot" }`. */
  readonly labels: Labels;
  /** Their taints, which are tolerated. @default none */
  readonly taints?: readonly Taint[];
}

/** GPUs of each pod, and the nodes that have them. */
export interface Gpu {
  /** Devices for each pod. @default 1 */
  readonly count?: number;
  /** What the nodes' device plugin calls the devices. @default "nvidia.com/gpu" */
  readonly resource?: string;
  /** The nodes with the right devices; pods run on no other. @default any node that has such devices */
  readonly nodes?: NodeGroup;
}

export interface Placement {
  /**
   * A node for each replica: `preferred` runs on fewer nodes where there are no more, `required` waits for them (a
   * cluster of one node runs all replicas in either case). @default no preference; a Workload's: preferred
   */
  readonly spread?: "preferred" | "required";
  /**
   * Devices for the first container. A rollout that adds a pod before it ends another needs devices for one pod more.
   * @default none
   */
  readonly gpu?: Gpu;
  /** Cheap nodes that may go away: used where there are any, and others where not. @default no preference */
  readonly spot?: NodeGroup;
}

/** The scheduler's side of a placement, as fields of the pod. */
export function placementSpec(
  { spread, gpu, spot }: Placement,
  labels: Labels,
): Pick<PodSpec, "affinity" | "tolerations" | "topologySpreadConstraints"> {
  const required = gpu?.nodes && { nodeSelectorTerms: [{ matchExpressions: nodesWith(gpu.nodes.labels) }] };
  const preferred = spot && [{ weight: 100, preference: { matchExpressions: nodesWith(spot.labels) } }];
  const tolerations = [...(gpu ? gpuTolerations(gpu) : []), ...tolerated(spot?.taints ?? [])];
  return {
    ...(required || preferred
      ? {
          affinity: {
            nodeAffinity: {
              ...(required ? { requiredDuringSchedulingIgnoredDuringExecution: required } : {}),
              ...(preferred ? { preferredDuringSchedulingIgnoredDuringExecution: preferred } : {}),
            },
          },
        }
      : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
    ...(spread ? { topologySpreadConstraints: [spreadOverNodes(spread, labels)] } : {}),
  };
}

/** The devices of a container, as requests and limits want them: the same number in both. */
export function devices(gpu: Gpu | undefined): Record<string, string> {
  if (gpu === undefined) return {};
  const { count = 1 } = gpu;
  if (!Number.isInteger(count) || count < 1) {
    throw new pulumi.RunError(
      `A pod can't have ${count} GPUs. Give a whole number from 1 on, or leave gpu out.`,
    );
  }
  return { [resourceOf(gpu)]: String(count) };
}

function resourceOf({ resource = "nvidia.com/gpu" }: Gpu): string {
  return resource;
}

/** Nodes with devices are by custom tainted with the devices' name. */
function gpuTolerations(gpu: Gpu): Toleration[] {
  return tolerated(gpu.nodes?.taints ?? [{ key: resourceOf(gpu), effect: "NoSchedule" }]);
}

function tolerated(taints: readonly Taint[]): Toleration[] {
  return taints.map(({ key, value, effect }) => ({
    key,
    ...(value === undefined ? { operator: "Exists" } : { operator: "Equal", value }),
    ...(effect === undefined ? {} : { effect }),
  }));
}

function nodesWith(labels: Labels): k8s.types.input.core.v1.NodeSelectorRequirement[] {
  const entries = Object.entries(labels);
  if (entries.length === 0) {
    throw new pulumi.RunError(
      `A group of nodes has no labels, so that nothing tells its nodes from others. Name at least one label that ` +
        `they have; \`kubectl get nodes --show-labels\` lists them.`,
    );
  }
  return entries.map(([key, value]) => ({ key, operator: "In", values: [value] }));
}

function spreadOverNodes(
  spread: "preferred" | "required",
  labels: Labels,
): k8s.types.input.core.v1.TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: spread === "required" ? "DoNotSchedule" : "ScheduleAnyway",
    // A node that these pods can't run on anyway does not count as an empty one.
    nodeTaintsPolicy: "Honor",
    labelSelector: { matchLabels: labels },
    // The pods of the version that is on its way out don't count.
    matchLabelKeys: ["pod-template-hash"],
  };
}
