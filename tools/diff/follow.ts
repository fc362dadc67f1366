// What follows from a replacement: who uses the name, the id or a generated value of something that is made anew changes
// too, and may be replaced in turn.
import type { Graph, Resource } from "../graph/graph";
import { isPlainObject, type Plain, type PlainObject } from "../graph/values";
import { elementNames, segmentOf, type Change, type Path } from "./changes";
import { generatedBy } from "./labels";
import { needsTheName, replacingRule } from "./rules";

/** A step while it is still being worked out. */
export interface Draft {
  resource: Resource;
  before: Resource;
  changes: Change[];
  replacing: Path[];
  otherProvider: boolean;
  goesWith: string[];
}

export const isReplaced = ({ replacing, otherProvider, goesWith }: Draft): boolean =>
  replacing.length > 0 || otherProvider || goesWith.length > 0;

export function deletesFirst({ resource, before }: Draft): boolean {
  return resource.deleteBeforeReplace ?? needsTheName(resource, before);
}

/** The arguments of the explicit provider. */
export function providerOf({ provider }: Resource, { resources }: Graph): PlainObject {
  return resources.find(({ urn }) => urn === provider)?.inputs ?? {};
}

/**
 * A replaced resource has another uid, and another name or value where those are generated: who uses them changes too,
 * or is replaced in turn. What depends on something that goes first may have to go before it.
 */
export function followReplacements(drafts: readonly Draft[], base: Graph, after: Graph): void {
  const queue = drafts.filter(isReplaced);
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { urn } = next.resource;
    const tokens = [...generatedBy(next.resource).keys()];
    const first = deletesFirst(next) || next.goesWith.length > 0;
    for (const draft of drafts) {
      if (draft === next) continue;
      const was = isReplaced(draft);
      const rule = replacingRule(draft.resource, providerOf(draft.resource, after));
      for (const { path, value } of leavesOf(draft.resource.inputs)) {
        if (!tokens.some((token) => value.includes(token))) continue;
        if (!dependsOn(draft.resource.propertyDependencies, path, urn)) continue;
        noteFollowing(draft, path, urn, rule(path));
      }
      if (first && goesBefore(draft.before, next.before.urn, base)) draft.goesWith.push(urn);
      if (!was && isReplaced(draft)) queue.push(draft);
    }
  }
}

/** Notes in the outputs where the name of something that is made anew is told. */
export function followInOutputs(
  changes: Change[],
  outputs: PlainObject,
  replaced: readonly Resource[],
): void {
  for (const resource of replaced) {
    const tokens = [...generatedBy(resource).keys()];
    for (const { path, value } of leavesOf(outputs))
      if (tokens.some((token) => value.includes(token))) follow(changes, path, resource.urn);
  }
}

function noteFollowing(draft: Draft, path: Path, urn: string, replaces: boolean): void {
  const isNew = follow(draft.changes, path, urn);
  if (replaces && isNew) draft.replacing.push(path);
}

/** Notes that a field follows a replacement. True when nothing else had changed it. */
function follow(changes: Change[], path: Path, urn: string): boolean {
  const index = changes.findIndex((change) => change.path.join("\n") === path.join("\n"));
  const known = changes[index];
  if (known === undefined) changes.push({ path, before: undefined, after: undefined, follows: [urn] });
  else changes[index] = { ...known, follows: [...known.follows, urn] };
  return known === undefined;
}

function dependsOn(dependencies: Resource["propertyDependencies"], path: Path, urn: string): boolean {
  return (dependencies[path[0] ?? ""] ?? []).includes(urn);
}

/**
 * As the engine decides it: with the properties that use what goes away unknown, would the provider replace this one?
 */
function goesBefore(before: Resource, urn: string, base: Graph): boolean {
  const rule = replacingRule(before, providerOf(before, base));
  return Object.entries(before.propertyDependencies).some(
    ([property, urns]) => urns.includes(urn) && rule([property]),
  );
}

/** Every text in a value, by the same paths as changes have. */
function* leavesOf(value: Plain, path: Path = []): Generator<{ path: Path; value: string }> {
  if (typeof value === "string") yield { path, value };
  else if (Array.isArray(value)) {
    const names = elementNames(value);
    for (const [at, item] of value.entries()) yield* leavesOf(item, [...path, `[${names?.[at] ?? at}]`]);
  } else if (isPlainObject(value))
    for (const [name, item] of Object.entries(value)) yield* leavesOf(item, [...path, segmentOf(name)]);
}
