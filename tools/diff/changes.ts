// Two property values side by side: which fields changed, by their paths. Secrets are compared without being kept.
import { createHmac, randomBytes } from "node:crypto";
import { isSecretPath } from "../graph/graph";
import { isPlainObject, text, type Plain, type PlainObject } from "../graph/values";
import { quantity } from "../render/budget";

/** Keys from the root: `spec`, `containers`, and of a list's element `[name]` or `[0]`. */
export type Path = readonly string[];

export interface Change {
  readonly path: Path;
  /** Undefined: it was not there. */
  readonly before: Plain | undefined;
  /** Undefined: it is gone. */
  readonly after: Plain | undefined;
  /** URNs of the resources that are made anew, where that alone gives this field another value. */
  readonly follows: readonly string[];
}

/** Stands in a value for one that was secret: equal for equal secrets within this run, and nothing else is known of it. */
const HIDDEN = "\u0000secret ";
const key = randomBytes(32);

export function isHidden(value: Plain | undefined): boolean {
  return typeof value === "string" && value.startsWith(HIDDEN);
}

/** The value with nothing secret left in it. Below a secret path everything is secret. */
export function hideSecrets(value: PlainObject, secretPaths: readonly string[]): PlainObject {
  const hide = (inner: Plain, path: string): Plain => {
    if (inner !== null && isSecretPath(secretPaths, path)) return hidden(inner);
    if (Array.isArray(inner)) return inner.map((item, at) => hide(item, `${path}[${at}]`));
    if (!isPlainObject(inner)) return inner;
    const entries = Object.entries(inner).map(([name, item]): [string, Plain] => [
      name,
      hide(item, path === "" ? name : `${path}.${name}`),
    ]);
    return Object.fromEntries(entries);
  };
  const result = hide(value, "");
  return isPlainObject(result) ? result : {};
}

/** Of a structure its keys stay visible: which key of a Secret changed is no secret. */
function hidden(value: Plain): Plain {
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hidden(item)]));
  return HIDDEN + createHmac("sha256", key).update(JSON.stringify(value)).digest("hex");
}

/** The fields in which two values differ. */
export function changesBetween(before: PlainObject, after: PlainObject): Change[] {
  const found: Change[] = [];
  compare(before, after, [], found);
  return found;
}

function compare(before: Plain | undefined, after: Plain | undefined, path: Path, found: Change[]): void {
  const [old, young] = [before ?? undefined, after ?? undefined];
  if (isPlainObject(old) && isPlainObject(young)) {
    for (const name of new Set([...Object.keys(old), ...Object.keys(young)]))
      compare(old[name], young[name], [...path, segmentOf(name)], found);
    return;
  }
  if (Array.isArray(old) && Array.isArray(young)) {
    compareLists(old, young, path, found);
    return;
  }
  if (!isSame(old, young, path)) found.push({ path, before: old, after: young, follows: [] });
}

function compareLists(before: Plain[], after: Plain[], path: Path, found: Change[]): void {
  const [names, newNames] = [elementNames(before), elementNames(after)];
  if (names === undefined || newNames === undefined) {
    // An order or a length that changes gives every later element another index, which says nothing.
    if (before.length !== after.length && [...before, ...after].every((item) => !isStructure(item))) {
      found.push({ path, before, after, follows: [] });
      return;
    }
    for (let at = 0; at < Math.max(before.length, after.length); at++)
      compare(before[at], after[at], [...path, `[${at}]`], found);
    return;
  }
  for (const name of new Set([...names, ...newNames]))
    compare(before[names.indexOf(name)], after[newNames.indexOf(name)], [...path, `[${name}]`], found);
  const kept = names.filter((name) => newNames.includes(name));
  const keptNow = newNames.filter((name) => names.includes(name));
  if (kept.join("\n") !== keptNow.join("\n"))
    found.push({ path: [...path, "(order)"], before: kept, after: keptNow, follows: [] });
}

/** Elements that all have a name of their own are the same ones wherever they stand: containers, variables, volumes. */
export function elementNames(list: readonly Plain[]): string[] | undefined {
  const names = list.map((item) => (isPlainObject(item) ? text(item.name) : ""));
  return names.includes("") || new Set(names).size < names.length ? undefined : names;
}

const QUANTITIES = ["requests", "limits", "capacity", "sizeLimit", "hard", "min", "max", "default"];
/** Below these, keys have no meaning to Kubernetes, and programs read the very text. */
const TEXTS = ["data", "stringData", "binaryData", "metadata"];

const isQuantity = (path: Path): boolean =>
  path.some((part) => QUANTITIES.includes(part)) && !path.some((part) => TEXTS.includes(part));

/** Numbers and quantities are the same however they are written. */
function isSame(before: Plain | undefined, after: Plain | undefined, path: Path): boolean {
  if (before === after) return true;
  if (isStructure(before) || isStructure(after)) return JSON.stringify(before) === JSON.stringify(after);
  if (before === undefined || after === undefined || !isQuantity(path)) return false;
  const [one, other] = [numberOf(before), numberOf(after)];
  return one !== undefined && one === other;
}

function numberOf(value: Plain): number | undefined {
  try {
    return quantity(value);
  } catch {
    return undefined;
  }
}

const isStructure = (value: Plain | undefined): boolean => typeof value === "object" && value !== null;

/** A key as a part of a path. What would look like a path itself is quoted. */
export function segmentOf(name: string): string {
  return /[.[\]"\s]/.test(name) || name === "" ? `["${name}"]` : name;
}

/** `spec.template.spec.containers[web].image` */
export function pathText(path: Path): string {
  return path.map((part, at) => (at === 0 || part.startsWith("[") ? part : `.${part}`)).join("");
}

/** Reads what `ignoreChanges` and `replaceOnChanges` say; `*` stands for any key there. */
export function parsePath(written: string): Path {
  return [...written.matchAll(/\["([^"]*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) => {
    if (quoted !== undefined) return segmentOf(quoted);
    return index === undefined ? segmentOf(name ?? "") : index === "*" ? "*" : `[${index}]`;
  });
}

/** True for a path that is `above` or lies below it. */
export function isWithin(path: Path, above: Path): boolean {
  return above.length <= path.length && above.every((part, at) => part === "*" || part === path[at]);
}
