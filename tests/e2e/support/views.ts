// What a test compares before and after: workloads, volumes, credentials, and what the state says there is.
import * as assert from "node:assert/strict";
import { text } from "../../../tools/graph/values";
import type { StateFile, StateResource } from "../../../tools/stack/state";
import { eventually } from "../../support/processes";
import type { Checkout } from "./checkout";
import { type Cluster, nameOf } from "./cluster";
import { ended } from "../../support/waiting";

/** How many objects the engine's summary counts, by what it did with them: `{ unchanged: 78 }`. */
export function changes(output: string): Record<string, number> {
  const [, block = ""] = /\nResources:\n((?: +.*\n)+)/.exec(output) ?? [];
  const found = [...block.matchAll(/^ +[-+~]* *(\d+) (\w+)/gm)];
  assert.notEqual(found.length, 0, `the engine printed no summary:\n${output}`);
  return Object.fromEntries(found.map(([, count, what]) => [what!, Number(count)] as const));
}

/** Deployments and StatefulSets with the pods that they ask for: two that differ have rolled out. */
export async function workloads(cluster: Cluster): Promise<Map<string, string>> {
  const objects = await cluster.list("deployments,statefulsets");
  return new Map(objects.map((object) => [nameOf(object), JSON.stringify(object.spec?.template)]));
}

/** Names whose value is another one now, or that came or went. */
export function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => before.get(name) !== after.get(name)).sort();
}

/** Deployments and StatefulSets that are not as they should be: their status by their name. */
export async function unready(cluster: Cluster): Promise<Map<string, string>> {
  const objects = await cluster.list("deployments,statefulsets");
  assert.notEqual(objects.length, 0, "the cluster has no workload");
  const found = objects.filter(({ metadata, spec, status }) => {
    return (
      status?.readyReplicas !== (spec?.replicas ?? 1) || status.observedGeneration !== metadata.generation
    );
  });
  return new Map(found.map((object) => [nameOf(object), JSON.stringify(object.status)]));
}

/**
 * Every workload is ready when a deployment has ended. Only where an autoscaler is may pods be on their way: it first looks
 * 15 s after it was made, and then adds to the one pod that a new Deployment starts with those of its minimum.
 */
export async function assertReady(cluster: Cluster): Promise<void> {
  const late = await unready(cluster);
  const autoscalers = await cluster.list("horizontalpodautoscalers");
  const scaled = autoscalers.map(({ metadata, spec }) => {
    return `${spec?.scaleTargetRef?.kind} ${metadata.namespace}/${spec?.scaleTargetRef?.name}`;
  });
  assert.deepEqual(
    [...late].filter(([name]) => !scaled.includes(name)),
    [],
  );
  await everythingReady(cluster);
}

/** Waits until every workload is ready. */
export async function everythingReady(cluster: Cluster): Promise<void> {
  let late = new Map<string, string>();
  await eventually(
    () => `all ready, but for ${[...late].join(", ")}`,
    async () => (late = await unready(cluster)).size === 0,
    60,
  );
}

/**
 * Watches how many replicas of a Deployment are available, from now until it is stopped; then returns every number that
 * there was. It stops when it has seen the Deployment as it then is.
 */
export async function watchAvailability(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<{ stop(): Promise<number[]> }> {
  const fields = "{.metadata.resourceVersion}/{.status.availableReplicas}{'\\n'}";
  const watch = ["--watch", "--output-watch-events=false", `--output=jsonpath=${fields}`];
  const child = cluster.begin(["get", "deployment", name, `--namespace=${namespace}`, ...watch]);
  const seen: { version: string; available: number }[] = [];
  ended(child).onLine((line) => {
    const [version = "", available] = line.split("/");
    seen.push({ version, available: Number(available) });
  });
  await eventually("the watch begins", () => seen.length > 0);
  return {
    stop: async () => {
      const { resourceVersion } = (await cluster.get("deployment", namespace, name)).metadata;
      await eventually("the watch has seen the last change", () =>
        seen.some(({ version }) => version === resourceVersion),
      );
      child.kill();
      return seen.map(({ available }) => available);
    },
  };
}

/** Uids of the volumes that are not being deleted. */
export async function volumes(cluster: Cluster, stack: string): Promise<Map<string, string>> {
  const claims = await cluster.list("persistentvolumeclaims", `--selector=mlops-platform/stack=${stack}`);
  const kept = claims.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return new Map(kept.map((claim) => [nameOf(claim), claim.metadata.uid]));
}

const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/** What random and tls generated and keep secret, by the resource's URN; a key has several forms. */
export function generatedSecrets({ deployment }: StateFile): Map<string, string[]> {
  const generated = (deployment.resources ?? []).filter(({ type }) => /^(random|tls):/.test(type));
  const secrets = generated.map(({ urn, outputs }) => {
    const revealed = Object.values(outputs ?? {}).filter(isRevealed);
    return [urn, revealed.map(({ plaintext }) => String(JSON.parse(plaintext)))] as const;
  });
  return new Map(secrets.filter(([, values]) => values.length > 0));
}

function isRevealed(value: unknown): value is { plaintext: string } {
  return typeof value === "object" && value !== null && SECRET_MARK in value && "plaintext" in value;
}

interface Checkpoint {
  readonly checkpoint: { readonly latest?: StateFile["deployment"] };
}

/** Objects that the state says exist, by `Kind namespace/name`; without those that it only changed, or read. */
export function recorded(checkout: Checkout, stack: string): string[] {
  const { checkpoint } = JSON.parse(checkout.stateText(stack)) as Checkpoint;
  const names = (checkpoint.latest?.resources ?? [])
    .filter(({ type }) => type.startsWith("kubernetes:") && !type.endsWith("Patch"))
    .filter(({ external }) => external !== true)
    .map((resource: StateResource) => `${text(resource.inputs?.kind)} ${resource.id ?? ""}`);
  return names.sort();
}

/** The label inventory is what the state has: no orphan, nothing lost. */
export async function assertNothingOrphaned(checkout: Checkout, stack: string): Promise<void> {
  const inventory = await checkout.cluster.inventory(stack);
  assert.deepEqual(inventory.map(nameOf).sort(), recorded(checkout, stack));
}
