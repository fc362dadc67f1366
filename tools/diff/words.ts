// Words for what changed: values, fields, steps and totals as lines of text, safe to show anywhere.
import { text, type Plain } from "../graph/values";
import { isHidden, pathText, type Change, type Path } from "./changes";
import { changedLines } from "./lines";
import type { Action } from "./plan";
import type { ComponentStep, Total } from "./stack-diff";

/** How a line is meant, which each format shows in its own way. */
export type Tone = "add" | "remove" | "replace" | "danger" | "plain";

export interface Line {
  readonly tone: Tone;
  readonly text: string;
}

export type Titles = ReadonlyMap<string, string>;

const LONGEST_VALUE = 100;
const LONGEST_LINE = 140;
const MOST_LINES = 12;
const MOST_CHANGES = 12;

/** Control characters and those that turn the direction of text could make a line look like another one. */
export function clean(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\uFFFD");
}

function cut(line: string, most: number): string {
  return line.length <= most ? line : `${line.slice(0, most)}… (${line.length} characters)`;
}

export function valueText(value: Plain | undefined): string {
  if (value === undefined) return "(nothing)";
  return cut(isHidden(value) ? "(secret)" : JSON.stringify(value, hideInner), LONGEST_VALUE);
}

const hideInner = (_: string, value: Plain): Plain => (isHidden(value) ? "(secret)" : value);

const plain = (line: string): Line => ({ tone: "plain", text: clean(line) });

/** One field, in one line or, of a longer text, with the lines that changed in it. */
export function changeLines(change: Change, titles: Titles): Line[] {
  const { before, after, follows } = change;
  const name = pathText(change.path);
  if (follows.length > 0)
    return [plain(`${name}: follows ${follows.map((urn) => titles.get(urn) ?? urn).join(", ")}`)];
  if (isHidden(before) || isHidden(after))
    return [
      plain(
        `${name}: ${before === undefined ? "a new secret value" : after === undefined ? "the secret value is gone" : "another secret value"}`,
      ),
    ];
  if (isDigest(before) && isDigest(after)) return [plain(`${name}: derived from content, which changed`)];
  const [old, young] = [text(before), text(after)];
  if (before !== undefined && after !== undefined && (old.includes("\n") || young.includes("\n"))) {
    const lines = changedLines(old, young, 1).split("\n");
    const more = lines.length > MOST_LINES ? [`  ... and ${lines.length - MOST_LINES} more lines`] : [];
    return [
      plain(`${name}:`),
      ...[...lines.slice(0, MOST_LINES), ...more].map((line) => plain(`    ${cut(line, LONGEST_LINE)}`)),
    ];
  }
  return [plain(`${name}: ${valueText(before)} → ${valueText(after)}`)];
}

/** A checksum of content, such as `runsAgainWhen` has. */
const isDigest = (value: Plain | undefined): boolean => /^[0-9a-f]{16}$/.test(text(value));

const SIGNS: Readonly<Record<Action, { sign: string; tone: Tone; word: string }>> = {
  create: { sign: "+", tone: "add", word: "" },
  delete: { sign: "-", tone: "remove", word: "" },
  update: { sign: "~", tone: "plain", word: "" },
  replace: { sign: "!", tone: "replace", word: "replaced" },
  move: { sign: ">", tone: "plain", word: "has another URN and stays as it is" },
};

/** A step with its reasons below it. */
export function stepLines(step: ComponentStep, title: string, titles: Titles): Line[] {
  const { sign, tone, word } = SIGNS[step.action];
  const place = step.within.length === 0 ? "" : `  (in ${step.within.join(" › ")})`;
  const notes = [
    word + (step.action === "replace" && step.deleteFirst ? ", the old one first" : ""),
    rollOut(step),
  ];
  const named = [...notes, ...kept(step)].filter((note) => note !== "").join("; ");
  const danger = step.risks.length > 0 && step.action !== "update";
  const head: Line = {
    tone: danger ? "danger" : tone,
    text: clean(`${sign} ${title}${named === "" ? "" : `: ${named}`}${place}`),
  };
  const reasons: Line[] = [
    ...step.risks.map((risk): Line => ({ tone: "danger", text: `  ${clean(risk)}` })),
    ...goesWith(step).map((urn) => plain(`  goes before ${titles.get(urn) ?? urn}, which it uses`)),
    ...(step.otherProvider ? [plain("  is made by another provider")] : []),
  ];
  const replacing = new Set(step.replacing.map(pathText));
  const ordered = [...step.changes].sort(
    (one, other) => Number(isIn(replacing, other.path)) - Number(isIn(replacing, one.path)),
  );
  const details = ordered.slice(0, MOST_CHANGES).flatMap((change) =>
    changeLines(change, titles).map(({ tone: own, text: line }, at) => ({
      tone: own,
      text: `  ${at === 0 && isIn(replacing, change.path) ? "! " : "  "}${line}`,
    })),
  );
  const more = ordered.length - MOST_CHANGES;
  return [head, ...reasons, ...details, ...(more > 0 ? [plain(`    and ${more} more fields`)] : [])];
}

/** What has to go for a reason of its own needs no other. */
const goesWith = ({ goesWith: urns, replacing }: ComponentStep): readonly string[] =>
  replacing.length > 0 ? [] : urns;

const isIn = (paths: ReadonlySet<string>, path: Path): boolean => paths.has(pathText(path));

/** New pods take the place of the old ones when their template changes. */
function rollOut({ action, resource, changes }: ComponentStep): string {
  const rolls = /:(Deployment|StatefulSet|DaemonSet)$/.test(resource.type);
  const template = changes.some(({ path }) => path[0] === "spec" && path[1] === "template");
  return action === "update" && rolls && template ? "its pods are made anew" : "";
}

function kept({ action, resource, before }: ComponentStep): string[] {
  if (action === "delete" && before?.retainOnDelete === true) return ["it stays in the cluster"];
  if (action === "create" && resource.importId !== undefined) return ["adopts what is there"];
  return [];
}

/** `4.25 cores`, `12.5 GiB`, `9 pods` */
export function amount(value: number, unit: Total["unit"]): string {
  if (unit !== "bytes") return `${round(value)} ${unit}`;
  const [size, name] = value >= 2 ** 30 ? [2 ** 30, "GiB"] : [2 ** 20, "MiB"];
  return `${round(value / size)} ${name}`;
}

export function difference({ before, after, unit }: Total): string {
  const change = round(after) - round(before);
  if (change === 0) return "";
  return `${change > 0 ? "+" : "−"}${amount(Math.abs(after - before), unit)}`;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
