// Workloads: whether everything that is to run does, and what is wrong with what does not.
import { setTimeout as delay } from "node:timers/promises";
import { isPlainObject, text, type Plain, type PlainObject } from "../graph/values";
import type { Kubectl } from "../stack/kubectl";
import { UserError } from "../stack/process";
import { say } from "../stack/settings";
import type { LiveObject } from "../stack/state";

/**
 * What is not as many as it is to be, or not of the newest version: `minio/minio 0 of 1`. A new workload starts with one pod,
 * until its autoscaler has brought it to its minimum.
 */
export function unreadyAmong(
  workloads: readonly LiveObject[],
  autoscalers: readonly LiveObject[] = [],
): string[] {
  return workloads.flatMap(({ kind, metadata, spec, status }) => {
    const own = autoscalers.filter(
      (each) =>
        each.metadata.namespace === metadata.namespace &&
        isPlainObject(each.spec) &&
        isPlainObject(each.spec.scaleTargetRef) &&
        each.spec.scaleTargetRef.kind === kind &&
        each.spec.scaleTargetRef.name === metadata.name,
    );
    const wanted = Math.max(
      count(spec, "replicas", 1),
      ...own.map((each) => count(each.spec, "minReplicas", 1)),
    );
    const ready = Math.min(count(status, "readyReplicas"), count(status, "updatedReplicas"));
    const isSeen = count(status, "observedGeneration") >= Number(metadata.generation ?? 0);
    return isSeen && ready >= wanted && count(status, "replicas") <= wanted
      ? []
      : [`${text(metadata.namespace)}/${metadata.name} ${ready} of ${wanted}`];
  });
}

function count(object: Plain | undefined, key: string, otherwise = 0): number {
  const value = isPlainObject(object) ? object[key] : undefined;
  return typeof value === "number" ? value : otherwise;
}

/** Waits until everything in the cluster is ready, or what a selector chooses, and says from time to time what is not. */
export async function awaitReady(kubectl: Kubectl, seconds = 600, selector = ""): Promise<void> {
  const began = Date.now();
  const all = [
    "deployments,statefulsets,horizontalpodautoscalers",
    "--all-namespaces",
    `--selector=${selector}`,
  ];
  for (let round = 1; ; round++) {
    const found = await kubectl.get(all);
    const isAutoscaler = ({ kind }: LiveObject): boolean => kind === "HorizontalPodAutoscaler";
    const unready = unreadyAmong(
      found.filter((each) => !isAutoscaler(each)),
      found.filter(isAutoscaler),
    );
    if (unready.length === 0) return;
    const waited = Math.round((Date.now() - began) / 1000);
    if (waited > seconds)
      throw new UserError(
        `After ${seconds} s this is not ready: ${unready.join(", ")}.\n${await reasons(kubectl)}`,
      );
    if (round % 20 === 0) say(`  waiting for ${unready.join(", ")}, ${waited} s`);
    await delay(1000);
  }
}

/** What the containers say that do not run. */
async function reasons(kubectl: Kubectl): Promise<string> {
  const pods = await kubectl.get(["pods", "--all-namespaces"]);
  return pods
    .flatMap(({ metadata, status }) =>
      waitingIn(isPlainObject(status) ? status : {}).map(
        (reason) => `${text(metadata.namespace)}/${metadata.name}: ${reason}`,
      ),
    )
    .join("\n");
}

function waitingIn(status: PlainObject): string[] {
  const containers = [status.initContainerStatuses, status.containerStatuses].flatMap((list) =>
    Array.isArray(list) ? list.filter(isPlainObject) : [],
  );
  return containers.flatMap(({ state }) => {
    const waiting = isPlainObject(state) && isPlainObject(state.waiting) ? state.waiting : {};
    return text(waiting.reason) === "" ? [] : [`${text(waiting.reason)} ${text(waiting.message)}`.trim()];
  });
}
