// Inventory: the objects in the cluster that carry the stack's labels, whatever the state says.
import type { Graph } from "../graph/graph";
import { isPlainObject, text } from "../graph/values";
import { ifAllowed, type Kubectl } from "./kubectl";
import { UserError } from "./process";
import { PROJECT, say } from "./settings";
import {
  groupOf,
  keyOf,
  liveRef,
  objectOf,
  type Deployment,
  type LiveObject,
  type StateResource,
} from "./state";

/** The labels that stacks/inventory.ts puts on everything. */
export const labelsOfStack = (stack: string): Record<string, string> => ({
  "app.kubernetes.io/part-of": PROJECT,
  "mlops-platform/stack": stack,
});

export interface Kind {
  apiVersion: string;
  kind: string;
}

/** The kinds of the objects that the stack has, was about to have, or would have. */
export function kindsOf(deployment: Deployment, graph: Pick<Graph, "resources">): Kind[] {
  const inState: readonly StateResource[] = [
    ...(deployment.resources ?? []),
    ...(deployment.pending_operations ?? []).map(({ resource }) => resource),
  ];
  const kinds = [...inState, ...graph.resources]
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => ({ apiVersion: text(inputs?.apiVersion), kind: text(inputs?.kind) }))
    .filter(({ kind }) => kind !== "");
  return [...new Map(kinds.map((kind) => [`${groupOf(kind.apiVersion)}/${kind.kind}`, kind])).values()];
}

/** Everything with the stack's labels that nothing else owns. */
export async function listInventory(
  kubectl: Kubectl,
  stack: string,
  kinds: readonly Kind[],
  namespaces: readonly string[],
): Promise<LiveObject[]> {
  const names = await Promise.all(
    kinds.map(({ apiVersion, kind }) => kubectl.resourceName(apiVersion, kind)),
  );
  const resources = names.filter((name) => name !== undefined).join(",");
  if (resources === "") return [];
  const labels = Object.entries(labelsOfStack(stack)).map(([key, value]) => `${key}=${value}`);
  const selector = `--selector=${labels.join(",")}`;
  const objects = await listEverywhere(kubectl, resources, selector, namespaces);
  return objects.filter(({ metadata }) => metadata.ownerReferences === undefined);
}

/** In all namespaces at once, or for a user who may not do that in each of the stack's. */
async function listEverywhere(
  kubectl: Kubectl,
  resources: string,
  selector: string,
  namespaces: readonly string[],
): Promise<LiveObject[]> {
  const all = await ifAllowed(kubectl.get([resources, "--all-namespaces", selector]));
  if (all !== undefined) return all;
  const lists = namespaces.map((namespace) => kubectl.get([resources, `--namespace=${namespace}`, selector]));
  return (await Promise.all(lists)).flat();
}

const POLL_MILLISECONDS = 1000;
const PATIENCE_SECONDS = 120;

/** The inventory without what is being deleted, once that is gone. */
export async function settledInventory(list: () => Promise<LiveObject[]>): Promise<LiveObject[]> {
  const until = Date.now() + PATIENCE_SECONDS * 1000;
  for (let told = false; ; told = true) {
    const objects = await list();
    const leaving = objects.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    if (leaving.length === 0) return objects;
    const names = leaving.map((object) => keyOf(liveRef(object))).join(", ");
    if (Date.now() > until)
      throw new UserError(
        `Still being deleted after ${PATIENCE_SECONDS} s: ${names}. Find out what holds it (its finalizers).`,
      );
    if (!told) say(`Waiting until ${leaving.length} objects are gone that are being deleted...`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/** Keys of the objects that the state has and the cluster does not. */
export async function absentObjects(
  kubectl: Kubectl,
  deployment: Deployment,
  inventory: readonly LiveObject[],
): Promise<Set<string>> {
  const seen = new Set(inventory.map((object) => keyOf(liveRef(object))));
  const doubtful = (deployment.resources ?? []).filter((resource) => {
    const ref = objectOf(resource);
    return ref !== undefined && resource.external !== true && !seen.has(keyOf(ref));
  });
  const absent = new Set<string>();
  for (const place of new Set(doubtful.map(placeOf))) {
    const there = doubtful.filter((resource) => placeOf(resource) === place);
    for (const key of await absentAmong(kubectl, there)) absent.add(key);
  }
  return absent;
}

function placeOf(resource: StateResource): string {
  const ref = objectOf(resource);
  return `${ref?.kind}.${ref?.group}/${ref?.namespace}`;
}

/** Of objects of one kind in one namespace. A label that somebody took away does not make an object absent. */
async function absentAmong(kubectl: Kubectl, resources: readonly StateResource[]): Promise<string[]> {
  const refs = resources.flatMap((resource) => objectOf(resource) ?? []);
  const [first] = refs;
  if (first === undefined) return [];
  const resource = await kubectl.resourceName(text(resources[0]?.inputs?.apiVersion), first.kind);
  const place = first.namespace === "" ? [] : [`--namespace=${first.namespace}`];
  const found =
    resource === undefined ? [] : await kubectl.get([resource, ...refs.map(({ name }) => name), ...place]);
  const there = new Set(found.map((object) => keyOf(liveRef(object))));
  return refs.map(keyOf).filter((key) => !there.has(key));
}

/** Every namespace that objects of the stack are in. */
export function namespacesOf(deployment: Deployment, graph: Pick<Graph, "resources">): string[] {
  const inState = [
    ...(deployment.resources ?? []),
    ...(deployment.pending_operations ?? []).map(({ resource }) => resource),
  ].map((resource) => objectOf(resource)?.namespace ?? "");
  const inProgram = graph.resources.map(({ outputs }) =>
    isPlainObject(outputs.metadata) ? text(outputs.metadata.namespace) : "",
  );
  return [...new Set([...inState, ...inProgram])].filter((namespace) => namespace !== "");
}
