// What a reviewer reads of a stack's difference, in the order of its weight, before any format: sections of lines.
import { isEmpty, titleOf, type ComponentStep, type ComponentSteps, type StackDiff } from "./stack-diff";
import type { Lists } from "./facts";
import { amount, changeLines, clean, difference, stepLines, type Line } from "./words";

export interface Section {
  readonly title: string;
  /** What can be seen without unfolding it. */
  readonly summary: string;
  readonly lines: readonly Line[];
  /** The format may fold it away. */
  readonly folded: boolean;
}

export interface StackReport {
  readonly stack: string;
  /** `2 added, 1 replaced`, or why there is nothing to show. */
  readonly summary: string;
  /** What touches data, one sentence each. */
  readonly dangers: readonly string[];
  readonly sections: readonly Section[];
}

export function reportOf(diff: StackDiff): StackReport {
  const risky = [...new Set(diff.risks.map(({ step }) => step))];
  const dangers = risky.map((step) => {
    const messages = diff.risks.filter((risk) => risk.step === step).map(({ message }) => message);
    return clean(`${titleOf(step.resource)} is ${VERBS[step.action]}: ${messages.join("; ")}`);
  });
  return {
    stack: diff.stack,
    summary: isEmpty(diff) ? "nothing changes" : countsText(diff),
    dangers,
    sections: [
      totalsSection(diff),
      listSection("Connections", diff.connections, "may newly reach", "may no longer reach"),
      listSection("Ways in from outside", diff.exposures, "opened", "closed"),
      listSection("Grants", diff.grants, "given", "taken away"),
      { ...listSection("Credentials", diff.credentials, "made", "revoked"), folded: true },
      outputsSection(diff),
      ...diff.components.map((component) => componentSection(component, diff)),
    ].filter(({ lines }) => lines.length > 0),
  };
}

const VERBS = {
  create: "added",
  update: "changed",
  replace: "replaced",
  delete: "removed",
  move: "moved",
} as const;

export function countsText({ counts }: Pick<StackDiff, "counts">): string {
  const words = (["create", "update", "replace", "delete", "move"] as const)
    .filter((action) => counts[action] > 0)
    .map((action) => `${counts[action]} ${VERBS[action]}`);
  return words.length === 0 ? "no resource changes" : words.join(", ");
}

function totalsSection({ totals }: StackDiff): Section {
  const changed = totals.filter((total) => difference(total) !== "");
  const width = Math.max(0, ...changed.map(({ name }) => name.length));
  return {
    title: "What it asks of the cluster",
    summary: changed.map((total) => `${total.name} ${difference(total)}`).join(", "),
    lines: changed.map((total): Line => {
      const { name, before, after, unit } = total;
      return {
        tone: "plain",
        text: `${name.padEnd(width)}  ${amount(before, unit)} → ${amount(after, unit)}  (${difference(total)})`,
      };
    }),
    folded: false,
  };
}

function listSection(title: string, { added, removed }: Lists, more: string, less: string): Section {
  const counts = [
    ...(added.length > 0 ? [`${added.length} ${more}`] : []),
    ...(removed.length > 0 ? [`${removed.length} ${less}`] : []),
  ];
  return {
    title,
    summary: counts.join(", "),
    lines: [
      ...added.map((line): Line => ({ tone: "add", text: clean(`+ ${line}`) })),
      ...removed.map((line): Line => ({ tone: "remove", text: clean(`- ${line}`) })),
    ],
    folded: false,
  };
}

function outputsSection({ outputs, titles }: StackDiff): Section {
  return {
    title: "What other programs are told",
    summary: `${outputs.length} ${outputs.length === 1 ? "output" : "outputs"}`,
    lines: outputs.flatMap((change) => changeLines(change, titles)),
    folded: false,
  };
}

function componentSection(component: ComponentSteps, diff: StackDiff): Section {
  const { name, type, steps } = component;
  const counts = { create: 0, update: 0, replace: 0, delete: 0, move: 0 };
  for (const { action } of steps) counts[action]++;
  const kind = type.slice(type.lastIndexOf(":") + 1);
  return {
    title: clean(kind === "" ? name : `${name} (${kind})`),
    summary: countsText({ counts }),
    lines: [
      ...steps
        .filter((step) => !isMinor(step))
        .flatMap((step) => stepLines(step, titleOf(step.resource), diff.titles)),
      ...minorLines(steps.filter(isMinor)),
    ],
    folded: true,
  };
}

/** What exists in the state alone, and comes or goes with what uses it. */
const isMinor = ({ action, resource, risks }: ComponentStep): boolean =>
  ["create", "delete"].includes(action) && !resource.type.startsWith("kubernetes:") && risks.length === 0;

function minorLines(steps: readonly ComponentStep[]): Line[] {
  const counts = new Map<string, number>();
  for (const { action, resource } of steps) {
    const kind = resource.type.slice(resource.type.lastIndexOf(":") + 1);
    const key = `${action === "create" ? "+" : "-"} ${kind}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, count]) => ({
      tone: key.startsWith("+") ? "add" : "remove",
      text: clean(count === 1 ? `${key} in the state` : `${key} in the state, ${count} of them`),
    }));
}
