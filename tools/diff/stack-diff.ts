// The difference between two renderings of a stack: the plan by component, the risks, and what follows from it all.
import type { Graph, Resource } from "../graph/graph";
import { at, text } from "../graph/values";
import type { Requests } from "../render/budget";
import type { RenderedStack } from "../render/stack";
import type { Change } from "./changes";
import { factsOf, listsBetween, type Facts, type Lists } from "./facts";
import { planOf, type Action, type Step } from "./plan";
import { risksOf, type Risk } from "./risks";

export interface ComponentSteps {
  /** The component that the program itself made, `stack` for what it made without one. */
  readonly name: string;
  readonly type: string;
  readonly steps: readonly ComponentStep[];
}

export interface ComponentStep extends Step {
  /** The components between the program's own one and this resource. */
  readonly within: readonly string[];
  readonly risks: readonly string[];
}

export interface Total {
  readonly name: string;
  readonly unit: "cores" | "bytes" | "pods";
  readonly before: number;
  readonly after: number;
}

export interface StackDiff {
  readonly stack: string;
  readonly counts: Readonly<Record<Action, number>>;
  readonly risks: readonly Risk[];
  readonly totals: readonly Total[];
  readonly connections: Lists;
  readonly exposures: Lists;
  readonly grants: Lists;
  readonly credentials: Lists;
  readonly outputs: readonly Change[];
  readonly components: readonly ComponentSteps[];
  /** Names of resources by URN, for what follows from another one. */
  readonly titles: ReadonlyMap<string, string>;
}

/** A stack that is not in the base yet. */
export const NOTHING: RenderedGraph = {
  graph: { resources: [], outputs: {}, secretOutputs: [], generatedSecrets: [] },
  facts: undefined,
};

/** A graph with its facts, which a graph without a configuration has none of. */
export interface RenderedGraph {
  readonly graph: Graph;
  readonly facts: Facts | undefined;
}

export function withFacts(rendered: RenderedStack): RenderedGraph {
  return { graph: rendered.graph, facts: factsOf(rendered) };
}

export function diffOf(stack: string, before: RenderedGraph, after: RenderedGraph): StackDiff {
  const { steps, outputs } = planOf(before.graph, after.graph);
  const risks = risksOf(steps, before.graph);
  const counts: Record<Action, number> = { create: 0, update: 0, replace: 0, delete: 0, move: 0 };
  for (const { action } of steps) counts[action]++;
  const lists = (pick: (facts: Facts) => readonly string[]): Lists =>
    listsBetween(listOf(before.facts, pick), listOf(after.facts, pick));
  return {
    stack,
    counts,
    risks,
    totals: totalsOf(before.facts, after.facts),
    connections: lists(({ connections }) => connections),
    exposures: lists(({ exposures }) => exposures),
    grants: lists(({ grants }) => grants),
    credentials: lists(({ credentials }) => credentials),
    outputs,
    components: byComponent(steps, risks, before.graph, after.graph),
    titles: new Map(
      [...before.graph.resources, ...after.graph.resources].map((resource) => [
        resource.urn,
        titleOf(resource),
      ]),
    ),
  };
}

const listOf = (facts: Facts | undefined, pick: (facts: Facts) => readonly string[]): readonly string[] =>
  facts === undefined ? [] : pick(facts);

/** True when nothing at all would change. */
export function isEmpty(diff: StackDiff): boolean {
  return (
    Object.values(diff.counts).every((count) => count === 0) &&
    diff.outputs.length === 0 &&
    [diff.connections, diff.exposures, diff.grants].every(
      ({ added, removed }) => added.length + removed.length === 0,
    )
  );
}

function totalsOf(before: Facts | undefined, after: Facts | undefined): Total[] {
  const total = (name: string, unit: Total["unit"], pick: (facts: Facts) => number): Total => ({
    name,
    unit,
    before: before === undefined ? 0 : pick(before),
    after: after === undefined ? 0 : pick(after),
  });
  const requests = (pick: (facts: Facts) => Requests, which: keyof Requests) => (facts: Facts) =>
    pick(facts)[which];
  const running = ({ budget }: Facts): Requests => budget.running;
  const most = ({ budget }: Facts): Requests => budget.most;
  const job = ({ budget }: Facts): Requests => budget.largestJob;
  return [
    total("CPU requested", "cores", requests(running, "cpu")),
    total("CPU requested at most", "cores", requests(most, "cpu")),
    total("memory requested", "bytes", requests(running, "memory")),
    total("memory requested at most", "bytes", requests(most, "memory")),
    total("storage", "bytes", requests(running, "storage")),
    total("replicas", "pods", ({ budget }) => budget.replicas.running),
    total("replicas at most", "pods", ({ budget }) => budget.replicas.most),
    total("CPU of the largest Job", "cores", requests(job, "cpu")),
    total("memory of the largest Job", "bytes", requests(job, "memory")),
  ];
}

function byComponent(
  steps: readonly Step[],
  risks: readonly Risk[],
  before: Graph,
  after: Graph,
): ComponentSteps[] {
  const sides = { before: byUrn(before), after: byUrn(after) };
  const groups = new Map<string, { name: string; type: string; steps: ComponentStep[] }>();
  for (const step of steps) {
    const known = step.action === "delete" ? sides.before : sides.after;
    const [top, ...inner] = ancestors(step.resource, known);
    const key = top === undefined ? "" : `${top.name} ${top.type}`;
    const group = groups.get(key) ?? { name: top?.name ?? "stack", type: top?.type ?? "", steps: [] };
    groups.set(key, group);
    group.steps.push({
      ...step,
      within: inner.map(({ name }) => name),
      risks: risks.filter((risk) => risk.step === step).map(({ message }) => message),
    });
  }
  const order: Action[] = ["delete", "replace", "create", "update", "move"];
  for (const { steps: all } of groups.values())
    all.sort(
      (one, other) =>
        order.indexOf(one.action) - order.indexOf(other.action) ||
        compare(titleOf(one.resource), titleOf(other.resource)),
    );
  return [...groups.values()].sort((one, other) => compare(one.name, other.name));
}

const byUrn = ({ resources }: Graph): Map<string, Resource> =>
  new Map(resources.map((resource) => [resource.urn, resource]));

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** The components around a resource, outermost first. The stack is none. */
function ancestors({ parent }: Resource, known: ReadonlyMap<string, Resource>): Resource[] {
  const above = known.get(parent ?? "");
  if (above === undefined || above.parent === undefined) return [];
  return [...ancestors(above, known), above];
}

/** `Deployment mlops/iris-api`; of what has a generated name, the logical one. */
export function titleOf({ type, name, id, inputs }: Resource): string {
  const kind = type.slice(type.lastIndexOf(":") + 1);
  if (!type.startsWith("kubernetes:")) return `${kind} ${name}`;
  if (text(at(inputs, "metadata", "name")) !== "") return `${kind} ${id}`;
  const namespace = text(at(inputs, "metadata", "namespace"));
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}
