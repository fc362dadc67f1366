// `make diff BASE=origin/main`: what the working tree would change in a stack, compared with another commit: without
// cluster, state, passphrase or any other credential.
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { UsageError } from "../render/options";
import { findBase, withCheckout } from "./base";
import { broken, describe, exitCode, outcomeOf, renderIn, type Outcome } from "./compare";
import { jsonOf } from "./json";
import { markdownOf } from "./markdown";
import { parseOptions, type Format } from "./options";
import { textOf } from "./text";

const root = path.resolve(__dirname, "../..");

async function main(): Promise<number> {
  const { base: name, stacks, outputs, failOnData } = parseOptions(process.argv.slice(2), root);
  const base = findBase(root, name);
  const [before, after] = await withCheckout(root, base, (folder) =>
    Promise.all([renderIn(folder, stacks), renderIn(root, stacks)]),
  );
  const outcomes = stacks.map((stack) =>
    outcomeOf(stack, before[stack] ?? { absent: true }, after[stack] ?? { absent: true }),
  );
  for (const { format, file } of outputs) {
    const colors = file === undefined && process.stdout.isTTY && (process.env.NO_COLOR ?? "") === "";
    const text = formatted(format, base.title, outcomes, colors);
    if (file === undefined) process.stdout.write(text);
    else writeFileSync(file, text);
  }
  for (const { stack, problem } of broken(outcomes))
    console.error(`diff: ${stack} can't be rendered: ${problem}`);
  return exitCode(outcomes, failOnData);
}

function formatted(format: Format, base: string, outcomes: readonly Outcome[], colors: boolean): string {
  if (format === "json") return jsonOf(base, outcomes);
  const report = { base, stacks: outcomes.map(describe) };
  return format === "markdown" ? markdownOf(report) : textOf(report, colors);
}

main()
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    console.error(error instanceof UsageError ? `diff: ${error.message}` : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  });
