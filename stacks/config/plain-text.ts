/**
 * Finds secrets that are stored in plain text, which Pulumi itself would let pass.
 */
import type { z } from "zod";
import { docsOf, schemaAt } from "./field";
import type { Problem } from "./problem";
import { setCommand, type Path } from "./property-path";
import { EncryptedValue } from "./secret";

export function plainTextSecrets(
  schema: z.ZodType,
  values: Readonly<Record<string, unknown>>,
  secretKeys: ReadonlySet<string>,
): Problem[] {
  return Object.entries(values).flatMap(([key, value]) => {
    // Pulumi says only which top-level keys hold a secret; a stack's file shows each value's own state.
    const seen = secretKeys.has(key) && !holdsEncrypted(value);
    return seen ? [] : plainTexts(schemaAt(schema, [key]), value, [key]);
  });
}

function holdsEncrypted(value: unknown): boolean {
  if (value instanceof EncryptedValue) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsEncrypted);
}

function plainTexts(field: z.ZodType | undefined, value: unknown, path: Path): Problem[] {
  if (field === undefined || value === null || value instanceof EncryptedValue) return [];
  const docs = docsOf(field);
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([key, item]) =>
      plainTexts(schemaAt(field, [key]), item, [...path, key]),
    );
  }
  if (docs.secret !== true) return [];
  return [
    {
      path,
      message: "is a secret, but is stored in plain text",
      fix: setCommand(path, { secret: true, file: docs.exampleFile }),
    },
  ];
}
