// The stacks that this project ships, rendered once for all tests of a run.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { mergeRaw, parseConfig, readStackFile } from "../../stacks/config";
import { renderConfig, renderStack, type RenderedStack } from "../../tools/render/stack";

export const stackNames = ["dev", "prod"] as const;
export type StackName = (typeof stackNames)[number];

const rendered = new Map<StackName, Promise<RenderedStack>>();

export function stack(name: StackName): Promise<RenderedStack> {
  const known = rendered.get(name);
  if (known !== undefined) return known;
  const fresh = renderStack(name);
  rendered.set(name, fresh);
  return fresh;
}

/** One of the stacks, had its config said this as well. */
export function stackWith(
  name: StackName,
  values: Readonly<Record<string, unknown>>,
): Promise<RenderedStack> {
  const own = readStackFile(readFileSync(path.join(__dirname, `../../Pulumi.${name}.yaml`), "utf8"));
  return renderConfig(name, parseConfig(mergeRaw(own, { values, secretKeys: new Set() })));
}
