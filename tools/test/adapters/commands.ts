/**
 * A suite of commands, each of them one test that passes when the command exits with 0.
 */
import { spawnSync } from "node:child_process";
import { type CommandOptions, run } from "../child";
import { findPython } from "../python";
import { failure, type TestRecord } from "../report";
import { findTool } from "../toolchain";

export interface CommandTest {
  /** What holds when the command succeeds. */
  readonly name: string;
  readonly command: readonly string[];
  /** A program without which the test is skipped, and how to get it. */
  readonly needs?: { readonly program: string; readonly install: string };
  /** The command is a module of the toolchain's Python, without which the test is skipped. @default false */
  readonly python?: boolean;
  /** A program of the toolchain whose arguments the command is; without it the test is skipped. */
  readonly tool?: string;
}

export async function runCommands(
  tests: readonly CommandTest[],
  options: CommandOptions,
): Promise<TestRecord[]> {
  const records: TestRecord[] = [];
  for (const test of tests) records.push(await runOne(test, options));
  return records;
}

async function runOne(test: CommandTest, options: CommandOptions): Promise<TestRecord> {
  const { needs } = test;
  const say = (line: string): void => {
    if (options.output !== "silent") console.log(line);
  };
  if (needs !== undefined && spawnSync(needs.program, ["--version"]).error !== undefined) {
    say(`- ${test.name}: skipped, ${needs.program} is not installed (${needs.install})`);
    return { name: test.name, outcome: "skipped" };
  }
  const python = test.python ? await findPython(options) : undefined;
  if (test.python && python === undefined) return { name: test.name, outcome: "skipped" };
  const tool = test.tool === undefined ? undefined : await findTool(test.tool, options);
  if (test.tool !== undefined && tool === undefined) return { name: test.name, outcome: "skipped" };
  const prefix = python !== undefined ? [python, "-m"] : tool !== undefined ? [tool] : [];
  const command = [...prefix, ...test.command];
  const started = Date.now();
  const problem = await run(command, options);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(`${problem === undefined ? "✓" : "✗"} ${test.name} (${seconds} s)`);
  return problem === undefined ? { name: test.name, outcome: "passed" } : failure(`${test.name}: ${problem}`);
}
