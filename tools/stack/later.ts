// What waits for an operator: it brings its kinds, so that the cluster need not know them before.
import type { Graph } from "../graph/graph";
import { isPlainObject, text, type PlainObject } from "../graph/values";

/** Ends the URN of the Job that sees an operator installed. The Subscription beside it waits for nothing of the kind. */
const INSTALLED = /\bmlops:operators:Operator\$kubernetes:batch\/v1:Job::[^:]*$/;

/** URNs of everything that depends on such a Job, or on something that does. */
export function behindOperators({ resources }: Pick<Graph, "resources">): ReadonlySet<string> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const known = new Map<string, boolean>();
  const waits = (urn: string): boolean => {
    const before = known.get(urn);
    if (before !== undefined) return before;
    known.set(urn, false);
    const found = (byUrn.get(urn)?.dependencies ?? []).some((it) => INSTALLED.test(it) || waits(it));
    known.set(urn, found);
    return found;
  };
  return new Set(resources.map(({ urn }) => urn).filter(waits));
}

/** Operators that the stack waits for, and installed itself so far, by the names of their packages. */
export function givenUp({ resources }: Pick<Graph, "resources">, recorded: readonly PlainObject[]): string[] {
  const awaited = resources.filter(({ type }) => type === "mlops:operators:Operator").map(({ name }) => name);
  const installed = resources.flatMap(({ inputs }) => subscribed(inputs));
  return recorded.flatMap(subscribed).filter((name) => awaited.includes(name) && !installed.includes(name));
}

/** The operator that a Subscription is for. */
function subscribed({ kind, spec }: PlainObject): string[] {
  return kind === "Subscription" && isPlainObject(spec) ? [text(spec.name)] : [];
}
