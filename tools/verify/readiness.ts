// Whether an object does what it is there for, and if not, why, in the words of the cluster.
import { text, type PlainObject } from "../graph/values";
import { annotationOf, labelsOf, type LiveObject } from "../stack/state";
import { fields, lacks, list } from "./expected";

/** What is wrong with the object; nothing when it is as it should be. */
export type Judge = (object: LiveObject, others: readonly LiveObject[]) => string | undefined;

/** By kind. A kind that is not here only has to exist. */
export const judges: Readonly<Record<string, Judge>> = {
  Deployment: (object, others) => {
    const { spec, status } = parts(object);
    const wanted = Number(spec.replicas ?? 1);
    const ready = Math.min(Number(status.availableReplicas ?? 0), Number(status.updatedReplicas ?? 0));
    return isSeen(object) && ready >= wanted
      ? undefined
      : `${ready} of ${wanted} pods are ready${podTrouble(object, others)}`;
  },
  StatefulSet: (object, others) => {
    const { spec, status } = parts(object);
    const wanted = Number(spec.replicas ?? 1);
    const ready = Number(status.readyReplicas ?? 0);
    const rolling = status.updateRevision !== undefined && status.updateRevision !== status.currentRevision;
    if (isSeen(object) && ready >= wanted && !rolling) return undefined;
    return `${ready} of ${wanted} pods are ready${rolling ? ", and an update is under way" : ""}${podTrouble(object, others)}`;
  },
  Job: (object, others) => {
    if (condition(object, "Complete") === "True") return undefined;
    return hasFailed(object)
      ? `failed: ${text(conditionOf(object, "Failed")?.message)}`
      : `has not completed${podTrouble(object, others)}`;
  },
  PersistentVolumeClaim: (object) => {
    const phase = text(parts(object).status.phase);
    return phase === "Bound" ? undefined : `is ${phase || "not bound"}: no volume`;
  },
  Namespace: (object) => {
    const phase = text(parts(object).status.phase);
    return phase === "Active" ? undefined : `is ${phase}`;
  },
  Service: (object, others) => {
    const { spec } = parts(object);
    if (spec.selector === undefined || spec.type === "ExternalName") return undefined;
    const slices = others.filter(
      (other) =>
        other.kind === "EndpointSlice" &&
        labelsOf(other)["kubernetes.io/service-name"] === object.metadata.name,
    );
    const endpoints = slices.flatMap((slice) => list(slice.endpoints)).map((endpoint) => fields(endpoint));
    const ready = endpoints.filter(({ conditions }) => fields(conditions).ready !== false);
    return ready.length > 0 ? undefined : "has no endpoint that is ready";
  },
  Ingress: (object) => {
    const addresses = list(fields(parts(object).status.loadBalancer).ingress);
    return addresses.length > 0 ? undefined : "has no address: no ingress controller takes care of it";
  },
  Route: (object) => {
    const routers = list(parts(object).status.ingress).map((router) => fields(router));
    const admitted = routers.some(({ conditions }) =>
      list(conditions).some((it) => fields(it).type === "Admitted" && fields(it).status === "True"),
    );
    return admitted ? undefined : "is not admitted by any router";
  },
  Subscription: (object) => {
    // Another version that waits for approval is as it should be.
    if (text(parts(object).status.installedCSV) !== "") return undefined;
    return `has no version installed${reasons(object, "True")}`;
  },
  DSCInitialization: phaseReady,
  DataScienceCluster: phaseReady,
};

/** For good: a Job that has failed is not tried again. */
export function hasFailed(object: LiveObject): boolean {
  return object.kind === "Job" && condition(object, "Failed") === "True";
}

/** As OpenShift AI says it; components that are switched off are reported as not ready, too. */
function phaseReady(object: LiveObject): string | undefined {
  const phase = text(parts(object).status.phase);
  return phase === "Ready"
    ? undefined
    : `is ${phase || "not looked after by any operator"}${reasons(object, "False")}`;
}

/** What the conditions with this status say. */
function reasons(object: LiveObject, status: "True" | "False"): string {
  const said = list(parts(object).status.conditions)
    .map((item) => fields(item))
    .filter((item) => item.status === status && item.reason !== "Removed" && text(item.message) !== "")
    .map(({ type, message }) => `${text(type)}: ${text(message)}`);
  return said.length === 0 ? "" : ` (${said.join("; ")})`;
}

/** What the program waits for is what has to hold. */
export const awaited: Judge = (object) => {
  const [, wanted] = /^condition=(.+)$/.exec(annotationOf(object, "pulumi.com/waitFor")) ?? [];
  if (wanted === undefined || condition(object, wanted) === "True") return undefined;
  const found = conditionOf(object, wanted);
  return `is not ${wanted}${found === undefined ? "" : `: ${text(found.reason)} ${text(found.message)}`.trimEnd()}`;
};

function parts(object: LiveObject): { spec: PlainObject; status: PlainObject } {
  return { spec: fields(object.spec), status: fields(object.status) };
}

/** The controller has seen the newest version. */
function isSeen(object: LiveObject): boolean {
  return Number(parts(object).status.observedGeneration ?? 0) >= Number(object.metadata.generation ?? 0);
}

function conditionOf(object: LiveObject, type: string): PlainObject | undefined {
  return list(parts(object).status.conditions)
    .map((item) => fields(item))
    .find((item) => item.type === type);
}

const condition = (object: LiveObject, type: string): string => text(conditionOf(object, type)?.status);

/** Why one of its pods does not run. */
function podTrouble(object: LiveObject, others: readonly LiveObject[]): string {
  const selector = fields(fields(parts(object).spec.selector).matchLabels);
  if (Object.keys(selector).length === 0) return "";
  const pods = others.filter(
    (other) => other.kind === "Pod" && lacks(selector, fields(other.metadata.labels)) === undefined,
  );
  const reasons = pods.flatMap((pod) => {
    const { status } = parts(pod);
    const waiting = list(status.containerStatuses).map((it) => fields(fields(fields(it).state).waiting));
    const [reason] = waiting.filter((it) => it.reason !== undefined);
    if (reason !== undefined) return [`${text(reason.reason)} ${text(reason.message)}`.trim()];
    const scheduled = conditionOf(pod, "PodScheduled");
    return scheduled?.status === "False" ? [text(scheduled.message)] : [];
  });
  return reasons.length === 0 ? "" : ` (${reasons[0]})`;
}
