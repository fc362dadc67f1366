// What waits for an operator of the stack: the operator brings its kinds, so that the cluster need not know them before.
import type { Graph } from "../graph/graph";

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
