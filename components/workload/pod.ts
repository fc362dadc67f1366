// The one pod builder: every pod of the platform satisfies Pod Security `restricted`, has a read-only root
// file system, no service account token, and says what it needs.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Labels, ManagedNamespace } from "../network";
import { Mounts, volumeMounts, volumes } from "./mounts";
import { Resources } from "./resources";

type Probe = k8s.types.input.core.v1.Probe;

/** The Target's say in a pod: who it runs as. */
export interface PodSecurity {
  /** Pod-level security context; both Targets' satisfy Pod Security `restricted`. */
  context(): k8s.types.input.core.v1.PodSecurityContext;
}

/** One environment variable: a plain value, or a key of a Secret or ConfigMap. */
export type EnvValue =
  | pulumi.Input<string>
  | { secret: pulumi.Input<string>; key: string }
  | { configMap: pulumi.Input<string>; key: string };

export interface ContainerArgs {
  name: string;
  image: string;
  /** Entry point, only where the image's own can't be used. */
  command?: pulumi.Input<string>[];
  args?: pulumi.Input<string>[];
  env?: Readonly<Record<string, EnvValue>>;
  /** Container ports by name. */
  ports?: Readonly<Record<string, number>>;
  mounts?: Mounts;
  resources: Resources;
  /** Is it done starting? The other probes wait for this one. */
  startup?: Probe;
  /** May it get traffic? */
  readiness?: Probe;
  /** Is it beyond recovery, so that it has to be restarted? */
  liveness?: Probe;
}

export interface PodArgs {
  namespace: ManagedNamespace;
  security: PodSecurity;
  labels: Labels;
  /** A change of these rolls the pods out: checksums of what they read only at start. */
  annotations?: Record<string, pulumi.Input<string>>;
  containers: ContainerArgs[];
  initContainers?: ContainerArgs[];
  /** Seconds between the request to stop and the kill. @default 30 */
  terminationGracePeriod?: number;
  /** Prefer a node for each replica; a cluster of one node runs them all the same. @default false */
  spread?: boolean;
  /** @default "Always" */
  restartPolicy?: "Always" | "Never";
}

/** Room for logs and the writable layer, counted against the node's disk. */
const EPHEMERAL_REQUEST = "64Mi";
const EPHEMERAL_LIMIT = "2Gi";

export function podTemplate(args: PodArgs): k8s.types.input.core.v1.PodTemplateSpec {
  const all = [...(args.initContainers ?? []), ...args.containers];
  const podVolumes = volumes(all);
  return {
    metadata: {
      labels: args.labels,
      ...(args.annotations ? { annotations: args.annotations } : {}),
    },
    spec: {
      automountServiceAccountToken: false,
      // A Service named like a product would inject variables that the product takes for its settings.
      enableServiceLinks: false,
      securityContext: args.security.context(),
      ...(args.namespace.pullSecrets.length > 0 ? { imagePullSecrets: [...args.namespace.pullSecrets] } : {}),
      ...(args.restartPolicy ? { restartPolicy: args.restartPolicy } : {}),
      terminationGracePeriodSeconds: args.terminationGracePeriod ?? 30,
      ...(args.initContainers ? { initContainers: args.initContainers.map(container) } : {}),
      containers: args.containers.map(container),
      ...(args.spread ? { topologySpreadConstraints: [spreadOverNodes(args.labels)] } : {}),
      ...(podVolumes.length > 0 ? { volumes: podVolumes } : {}),
    },
  };
}

function spreadOverNodes(labels: Labels): k8s.types.input.core.v1.TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: labels },
  };
}

function container(args: ContainerArgs): k8s.types.input.core.v1.Container {
  return {
    name: args.name,
    image: args.image,
    // Every image is pinned, so the copy on the node is the right one.
    imagePullPolicy: "IfNotPresent",
    ...(args.command ? { command: args.command } : {}),
    ...(args.args ? { args: args.args } : {}),
    ...(args.env ? { env: Object.entries(args.env).map(envVar) } : {}),
    ...(args.ports ? { ports: Object.entries(args.ports).map(containerPort) } : {}),
    ...(args.mounts ? { volumeMounts: volumeMounts(args.mounts) } : {}),
    resources: {
      requests: { ...args.resources.requests, "ephemeral-storage": EPHEMERAL_REQUEST },
      limits: { ...args.resources.limits, "ephemeral-storage": EPHEMERAL_LIMIT },
    },
    ...(args.startup ? { startupProbe: args.startup } : {}),
    ...(args.readiness ? { readinessProbe: args.readiness } : {}),
    ...(args.liveness ? { livenessProbe: args.liveness } : {}),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

function envVar([name, value]: [string, EnvValue]): k8s.types.input.core.v1.EnvVar {
  if (typeof value === "object" && "secret" in value) {
    return { name, valueFrom: { secretKeyRef: { name: value.secret, key: value.key } } };
  }
  if (typeof value === "object" && "configMap" in value) {
    return { name, valueFrom: { configMapKeyRef: { name: value.configMap, key: value.key } } };
  }
  return { name, value };
}

function containerPort([name, port]: [string, number]): k8s.types.input.core.v1.ContainerPort {
  return { name, containerPort: port, protocol: "TCP" };
}
