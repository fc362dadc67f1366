/**
 * What the schema says about a key besides its type: the words and examples that the error messages and
 * docs/configuration.md are made of. Kept in a registry beside the zod schema, so that there is one source.
 */
import { z } from "zod";

export interface FieldDocs {
  /** What the key means, as a sentence. */
  description?: string;
  /** What a value may be, as a phrase that follows "allowed:". */
  allowed?: string;
  /** A value to show in the documentation and in the command that corrects a wrong one. */
  example?: string;
  /** The file whose content is the value, for values too long for a command line. */
  exampleFile?: string;
  /** The default in words, where it is not one value of the schema. */
  defaultText?: string;
  /** Must be stored with `--secret`; its value is never shown. */
  secret?: boolean;
  /** For maps: what a key is, and one to show. */
  entry?: { readonly name: string; readonly example: string };
}

const registry = z.registry<FieldDocs>();

/** Adds documentation to a schema, over what the schema it was made from says. */
export function describe<S extends z.ZodType>(schema: S, docs: FieldDocs): S {
  // zod keeps documentation with the instance, and one instance may serve as the type of several keys.
  const own = schema.clone();
  registry.add(own, { ...docsOf(schema), ...docs });
  return own;
}

/** The documentation of a schema, seen through defaults and other wrappers; the outermost word counts. */
export function docsOf(schema: z.ZodType): FieldDocs {
  const inner = unwrapOnce(schema);
  return { ...(inner && docsOf(inner)), ...registry.get(schema) };
}

/** The object, map, list or value inside optional, default and transforming wrappers. */
export function unwrap(schema: z.ZodType): z.ZodType {
  const inner = unwrapOnce(schema);
  return inner ? unwrap(inner) : schema;
}

function unwrapOnce(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return asSchema(schema.def.innerType);
  }
  if (schema instanceof z.ZodPipe) {
    const { in: from, out: to } = schema.def;
    return asSchema(from instanceof z.ZodTransform ? to : from);
  }
  return undefined;
}

/** zod types the inside of a wrapper more loosely than what this schema is made of. */
export function asSchema(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError("the configuration schema holds something that is not a zod type");
}

/** The schemas that a value's key may belong to: one for most, several for a choice between shapes. */
export function childrenAt(schema: z.ZodType, key: PropertyKey): z.ZodType[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    const shape: Record<PropertyKey, unknown> = inner.shape;
    return Object.hasOwn(shape, key) ? [asSchema(shape[key])] : [];
  }
  if (inner instanceof z.ZodRecord) return [asSchema(inner.def.valueType)];
  if (inner instanceof z.ZodArray) return [asSchema(inner.def.element)];
  if (inner instanceof z.ZodUnion)
    return inner.def.options.flatMap((option) => childrenAt(asSchema(option), key));
  return [];
}

/** The schema at a path, or nothing when no key leads there. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  for (const child of childrenAt(schema, key)) {
    const found = schemaAt(child, rest);
    if (found) return found;
  }
  return undefined;
}

/** The keys that an object of this schema may have; empty for maps, lists and values. */
export function keysOf(schema: z.ZodType): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return Object.keys(inner.shape);
  if (inner instanceof z.ZodUnion)
    return [...new Set(inner.def.options.flatMap((option) => keysOf(asSchema(option))))];
  return [];
}

/** Whether a secret may be found at or below this schema, so that no value there may be shown. */
export function holdsSecret(schema: z.ZodType): boolean {
  if (docsOf(schema).secret) return true;
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject)
    return Object.values(inner.shape).some((child) => holdsSecret(asSchema(child)));
  if (inner instanceof z.ZodRecord) return holdsSecret(asSchema(inner.def.valueType));
  if (inner instanceof z.ZodArray) return holdsSecret(asSchema(inner.def.element));
  if (inner instanceof z.ZodUnion) return inner.def.options.some((option) => holdsSecret(asSchema(option)));
  return false;
}
