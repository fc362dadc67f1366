// Configurations to parse, and what is wrong with them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { ConfigError, parseConfig, type RawConfig, type StackConfig } from "../../../stacks/config";

export const given = (values: Record<string, unknown>, ...secretKeys: string[]): RawConfig => ({
  values: { target: "minikube", ...values },
  secretKeys: new Set(secretKeys),
});
export const parse = (values: Record<string, unknown>, ...secretKeys: string[]): StackConfig =>
  parseConfig(given(values, ...secretKeys));

/** The error that a configuration is refused with. */
export function errorOf(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError, `not a ConfigError: ${inspect(error)}`);
    return error;
  }
  return assert.fail("the configuration was accepted");
}

/** The whole text of the refusal. */
export const report = (values: Record<string, unknown>, ...secretKeys: string[]): string =>
  errorOf(() => parse(values, ...secretKeys)).message;
/** The text of each of its problems. */
export const problems = (values: Record<string, unknown>, ...secretKeys: string[]): string[] =>
  report(values, ...secretKeys)
    .split("\n\n")
    .slice(1);

export const keys = { accessKeyId: "an-id", secretAccessKey: "hunter2-the-key" };
export const externalStore = {
  url: "https://s3.example.com",
  credentials: { "model-registry": keys, mlflow: keys },
};
export const certificate = readFileSync(join(__dirname, "../fixtures/ca.pem"), "utf8");
