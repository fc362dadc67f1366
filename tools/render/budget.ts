// What rendered objects ask of a cluster: the sum of the requests that the scheduler would reserve.
import type { KubernetesObject } from "../graph/objects";
import { at, isPlainObject, objectsIn, text, type Plain, type PlainObject } from "../graph/values";

/** CPU in cores; memory and storage in bytes. */
export interface Requests {
  cpu: number;
  memory: number;
  storage: number;
}

export interface Budget {
  /** All workloads at their smallest scale, and all volume claims. */
  running: Requests;
  /** The same with every autoscaler at its maximum. */
  most: Requests;
  /** Pods at the smallest scale, and at the largest. */
  replicas: { running: number; most: number };
  /** The largest single Job, which runs beside them for a while. */
  largestJob: Requests;
  /** One line a workload, for the message of a test that fails. */
  details: string[];
}

const NOTHING: Requests = { cpu: 0, memory: 0, storage: 0 };

export function budgetOf(objects: readonly KubernetesObject[]): Budget {
  const manifests = objects.filter(({ patch }) => !patch);
  let [running, most] = [NOTHING, NOTHING];
  const replicas = { running: 0, most: 0 };
  let largestJob = NOTHING;
  const details: string[] = [];
  for (const { manifest, namespace } of manifests) {
    const template = templateOf(manifest);
    const name = `${namespace ?? ""}/${manifest.kind}/${manifest.metadata.name}`;
    if (manifest.kind === "PersistentVolumeClaim") {
      const storage = quantity(at(manifest, "spec", "resources", "requests", "storage"));
      running = add(running, { ...NOTHING, storage });
      most = add(most, { ...NOTHING, storage });
      details.push(`${name}: ${storage} bytes of storage`);
    }
    if (template === undefined) continue;
    const one = podRequests(template);
    if (manifest.kind === "Job" || manifest.kind === "CronJob") {
      largestJob = {
        ...NOTHING,
        cpu: Math.max(largestJob.cpu, one.cpu),
        memory: Math.max(largestJob.memory, one.memory),
      };
      continue;
    }
    const scale = scaleOf(manifest, namespace, objects);
    const claimed = claimTemplates(manifest);
    running = add(running, times(scale.least, { ...one, storage: claimed }));
    most = add(most, times(scale.most, { ...one, storage: claimed }));
    replicas.running += scale.least;
    replicas.most += scale.most;
    details.push(`${name}: ${scale.least} x ${one.cpu} CPU, ${one.memory} bytes`);
  }
  return { running, most, replicas, largestJob, details };
}

/** Each replica of a StatefulSet gets a volume from each of these. */
function claimTemplates(manifest: PlainObject): number {
  return objectsIn(at(manifest, "spec", "volumeClaimTemplates"))
    .map((template) => quantity(at(template, "spec", "resources", "requests", "storage")))
    .reduce((sum, storage) => sum + storage, 0);
}

function templateOf(manifest: PlainObject): PlainObject | undefined {
  if (manifest.kind === "Pod") return manifest;
  // KServe's: the pods themselves are a ServingRuntime's, and what they ask for is said here.
  if (manifest.kind === "InferenceService") {
    const model = at(manifest, "spec", "predictor", "model");
    return { spec: { containers: isPlainObject(model) ? [model] : [] } };
  }
  const template =
    manifest.kind === "CronJob"
      ? at(manifest, "spec", "jobTemplate", "spec", "template")
      : ["Deployment", "StatefulSet", "DaemonSet", "Job"].includes(text(manifest.kind))
        ? at(manifest, "spec", "template")
        : undefined;
  return isPlainObject(template) ? template : undefined;
}

/** An autoscaler's numbers win over `replicas`, which is then left out. */
function scaleOf(
  manifest: KubernetesObject["manifest"],
  namespace: string | undefined,
  objects: readonly KubernetesObject[],
): { least: number; most: number } {
  const autoscaler = objects.find(
    (other) =>
      other.manifest.kind === "HorizontalPodAutoscaler" &&
      other.namespace === namespace &&
      at(other.manifest, "spec", "scaleTargetRef", "kind") === manifest.kind &&
      at(other.manifest, "spec", "scaleTargetRef", "name") === manifest.metadata.name,
  );
  const number = (value: Plain | undefined): number => (typeof value === "number" ? value : 1);
  if (autoscaler !== undefined) {
    const { spec } = autoscaler.manifest;
    return { least: number(at(spec, "minReplicas")), most: number(at(spec, "maxReplicas")) };
  }
  const { spec } = manifest;
  if (manifest.kind === "InferenceService")
    return {
      least: number(at(spec, "predictor", "minReplicas")),
      most: number(at(spec, "predictor", "maxReplicas")),
    };
  const replicas = number(at(spec, "replicas"));
  return { least: replicas, most: replicas };
}

/**
 * As the scheduler counts: the containers together, or the hungriest init container when that is more. Sidecars
 * (init containers that restart) count with the containers.
 */
function podRequests(template: PlainObject): Requests {
  const containers = objectsIn(at(template, "spec", "containers"));
  const initial = objectsIn(at(template, "spec", "initContainers"));
  const sidecars = initial.filter((container) => container.restartPolicy === "Always");
  const steps = initial.filter((container) => container.restartPolicy !== "Always");
  const together = [...containers, ...sidecars].map(containerRequests).reduce(add, NOTHING);
  const beside = sidecars.map(containerRequests).reduce(add, NOTHING);
  return steps.map(containerRequests).reduce(
    (most, step) => ({
      cpu: Math.max(most.cpu, step.cpu + beside.cpu),
      memory: Math.max(most.memory, step.memory + beside.memory),
      storage: 0,
    }),
    together,
  );
}

/** A missing request is the limit, as the API server fills it in. */
function containerRequests(container: PlainObject): Requests {
  const requested = (resource: string): number =>
    quantity(
      at(container, "resources", "requests", resource) ?? at(container, "resources", "limits", resource),
    );
  return { cpu: requested("cpu"), memory: requested("memory"), storage: 0 };
}

function add(one: Requests, other: Requests): Requests {
  return {
    cpu: one.cpu + other.cpu,
    memory: one.memory + other.memory,
    storage: one.storage + other.storage,
  };
}

function times(count: number, { cpu, memory, storage }: Requests): Requests {
  return { cpu: cpu * count, memory: memory * count, storage: storage * count };
}

const FACTORS: Record<string, number> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity (`250m`, `1Gi`, `2`) as a number; 0 when there is none. */
export function quantity(value: Plain | undefined): number {
  if (value === undefined) return 0;
  const match = /^([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)$/.exec(
    typeof value === "number" ? String(value) : text(value),
  );
  const factor = FACTORS[match?.[2] ?? "?"];
  if (match === null || factor === undefined)
    throw new Error(`${JSON.stringify(value)} is not a quantity such as 250m, 512Mi or 2`);
  return Number(match[1]) * factor;
}
