/**
 * The contract as JSON Schema, for programs in any language; and the versions of it that were released.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { CONTRACT_VERSION, contractSchema } from "../../stacks/contract/shape";
import type { PlainObject } from "../graph/values";

export const contractFolder = path.join(__dirname, "../../stacks/contract");

/** The shape as it is now. What a later platform adds is no mistake, so no field is forbidden. */
export function currentSchema(): PlainObject {
  const { $schema, ...schema } = JSON.parse(
    JSON.stringify(z.toJSONSchema(contractSchema, { io: "input" })),
  ) as PlainObject;
  return {
    $schema: $schema ?? null,
    title: `Contract of mlops-platform, version ${CONTRACT_VERSION}`,
    ...schema,
  };
}

export const schemaText = (schema: PlainObject): string => `${JSON.stringify(schema, undefined, 2)}\n`;

/** Where a released version is kept. */
export const releasedFile = (version: number, folder = contractFolder): string =>
  path.join(folder, "released", `${version}.json`);

/** What readers of a version rely on; nothing where it was never released. */
export function releasedSchema(version: number, folder = contractFolder): PlainObject | undefined {
  const file = releasedFile(version, folder);
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as PlainObject) : undefined;
}
