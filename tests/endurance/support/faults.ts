// Faults: what is killed, from outside of it and without asking. What there is of processes is found through /proc, which shows
// those inside of the machine to root outside of it, too.
import * as assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { objectsIn, text, type PlainObject } from "../../../tools/graph/values";
import { awaitReady } from "../../../tools/live/workloads";
import type { LiveObject } from "../../../tools/stack/state";
import type { Platform } from "../../live/support/platform";
import { eventually } from "../../support/processes";
import { at } from "../../support/services";

/** Seconds within which everything is given up that does not come back. */
const PATIENCE = 600;

export interface Pods {
  readonly namespace: string;
  readonly name: string;
  readonly kind: "Deployment" | "StatefulSet";
  readonly labels: Readonly<Record<string, string>>;
  readonly replicas: number;
  /** Rather than of the cluster's add-ons, or of a test. */
  readonly isOfStack: boolean;
}

/** Whatever has pods in the cluster, add-ons included. */
export async function workloads(platform: Platform): Promise<Pods[]> {
  const found = await platform.get("deployments,statefulsets", "--all-namespaces");
  return found.map(({ kind, metadata, spec }) => ({
    namespace: text(metadata.namespace),
    name: metadata.name,
    kind: kind === "StatefulSet" ? "StatefulSet" : "Deployment",
    labels: (at(spec, "selector", "matchLabels") ?? {}) as Record<string, string>,
    replicas: Number(at(spec, "replicas") ?? 1),
    isOfStack: at(metadata, "labels", "mlops-platform/stack") !== undefined,
  }));
}

/** Pods of a workload that are not about to go. */
export async function podsOf(platform: Platform, { namespace, labels }: Pods): Promise<LiveObject[]> {
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const pods = await platform.get("pods", `--namespace=${namespace}`, `--selector=${selector.join()}`);
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Deletes one of its pods without giving it time to end. It has to be another one before this is done. */
export async function deletePod(platform: Platform, workload: Pods): Promise<void> {
  const [pod] = await podsOf(platform, workload);
  assert.ok(pod, `${workload.name} has a pod`);
  const { name, uid } = pod.metadata;
  const within = `--namespace=${workload.namespace}`;
  await platform.kubectl.text(["delete", "pod", name, within, "--force", "--grace-period=0", "--wait=false"]);
  await eventually(
    `the pod ${name} is gone, and another one made`,
    async () => {
      const pods = await podsOf(platform, workload);
      return pods.length >= workload.replicas && pods.every((each) => each.metadata.uid !== uid);
    },
    120,
  );
}

/** Kills the main process of one of its pods, and waits until the kubelet has noticed. */
export async function killMainProcess(platform: Platform, workload: Pods): Promise<void> {
  const [pod] = await podsOf(platform, workload);
  assert.ok(pod, `${workload.name} has a pod`);
  const [container] = containersOf(pod);
  assert.ok(container, `${pod.metadata.name} has a container`);
  const id = text(container.containerID).replace("containerd://", "");
  kill(initOf(id));
  await eventually(
    `the kubelet has noticed that ${pod.metadata.name} ended`,
    async () => {
      const now = (await podsOf(platform, workload)).find(
        ({ metadata }) => metadata.uid === pod.metadata.uid,
      );
      const [current] = now === undefined ? [] : containersOf(now);
      return current === undefined || current.containerID !== container.containerID || current.ready !== true;
    },
    120,
  );
}

/** Kills a daemon of the machine, which has to be another process then. */
export async function killDaemon(platform: Platform, name: "kubelet" | "containerd"): Promise<void> {
  const before = daemon(platform, name);
  assert.ok(before, `${name} runs`);
  kill(before);
  await eventually(`${name} runs again`, () => ![undefined, before].includes(daemon(platform, name)), 60);
}

/** Kills the machine: the process outside that made it, and with that everything inside. It has to be started again. */
export async function killMachine(platform: Platform): Promise<void> {
  const record = path.join(platform.machine.home.machine, "run", "machine.json");
  const { pid } = JSON.parse(readFileSync(record, "utf8")) as { pid: number };
  kill(pid);
  await eventually("nothing of the machine runs", () => daemon(platform, "kubelet") === undefined, 60);
}

/** Every workload is as it is to be, and every pod ready. */
export async function recovered(platform: Platform): Promise<void> {
  await awaitReady(platform.kubectl, PATIENCE);
}

function containersOf(pod: LiveObject): PlainObject[] {
  return objectsIn(at(pod, "status", "containerStatuses"));
}

/** The first process of a container. */
function initOf(container: string): number {
  const found = processes().find(
    (pid) => read(pid, "cgroup").includes(container) && /^NSpid:.*\s1$/m.test(read(pid, "status")),
  );
  assert.ok(found !== undefined, `the container ${container} has a first process`);
  return found;
}

/** Those of this machine's home: each is told of a file in it. */
function daemon(platform: Platform, name: string): number | undefined {
  const { machine: home } = platform.machine.home;
  return processes().find((pid) => {
    const [program = "", ...args] = read(pid, "cmdline").split("\0");
    return path.basename(program) === name && args.some((arg) => arg.includes(`=${home}/`));
  });
}

function processes(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Empty when the process has ended meanwhile. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  process.kill(pid, "SIGKILL");
}
