/**
 * Examples of keys and values, for the commands that correct a problem and for docs/configuration.md.
 */
import { z } from "zod";
import { childrenAt, docsOf, keysOf, unwrap } from "./field";
import type { Path } from "./property-path";

/** Whether a schema takes a single value, rather than a map or a list. */
export function isLeaf(kind: z.ZodType): boolean {
  return keysOf(kind).length === 0 && childrenAt(kind, 0).length === 0;
}

export interface Example {
  readonly path: Path;
  readonly value?: string;
  readonly file?: string;
  readonly secret: boolean;
}

/** A path at or under a field that takes a single value, with a value for it. */
export function exampleOf(field: z.ZodType, path: Path): Example {
  const kind = unwrap(field);
  const docs = docsOf(field);
  const [key] = keysOf(kind);
  const below =
    kind instanceof z.ZodArray ? 0 : kind instanceof z.ZodRecord ? (docs.entry?.example ?? "example") : key;
  const child = below === undefined ? undefined : childrenAt(kind, below)[0];
  if (below !== undefined && child) {
    const found = exampleOf(child, [...path, below]);
    return { ...found, value: docs.example ?? found.value };
  }
  return { path, value: docs.example, file: docs.exampleFile, secret: docs.secret ?? false };
}
