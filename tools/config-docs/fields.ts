/**
 * Walks the configuration's schema and lists its keys as the documentation shows them. A default that
 * differs between the targets is found by walking the schema of each.
 */
import { z } from "zod";
import { exampleOf, isLeaf, type Example } from "../../stacks/config/example";
import { asSchema, childrenAt, docsOf, keysOf, unwrap } from "../../stacks/config/field";
import type { Path } from "../../stacks/config/property-path";
import { configSchema } from "../../stacks/config/schema";
import { targetNames, targets, type TargetName } from "../../stacks/targets";

export interface Field {
  /** With `<bucket>` and the like in the place of names that the user chooses. */
  readonly key: string;
  readonly description: string;
  readonly allowed: string;
  readonly defaultText: string;
  readonly example: Example;
}

export interface Section {
  readonly key: string;
  readonly description: string;
  readonly fields: readonly Field[];
}

/** One section per top-level key. */
export function sections(): Section[] {
  const schema = configSchema(REFERENCE);
  return keysOf(schema).map((key) => {
    const field = child(schema, key);
    const defaults = new Map(targetNames.map((target) => [target, defaultsOn(target, key)]));
    const fields = walk(field, key, [key]).map((own) => ({
      ...own,
      defaultText: perTarget(
        targetNames.map((target) => [target, defaults.get(target)?.get(own.key) ?? "none"]),
      ),
    }));
    return { key, description: docsOf(field).description ?? "", fields };
  });
}

/** Targets differ in defaults alone, so that any of them has all keys. */
const REFERENCE = "minikube";

function defaultsOn(target: TargetName, key: string): Map<string, string> {
  const fields = walk(child(configSchema(target), key), key, [key]);
  return new Map(fields.map((field) => [field.key, field.defaultText]));
}

/** One text where it is everywhere the same. */
function perTarget(defaults: readonly (readonly [TargetName, string])[]): string {
  const [first] = defaults;
  if (first === undefined || defaults.every(([, text]) => text === first[1])) return first?.[1] ?? "";
  return defaults.map(([target, text]) => `${targets[target].title}: ${text}`).join(", ");
}

/** `inherited` is the part of an enclosing key's default that belongs to this one. */
function walk(field: z.ZodType, key: string, path: Path, inherited?: unknown): Field[] {
  const kind = unwrap(field);
  const given = defaultOf(field) ?? inherited;
  const own = describeField(field, key, path, given);
  if (isLeaf(kind) || kind instanceof z.ZodArray) return [own];
  const shown = docsOf(field).description !== undefined && path.length > 1 ? [own] : [];
  if (kind instanceof z.ZodRecord) {
    const { name, example } = docsOf(field).entry ?? { name: "name", example: "example" };
    return [...shown, ...walk(asSchema(kind.def.valueType), `${key}.<${name}>`, [...path, example])];
  }
  const { entry } = docsOf(field);
  if (entry) return [...shown, ...alike(kind, `${key}.<${entry.name}>`, path)];
  const below = keysOf(kind).flatMap((name) =>
    walk(child(kind, name), `${key}.${name}`, [...path, name], part(given, name)),
  );
  return [...shown, ...below];
}

/** The keys of things that differ in nothing but their defaults, once for all of them. */
function alike(kind: z.ZodType, key: string, path: Path): Field[] {
  const [first, ...others] = keysOf(kind).map((name) => ({
    name,
    fields: walk(child(kind, name), key, [...path, name]),
  }));
  return (first?.fields ?? []).map((field, index) => {
    const differing = others.flatMap(({ name, fields }) => {
      const own = fields[index]?.defaultText;
      return own === undefined || own === field.defaultText ? [] : [`for ${name} ${own}`];
    });
    return { ...field, defaultText: [field.defaultText, ...differing].join(", ") };
  });
}

function child(schema: z.ZodType, key: string): z.ZodType {
  const [found] = childrenAt(schema, key);
  if (!found) throw new Error(`the schema has no key ${key}`);
  return found;
}

function describeField(field: z.ZodType, key: string, path: Path, given: unknown): Field {
  const docs = docsOf(field);
  const kind = unwrap(field);
  const isMap = !isLeaf(kind) && !(kind instanceof z.ZodArray);
  return {
    key,
    description: docs.description ?? "",
    allowed: `${docs.secret ? "secret: " : ""}${isMap ? "a map" : (docs.allowed ?? "")}`,
    defaultText:
      docs.defaultText ??
      (isMap && !isOptional(field) ? "" : (textOf(given) ?? (isOptional(field) ? "none" : "required"))),
    example: exampleOf(field, path),
  };
}

const isOptional = (field: z.ZodType) => field instanceof z.ZodOptional;

function defaultOf(field: z.ZodType): unknown {
  return field instanceof z.ZodDefault ? field.def.defaultValue : undefined;
}

function part(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
  return value.length === 0 ? "none" : value.map(textOf).join(", ");
}
