// A difference as JSON, for programs: everything that the other formats show, and nothing secret.
import type { Plain } from "../graph/values";
import { isHidden, pathText, type Change } from "./changes";
import type { Outcome } from "./compare";
import { titleOf, type ComponentStep } from "./stack-diff";

export function jsonOf(base: string, outcomes: readonly Outcome[]): string {
  return `${JSON.stringify({ base, stacks: outcomes.map(stackOf) }, hideSecret, 2)}\n`;
}

const hideSecret = (_: string, value: Plain): Plain => (isHidden(value) ? "(secret)" : value);

function stackOf(outcome: Outcome): object {
  if (!("diff" in outcome)) return outcome;
  const { stack, counts, risks, totals, connections, exposures, grants, credentials, outputs, components } =
    outcome.diff;
  return {
    stack,
    counts,
    risks: risks.map(({ step, message }) => ({
      resource: titleOf(step.resource),
      action: step.action,
      message,
    })),
    totals,
    connections,
    exposures,
    grants,
    credentials,
    outputs: outputs.map(changeOf),
    components: components.map(({ name, type, steps }) => ({ name, type, steps: steps.map(stepOf) })),
  };
}

function stepOf(step: ComponentStep): object {
  const { action, resource, within, risks, deleteFirst, otherProvider, goesWith, replacing, changes } = step;
  return {
    action,
    resource: titleOf(resource),
    urn: resource.urn,
    within,
    risks,
    deleteFirst,
    otherProvider,
    goesWith,
    replacing: replacing.map(pathText),
    changes: changes.map(changeOf),
  };
}

/** A replacement elsewhere has no values here: they are known when it is done. */
function changeOf({ path, before, after, follows }: Change): object {
  return follows.length > 0 ? { path: pathText(path), follows } : { path: pathText(path), before, after };
}
