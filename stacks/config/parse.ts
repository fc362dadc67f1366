/**
 * From given values to a StackConfig, or to a ConfigError with every problem of theirs: those of the
 * schema, those between keys and secrets that are stored in plain text.
 */
import { z } from "zod";
import { exampleOf, isLeaf } from "./example";
import { asSchema, docsOf, keysOf, schemaAt, unwrap } from "./field";
import { clean, Given } from "./given";
import { ConfigError, kindOf, showable, type Problem } from "./problem";
import { formatPath, removeCommand, setCommand, type Path } from "./property-path";
import { plainTextSecrets } from "./plain-text";
import { isMap, type RawConfig } from "./raw";
import { brokenRules } from "./rules";
import { configSchema, type ParsedConfig } from "./schema";
import { EncryptedValue, type Secret } from "./secret";
import { isTargetName } from "../targets";
import { nearest } from "./spelling";

type DeepReadonly<T> = T extends Secret
  ? T
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The configuration of one stack: checked, with every default filled in. */
export type StackConfig = DeepReadonly<ParsedConfig>;

export function parseConfig(raw: RawConfig): StackConfig {
  const { values, problems } = clean(raw.values);
  // Without a usable target, which is a problem of its own, the others are still worth reporting.
  const schema = configSchema(isTargetName(values.target) ? values.target : "minikube");
  const given = new Given(schema, values);
  const parsed = schema.safeParse(values);
  const all = [
    ...problems,
    ...(parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, schema, given, raw.secretKeys)),
    ...brokenRules(given),
    ...plainTextSecrets(schema, values, raw.secretKeys),
  ];
  if (parsed.success && all.length === 0) return parsed.data;
  throw new ConfigError(all);
}

type Issue = z.core.$ZodIssue;

function problemsOf(
  issue: Issue,
  schema: z.ZodType,
  given: Given,
  secretKeys: ReadonlySet<string>,
): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(schema, given, issue.path, key));
  }
  const { path } = issue;
  if (issue.code === "invalid_key") return [badName(schema, path)];
  const field = schemaAt(schema, path) ?? schema;
  const value = given.at(...path);
  return [
    {
      path,
      message: wrong(field, value),
      given: showable(schema, secretKeys, path, value),
      allowed: docsOf(field).allowed,
      fix: correction(field, path, value),
    },
  ];
}

function wrong(field: z.ZodType, value: unknown): string {
  const kind = unwrap(field);
  const expected = kind instanceof z.ZodArray ? "a list" : isLeaf(kind) ? "a value" : "a map";
  if (value === undefined) return "is required";
  if (value === null) return "is empty";
  if (value instanceof EncryptedValue) return "is encrypted in the stack's file, where only secrets may be";
  if (expected === "a map" && !isMap(value)) return `must be a map of further keys, not ${kindOf(value)}`;
  if (expected === "a list" && !Array.isArray(value)) return `must be a list, not ${kindOf(value)}`;
  if (expected === "a value" && typeof value === "object") return `must be one value, not ${kindOf(value)}`;
  return "is not allowed";
}

/** The command that puts an allowed value where a wrong one is, or nothing is. */
function correction(field: z.ZodType, path: Path, value: unknown): string {
  const kind = unwrap(field);
  const example = exampleOf(field, path);
  if (isLeaf(kind) || value === undefined) {
    const set = setCommand(example.path, { ...example });
    // Pulumi sets a key of a map that is there, so a map in the place of a value has to go first.
    return typeof value === "object" && value !== null && !(value instanceof EncryptedValue)
      ? `${removeCommand(path)} && ${set}`
      : set;
  }
  return kind instanceof z.ZodArray
    ? `${removeCommand(path)} && ${setCommand(example.path, { ...example })}`
    : removeCommand(path);
}

function unknownKey(schema: z.ZodType, given: Given, parent: Path, key: string): Problem {
  const path = [...parent, key];
  const owner = unwrap(schemaAt(schema, parent) ?? schema);
  const known = keysOf(owner);
  const fix = removeCommand(path);
  if (owner instanceof z.ZodDiscriminatedUnion && known.includes(key)) {
    const choice = [...parent, owner.def.discriminator];
    return { path, message: `has no meaning with ${formatPath(choice)} ${given.text(...choice)}`, fix };
  }
  const near = nearest(key, known);
  const message = `is not a key of the configuration${near === undefined ? "" : `; did you mean ${near}?`}`;
  return { path, message, allowed: known.join(", "), fix };
}

function badName(schema: z.ZodType, path: Path): Problem {
  const map = unwrap(schemaAt(schema, path.slice(0, -1)) ?? schema);
  const allowed = map instanceof z.ZodRecord ? docsOf(asSchema(map.def.keyType)).allowed : undefined;
  return { path, message: "has a name that is not allowed", allowed, fix: removeCommand(path) };
}
