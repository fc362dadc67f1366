// Which resource of the base is which one of the working tree: by URN, or by an alias, as the engine pairs them.
import type { Alias, Graph, Resource } from "../graph/graph";
import { strings, isPlainObject, type Plain, type PlainObject } from "../graph/values";
import { SHORTEST } from "./labels";

export interface Pairs {
  /** Of a resource of the working tree: what it was in the base. */
  readonly before: ReadonlyMap<Resource, Resource>;
  /** What no resource of the working tree continues. */
  readonly gone: readonly Resource[];
}

const STACK_TYPE = "pulumi:pulumi:Stack";

interface Urn {
  readonly head: string;
  /** Types of the ancestors and its own, joined by `$`. */
  readonly chain: string;
  readonly name: string;
}

function parse(urn: string): Urn {
  const [scheme = "", project = "", chain = "", ...name] = urn.split("::");
  return { head: `${scheme}::${project}`, chain, name: name.join("::") };
}

function build(parent: string, type: string, name: string): string {
  const { head, chain } = parse(parent);
  return `${head}::${chain === STACK_TYPE || chain === "" ? type : `${chain}$${type}`}::${name}`;
}

/** The URN that an alias means. What it leaves out is as it is now. */
function urnOf(alias: Alias, resource: Resource, stack: string): string {
  if (typeof alias === "string") return alias;
  const parent = alias.noParent === true ? stack : (alias.parent ?? resource.parent ?? stack);
  return build(parent, alias.type ?? resource.type, alias.name ?? resource.name);
}

/** A child's URN below an earlier parent. A name that begins with the parent's begins with the earlier one's then. */
function inherited(child: Urn & { type: string }, parent: Urn, earlierParent: string): string {
  const earlier = parse(earlierParent);
  const name = child.name.startsWith(parent.name)
    ? earlier.name + child.name.slice(parent.name.length)
    : child.name;
  return build(earlierParent, child.type, name);
}

/** Pairs the resources of two graphs. What moved has the same generated name and values on both sides. */
export function align(before: Graph, after: Graph): { base: Graph; pairs: Pairs } {
  const base = withPlaceholdersOf(pair(before, after), before);
  return { base, pairs: pair(base, after) };
}

function pair(before: Graph, after: Graph): Pairs {
  const old = new Map(before.resources.map((resource) => [resource.urn, resource]));
  const stack = after.resources.find(({ type }) => type === STACK_TYPE)?.urn ?? "";
  const pairs = new Map<Resource, Resource>();
  const taken = new Set<string>();
  /** Where a resource was, if not where it is. */
  const moved = new Map<string, string>();
  for (const resource of parentsFirst(after)) {
    const own = { ...parse(resource.urn), type: resource.type };
    const aliases = resource.aliases.map((alias) => urnOf(alias, resource, stack));
    const candidates = [resource.urn, ...aliases];
    const earlierParent = moved.get(resource.parent ?? "");
    if (earlierParent !== undefined && resource.parent !== undefined) {
      const parent = parse(resource.parent);
      for (const urn of [resource.urn, ...aliases]) {
        const { name, chain, head } = parse(urn);
        const type = urn === resource.urn ? own.type : chain.slice(chain.lastIndexOf("$") + 1);
        candidates.push(inherited({ head, chain, name, type }, parent, earlierParent));
      }
    }
    const found = candidates.find((urn) => old.has(urn) && !taken.has(urn));
    const match = found === undefined ? undefined : old.get(found);
    if (match === undefined) continue;
    taken.add(match.urn);
    pairs.set(resource, match);
    if (match.urn !== resource.urn) moved.set(resource.urn, match.urn);
  }
  return { before: pairs, gone: before.resources.filter(({ urn }) => !taken.has(urn)) };
}

function parentsFirst({ resources }: Graph): Resource[] {
  const depth = ({ urn }: Resource): number => parse(urn).chain.split("$").length;
  const isStack = ({ type }: Resource): number => (type === STACK_TYPE ? 0 : 1);
  return [...resources].sort((one, other) => isStack(one) - isStack(other) || depth(one) - depth(other));
}

/**
 * The base with the placeholders of the working tree: a resource that moved keeps its generated name and values, and
 * here they are made from its URN.
 */
function withPlaceholdersOf(pairs: Pairs, before: Graph): Graph {
  const replacements = new Map<string, string>();
  for (const [resource, old] of pairs.before) {
    if (resource.urn === old.urn || !resource.custom) continue;
    const values = new Map([...strings(old.outputs)].map(({ path, text }) => [path, text]));
    const given = new Map([...strings(old.inputs)].map(({ path, text }) => [path, text]));
    for (const { path, text } of strings(resource.outputs)) {
      const earlier = values.get(path);
      if (earlier === undefined || earlier === text || given.get(path) === earlier) continue;
      if (earlier.length >= SHORTEST) replacements.set(earlier, text);
    }
  }
  if (replacements.size === 0) return before;
  const ordered = [...replacements].sort(([one], [other]) => other.length - one.length);
  const renew = (value: Plain): Plain => {
    if (typeof value === "string")
      return ordered.reduce((text, [earlier, now]) => text.replaceAll(earlier, now), value);
    if (Array.isArray(value)) return value.map(renew);
    return isPlainObject(value) ? renewAll(value) : value;
  };
  const renewAll = (value: PlainObject): PlainObject =>
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renew(item)]));
  return {
    ...before,
    outputs: renewAll(before.outputs),
    resources: before.resources.map((resource) => ({ ...resource, inputs: renewAll(resource.inputs) })),
  };
}
