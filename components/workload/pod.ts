// The one pod builder: every pod of the platform satisfies Pod Security `restricted`, has a read-only root
// file system, no service account token, and says what it needs.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Labels, ManagedNamespace } from "../network";
import { Mounts, scratchBytes, volumeMounts, volumes } from "./mounts";
import { devices, Gpu, Placement, placementSpec } from "./placement";
import { bytes, mebibytes } from "./quantity";
import { Resources } from "./resources";

/** How the cluster asks a container how it is. */
export type Probe = k8s.types.input.core.v1.Probe;

/** The Target's say in a pod: who it runs as. */
export interface PodSecurity {
  /** Pod-level security context; both Targets' satisfy Pod Security `restricted`. */
  context(): k8s.types.input.core.v1.PodSecurityContext;
}

/**
 * One environment variable: a plain value, a key of a Secret or ConfigMap, or a field of the pod (`status.podIP`).
 * A plain value may use a variable that stands before it: `$(POD_IP):5000`.
 */
export type EnvValue =
  | pulumi.Input<string>
  | { secret: pulumi.Input<string>; key: string }
  | { configMap: pulumi.Input<string>; key: string }
  | { field: string };

export interface ContainerArgs {
  /** Name of the container. */
  name: string;
  /** Image of the container, with a tag or a digest. */
  image: string;
  /** Entry point, only where the image's own can't be used. @default the image's own */
  command?: pulumi.Input<string>[];
  /** Arguments of that. @default the image's own */
  args?: pulumi.Input<string>[];
  /** Its environment: values, or keys of Secrets and ConfigMaps. @default empty */
  env?: Readonly<Record<string, EnvValue>>;
  /** Container ports by name. @default none */
  ports?: Readonly<Record<string, number>>;
  /** What it finds in its file system, by path. @default none */
  mounts?: Mounts;
  /** What each pod is given, and what it may use at most. */
  resources: Resources;
  /** Is it done starting? The other probes wait for this one. @default none */
  startup?: Probe;
  /** May it get traffic? @default none */
  readiness?: Probe;
  /** Is it beyond recovery, so that it has to be restarted? @default none */
  liveness?: Probe;
  /**
   * Seconds that it goes on answering after the request to stop, until everybody knows that it is going. They are part
   * of the pod's grace period. @default 0
   */
  drain?: number;
  /**
   * `log`: what it printed last becomes part of the pod's status when it fails, and so of the deployment's error, unless
   * it left a message there itself. @default its own message alone
   */
  terminationMessage?: "log";
}

export interface PodArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** Labels of the pod. */
  labels: Labels;
  /** A change of these rolls the pods out: checksums of what they read only at start. @default none */
  annotations?: Record<string, pulumi.Input<string>>;
  /** Its containers. */
  containers: ContainerArgs[];
  /** Containers that run, one after another, before it starts. @default none */
  initContainers?: ContainerArgs[];
  /** Seconds between the request to stop and the kill. @default 30 */
  terminationGracePeriod?: number;
  /** Where it runs. @default anywhere */
  placement?: Placement;
  /** The account that it runs as; without a token, whichever it is. @default the namespace's default account */
  serviceAccount?: pulumi.Input<string>;
  /** Whether containers that end are started again. @default "Always" */
  restartPolicy?: "Always" | "Never";
  /** Room on the node's disk for what others put into the pod: files of a model, `2Gi`. @default none */
  disk?: string;
}

/** Room for logs, counted against the node's disk. There is no writable layer: root file systems are read-only. */
const LOGS_REQUEST = "64Mi";
const LOGS_LIMIT = "512Mi";

/** The pod of a Deployment, a StatefulSet or a Job. */
export function podTemplate(args: PodArgs): k8s.types.input.core.v1.PodTemplateSpec {
  return {
    metadata: {
      labels: args.labels,
      ...(args.annotations ? { annotations: args.annotations } : {}),
    },
    spec: podSpec(args),
  };
}

/** The pod alone, for those who give its parts to somebody else's operator. */
export function podSpec(args: PodArgs): k8s.types.input.core.v1.PodSpec {
  const all = [...(args.initContainers ?? []), ...args.containers];
  const podVolumes = volumes(all);
  // A pod that uses more than its containers may together is evicted, and what it keeps in scratch volumes counts.
  const disk = mebibytes(scratchBytes(all) + bytes(args.disk ?? "0") + bytes(LOGS_LIMIT));
  return {
    automountServiceAccountToken: false,
    ...(args.serviceAccount === undefined ? {} : { serviceAccountName: args.serviceAccount }),
    // A Service named like a product would inject variables that the product takes for its settings.
    enableServiceLinks: false,
    securityContext: args.security.context(),
    ...(args.namespace.pullSecrets.length > 0 ? { imagePullSecrets: [...args.namespace.pullSecrets] } : {}),
    ...(args.restartPolicy ? { restartPolicy: args.restartPolicy } : {}),
    terminationGracePeriodSeconds: args.terminationGracePeriod ?? 30,
    ...(args.initContainers
      ? { initContainers: args.initContainers.map((init) => container(init, disk)) }
      : {}),
    containers: args.containers.map((each, index) =>
      container(each, disk, index === 0 ? args.placement?.gpu : undefined),
    ),
    ...placementSpec(args.placement ?? {}, args.labels),
    ...(podVolumes.length > 0 ? { volumes: podVolumes } : {}),
  };
}

function container(args: ContainerArgs, disk: string, gpu?: Gpu): k8s.types.input.core.v1.Container {
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
      requests: { ...args.resources.requests, "ephemeral-storage": LOGS_REQUEST, ...devices(gpu) },
      limits: { ...args.resources.limits, "ephemeral-storage": disk, ...devices(gpu) },
    },
    ...(args.startup ? { startupProbe: args.startup } : {}),
    ...(args.readiness ? { readinessProbe: args.readiness } : {}),
    ...(args.liveness ? { livenessProbe: args.liveness } : {}),
    ...(args.terminationMessage ? { terminationMessagePolicy: "FallbackToLogsOnError" } : {}),
    ...(args.drain ? { lifecycle: { preStop: { sleep: { seconds: args.drain } } } } : {}),
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
  if (typeof value === "object" && "field" in value) {
    return { name, valueFrom: { fieldRef: { fieldPath: value.field } } };
  }
  return { name, value };
}

function containerPort([name, port]: [string, number]): k8s.types.input.core.v1.ContainerPort {
  return { name, containerPort: port, protocol: "TCP" };
}

/** Variables that are called as the keys of the Secret that they are in. */
export function secretVariables(
  secret: pulumi.Input<string>,
  keys: readonly string[],
): Record<string, EnvValue> {
  return Object.fromEntries(keys.map((key) => [key, { secret, key }]));
}
