/**
 * `make contract`: writes down the contract as readers may rely on it from now on. Under a version that was released
 * already that is possible only while nothing in it breaks them.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { PlainObject } from "../graph/values";
import { breaks } from "./breaks";
import { report } from "./report";
import { contractFolder, releasedFile, releasedSchema, schemaText } from "./schema";

export interface Release {
  readonly version: number;
  readonly schema: PlainObject;
  /** Whoever runs it says that changed descriptions mean what they meant. */
  readonly reworded: boolean;
}

/** Returns what was done, or throws what stands against it. */
export function release({ version, schema, reworded }: Release, folder = contractFolder): string {
  const released = releasedSchema(version, folder);
  const file = releasedFile(version, folder);
  if (released !== undefined) {
    const standing = breaks(released, schema).filter(({ kind }) => !(reworded && kind === "meaning"));
    if (standing.length > 0) throw new Error(report(standing));
    if (schemaText(released) === schemaText(schema)) return `Version ${version} is released as it is.`;
  }
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, schemaText(schema));
  const what = released === undefined ? "Released" : "Released what is new in";
  return `${what} version ${version} of the contract: commit stacks/contract/released/${version}.json.`;
}
