// `render-here.ts FILE STACK...`: renders stacks with the code of the folder that it is started in, which may be another
// commit's than this file's, and writes what came of it as JSON.
import { existsSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { StackConfig } from "../../stacks/config";
import type { Graph } from "../graph/graph";

/** What came of one stack. */
export type Rendering =
  | { readonly config: StackConfig; readonly graph: Graph }
  | { readonly problem: string }
  /** There is no such stack here. */
  | { readonly absent: true };

export type Renderings = Readonly<Record<string, Rendering>>;

/** The part of tools/render/stack.ts that every commit since that file has. */
interface Renderer {
  renderStack(stack: string): Promise<{ config: StackConfig; graph: Graph }>;
}

async function main([file = "", ...stacks]: readonly string[]): Promise<void> {
  const renderings: Record<string, Rendering> = {};
  for (const stack of stacks) renderings[stack] = await render(stack);
  writeFileSync(file, JSON.stringify(renderings));
}

async function render(stack: string): Promise<Rendering> {
  if (!existsSync(`Pulumi.${stack}.yaml`)) return { absent: true };
  try {
    const renderer = (await import(path.resolve("tools/render/stack"))) as Renderer;
    const { config, graph } = await renderer.renderStack(stack);
    return { config, graph };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

if (require.main === module) void main(process.argv.slice(2));
