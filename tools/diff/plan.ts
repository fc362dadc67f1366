// What the engine would do to get from one graph to the other: create, update, replace, delete, and what follows from
// a replacement elsewhere.
import type { Graph, Resource } from "../graph/graph";
import { kubernetesKind } from "../graph/providers";
import type { PlainObject } from "../graph/values";
import { changesBetween, hideSecrets, isWithin, parsePath, type Change, type Path } from "./changes";
import {
  deletesFirst,
  followInOutputs,
  followReplacements,
  isReplaced,
  providerOf,
  type Draft,
} from "./follow";
import { Labels } from "./labels";
import { align } from "./match";
import { replacingRule } from "./rules";

export type Action = "create" | "update" | "replace" | "delete" | "move";

export interface Step {
  readonly action: Action;
  /** As it is to be; of what is deleted, as it was. */
  readonly resource: Resource;
  readonly before: Resource | undefined;
  readonly changes: readonly Change[];
  /** The fields that make it a replacement. */
  readonly replacing: readonly Path[];
  /** Another provider makes another object, whatever its fields say. */
  readonly otherProvider: boolean;
  /** The old one goes before the new one comes. */
  readonly deleteFirst: boolean;
  /** URNs of what has to go first, where it is replaced for that alone. */
  readonly goesWith: readonly string[];
}

export interface Plan {
  /** In no order. */
  readonly steps: readonly Step[];
  /** What other programs are told differently. */
  readonly outputs: readonly Change[];
}

/** The steps for everything that the stack manages. Components are not among them: they do nothing. */
export function planOf(before: Graph, after: Graph): Plan {
  const { base, pairs } = align(before, after);
  const plain: Step[] = [];
  const drafts: Draft[] = [];
  for (const resource of after.resources.filter(isManaged)) {
    const old = pairs.before.get(resource);
    if (old === undefined || !isManaged(old)) plain.push(plainStep("create", resource));
    else drafts.push(draftOf(resource, old, after, pairs.before));
  }
  for (const resource of pairs.gone.filter(isManaged)) plain.push(plainStep("delete", resource));
  followReplacements(drafts, base, after);
  const outputs = changesBetween(outputsOf(base), outputsOf(after));
  followInOutputs(
    outputs,
    after.outputs,
    drafts.filter(isReplaced).map(({ resource }) => resource),
  );
  const labels = { before: new Labels(base), after: new Labels(after) };
  return {
    steps: [...plain, ...drafts.flatMap((draft) => stepOf(draft, labels))],
    outputs: labelled(outputs, labels),
  };
}

const outputsOf = ({ outputs, secretOutputs }: Graph): PlainObject => hideSecrets(outputs, secretOutputs);

const isManaged = ({ custom, read }: Resource): boolean => custom && !read;

function plainStep(action: "create" | "delete", resource: Resource): Step {
  return {
    action,
    resource,
    before: action === "delete" ? resource : undefined,
    changes: [],
    replacing: [],
    otherProvider: false,
    deleteFirst: false,
    goesWith: [],
  };
}

function draftOf(
  resource: Resource,
  before: Resource,
  after: Graph,
  pairs: ReadonlyMap<Resource, Resource>,
): Draft {
  const ignored = resource.ignoreChanges.map(parsePath);
  const changes = changesBetween(shown(before), shown(resource)).filter(
    ({ path }) => !ignored.some((field) => isWithin(path, field)),
  );
  const replaces = replacingRule(resource, providerOf(resource, after));
  const provider = after.resources.find(({ urn }) => urn === resource.provider);
  const earlier = provider === undefined ? undefined : pairs.get(provider)?.urn;
  return {
    resource,
    before,
    changes,
    replacing: changes.map(({ path }) => path).filter(replaces),
    otherProvider: before.provider !== resource.provider && before.provider !== earlier,
    goesWith: [],
  };
}

/** Inputs without secrets. All that a Secret holds is secret, whether the program says so or not. */
export function shown({ inputs, secretInputs }: Resource): PlainObject {
  const contents = kubernetesKind(inputs) === "Secret" ? ["data", "stringData"] : [];
  return hideSecrets(inputs, [...secretInputs, ...contents]);
}

interface BothLabels {
  readonly before: Labels;
  readonly after: Labels;
}

function labelled(changes: readonly Change[], labels: BothLabels): Change[] {
  return changes.map((change) => ({
    ...change,
    before: labels.before.of(change.before),
    after: labels.after.of(change.after),
  }));
}

function stepOf(draft: Draft, labels: BothLabels): Step[] {
  const { resource, before } = draft;
  const changes = labelled(draft.changes, labels);
  const rest = {
    resource,
    before,
    changes,
    replacing: draft.replacing,
    otherProvider: draft.otherProvider,
    goesWith: draft.goesWith,
  };
  if (isReplaced(draft))
    return [{ action: "replace", deleteFirst: deletesFirst(draft) || draft.goesWith.length > 0, ...rest }];
  if (changes.length > 0) return [{ action: "update", deleteFirst: false, ...rest }];
  if (resource.urn !== before.urn) return [{ action: "move", deleteFirst: false, ...rest }];
  return [];
}
