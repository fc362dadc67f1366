// Workloads: whether everything that is to run does, and what is wrong with what does not.
import { setTimeout as delay } from "node:timers/promises";
import { isPlainObject, text, type Plain, type PlainObject } from "../graph/values";
import type { Kubectl } from "../stack/kubectl";
import { UserError } from "../stack/process";
import { say } from "../stack/settings";
import type { LiveObject } from "../stack/state";

/** What is not as many as it is to be, or not of the newest version: `minio/minio 0 of 1`. */
export function unreadyAmong(workloads: readonly LiveObject[]): string[] {
  return workloads.flatMap(({ metadata, spec, status }) => {
    const wanted = count(spec, "replicas", 1);
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
  const all = ["deployments,statefulsets", "--all-namespaces", `--selector=${selector}`];
  for (let round = 1; ; round++) {
    const unready = unreadyAmong(await kubectl.get(all));
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
