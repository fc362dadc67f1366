// What tests of the contract have in common: the outputs of a stack as another program gets them.
import { type Platform, platform } from "../../../stacks/contract/client";
import type { PlainObject } from "../../../tools/graph/values";
import { run, type TestGraph } from "../../support/program";
import { both, platform as deployed } from "../stacks/setup";

export const STACK = "organization/mlops-platform/dev";

/** A consumer of every service. */
export const all = {
  ...both,
  bucket: { name: "irises", prefix: "raw", access: "read" },
  tracking: { experiments: ["irises"], models: ["iris"], access: "edit" },
  pods: { app: "iris" },
};

/** The outputs of a stack on which nearly everything runs. */
export const outputs = async (): Promise<PlainObject> =>
  (
    await deployed("minikube", {
      tracking: { host: "mlflow.example.com" },
      consumers: { iris: all, shop: { ...both, bucket: undefined, schema: "shop" } },
    })
  ).outputs;

/** Runs another program that refers to the stack; without outputs there is no such stack. */
export function consumer(
  program: (platform: Platform) => unknown,
  stackOutputs: PlainObject | undefined,
  preview = false,
): Promise<TestGraph> {
  return run(() => program(platform(STACK)), {
    project: "shop",
    preview,
    stackReferences: stackOutputs === undefined ? {} : { [STACK]: { outputs: stackOutputs } },
  });
}
