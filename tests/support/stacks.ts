// The stacks that this project ships, rendered once for all tests of a run.
import { renderStack, type RenderedStack } from "../../tools/render/stack";

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
