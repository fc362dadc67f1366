// examples/model-service beside a platform: what it registers where its platform's outputs are those of a stack.
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { mergeRaw, parseConfig, readStackFile } from "../../../stacks/config";
import { renderConfig, type RenderedStack } from "../../../tools/render/stack";
import { run, type TestGraph } from "../../support/program";
import type { StackName } from "../../support/stacks";
import { copied, root } from "./installed";

const STACK = "organization/mlops-platform/dev";

/** A stack of the platform whose file says what the example asks for, and perhaps more. */
export function platformOf(
  stack: StackName,
  values: Readonly<Record<string, unknown>> = {},
): Promise<RenderedStack> {
  const file = (name: string) => readStackFile(readFileSync(path.join(root, name), "utf8"));
  const own = mergeRaw(file(`Pulumi.${stack}.yaml`), file("examples/model-service/platform.yaml"));
  return renderConfig(stack, parseConfig(mergeRaw(own, { values, secretKeys: new Set() })));
}

/** What the example registers there. */
export function deployedOn(
  { config, graph }: RenderedStack,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestGraph> {
  copied("examples/iris");
  const entry = path.join(copied("examples/model-service"), "index.ts");
  return run(
    () => {
      const all = { platform: STACK, target: config.target, host: "flowers.example.com", ...settings };
      pulumi.runtime.setAllConfig(
        Object.fromEntries(Object.entries(all).map(([key, value]) => [`model-service:${key}`, value])),
      );
      // A program runs when it is loaded: each time anew.
      Reflect.deleteProperty(require.cache, require.resolve(entry));
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- As Pulumi does.
      return require(entry) as Record<string, unknown>;
    },
    { project: "model-service", stackReferences: { [STACK]: { outputs: graph.outputs } } },
  );
}
