// One stack as the program sees it: its configuration, what it registers, and the Kubernetes objects in that.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { mergeRaw, parseConfig, readStackFile, type RawConfig, type StackConfig } from "../../stacks/config";
import { deploy } from "../../stacks/platform";
import { collect, type CollectOptions } from "../graph/collect";
import type { Graph } from "../graph/graph";
import { objectsOf, type KubernetesObject } from "../graph/objects";

const root = path.resolve(__dirname, "../..");

export interface RenderedStack {
  config: StackConfig;
  graph: Graph;
  objects: KubernetesObject[];
}

/** Runs the program for a stack, with the configuration file `overrides` merged over the stack's own. */
export async function renderStack(stack: string, overrides?: string): Promise<RenderedStack> {
  const own = readConfigFile(path.join(root, `Pulumi.${stack}.yaml`));
  const raw = overrides === undefined ? own : mergeRaw(own, readConfigFile(overrides));
  return renderConfig(stack, parseConfig(raw));
}

/** The same for a configuration at hand. */
export async function renderConfig(
  stack: string,
  config: StackConfig,
  options: CollectOptions = {},
): Promise<RenderedStack> {
  const graph = await collect(() => deploy(config), { ...options, stack });
  return { config, graph, objects: objectsOf(graph) };
}

function readConfigFile(file: string): RawConfig {
  return readStackFile(readFileSync(file, "utf8"));
}
