// `make recover`: releases what a killed run holds, and brings state and cluster together again, object by object.
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Graph } from "../graph/graph";
import { Program } from "./adopt";
import type { StackInBackend } from "./backend";
import type { Cluster } from "./cluster";
import { absentObjects, kindsOf, listInventory, namespacesOf, settledInventory } from "./inventory";
import { UserError } from "./process";
import { awaitEnd } from "./leftovers";
import { planRecovery, type Finding } from "./recovery";
import { say, type Settings } from "./settings";
import { liveRef, type LiveObject, type StateFile } from "./state";
import type { Lock } from "./storage";
import { table } from "./table";

/** True when a run was killed, or lost the backend, while it had something under way. */
export function isUnsettled({ deployment }: StateFile): boolean {
  return (deployment.pending_operations ?? []).length > 0;
}

export async function recover(
  settings: Settings,
  stack: StackInBackend,
  cluster: Cluster,
  graph: Promise<Graph>,
): Promise<void> {
  await release(settings, stack);
  const state = await stack.state();
  const resources = await graph;
  const { kubectl } = cluster;
  const kinds = kindsOf(state.deployment, resources);
  const namespaces = namespacesOf(state.deployment, resources);
  const inventory = await settledInventory(() => listInventory(kubectl, settings.stack, kinds, namespaces));
  const absent = await absentObjects(kubectl, state.deployment, inventory);
  const recovery = planRecovery(state.deployment, { inventory, absent }, new Program(resources));

  // The state first: when this is interrupted, the next recovery finds the rest again.
  await stack.save({ ...state, deployment: recovery.deployment });
  for (const object of recovery.remove) await remove(cluster, object);
  stack.settled();
  report(settings, recovery.findings, inventory.length);
}

/** Releases the lock of a run that is over; refuses while one is under way. */
async function release(settings: Settings, stack: StackInBackend): Promise<void> {
  const locks = stack.storage?.locks() ?? [];
  for (const lock of locks) refuseLiving(lock, settings);
  stack.storage?.mend();
  if (locks.length === 0 && !settings.force) return;
  await awaitEnd(locks.map(({ pid }) => pid));
  await stack.engine.mustSucceed(["cancel", "--yes"]);
  say(`Released the lock${locks.map(({ pid }) => ` of process ${pid}, which has ended`).join(",")}.`);
}

function refuseLiving(lock: Lock, settings: Settings): void {
  const since = `since ${lock.timestamp}`;
  if (lock.hostname !== hostname()) {
    if (settings.force) return;
    throw new UserError(
      `Stack ${settings.stack} is locked by ${lock.username} on ${lock.hostname} ${since}. ` +
        "If that run is over, and only then: `make recover FORCE=1`.",
    );
  }
  if (isEngine(lock.pid))
    throw new UserError(
      `Process ${lock.pid} is working on stack ${settings.stack} ${since}. Let it end, or stop it in good order: ` +
        `kill -INT ${lock.pid}`,
    );
}

/** True for a living process; where the system tells, only when it is not another program with the same number. */
function isEngine(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  const name = `/proc/${pid}/comm`;
  return !existsSync(name) || readFileSync(name, "utf8").includes("pulumi");
}

async function remove({ kubectl }: Cluster, object: LiveObject): Promise<void> {
  const ref = liveRef(object);
  const resource = (await kubectl.resourceName(object.apiVersion, object.kind)) ?? object.kind;
  await kubectl.text([
    "delete",
    resource,
    ref.name,
    ...(ref.namespace === "" ? [] : [`--namespace=${ref.namespace}`]),
    "--ignore-not-found",
    "--timeout=60s",
  ]);
}

function report({ stack }: Settings, findings: readonly Finding[], count: number): void {
  if (findings.length === 0) {
    say(`Stack ${stack}: state and cluster agree on ${count} objects; there was nothing to recover.`);
    return;
  }
  say(
    table(
      ["OBJECT", "NOW", "WHY"],
      findings.map(({ object, action, why }) => [object, action, why]),
    ),
  );
  say(`Stack ${stack} is recovered: ${count} objects looked at. \`make up\` goes on from here.`);
}
