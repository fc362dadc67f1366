// Two renderings of some stacks, made by the code of two commits, and the difference between them.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { objectsOf } from "../graph/objects";
import type { Rendering, Renderings } from "./render-here";
import { reportOf, type StackReport } from "./sections";
import { diffOf, NOTHING, withFacts, type RenderedGraph, type StackDiff } from "./stack-diff";
import { clean, type Line } from "./words";

const LIMIT_MINUTES = 5;

/** What is to be said of one stack: a difference, or why there is none. */
export type Outcome = { readonly stack: string; readonly diff: StackDiff } | Problem;

export interface Problem {
  readonly stack: string;
  readonly problem: string;
  /** Whether it is the base that can't be rendered, or the working tree. */
  readonly whose: "base" | "tree";
}

/** Renders stacks with the code of a folder. */
export async function renderIn(folder: string, stacks: readonly string[]): Promise<Renderings> {
  const scratch = mkdtempSync(path.join(tmpdir(), "mlops-platform-render-"));
  try {
    const file = path.join(scratch, "renderings.json");
    const script = path.join(__dirname, "render-here.ts");
    const problem = await ended(folder, ["--require", "ts-node/register", script, file, ...stacks]);
    if (problem !== undefined) return Object.fromEntries(stacks.map((stack) => [stack, { problem }]));
    return JSON.parse(readFileSync(file, "utf8")) as Renderings;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The last words of a program that failed. */
function ended(cwd: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT_MINUTES * 60_000);
    child.on("error", (error) => (said += error.message));
    child.on("close", (code) => {
      clearTimeout(limit);
      resolve(code === 0 ? undefined : said.trim() || `it ended with ${code ?? "a signal"}`);
    });
  });
}

export function outcomeOf(stack: string, before: Rendering, after: Rendering): Outcome {
  const tree = read(after);
  if ("problem" in tree) return { stack, problem: tree.problem, whose: "tree" };
  // What another commit rendered may have a shape that this one's code can't read.
  const base = read(before);
  if ("problem" in base) return { stack, problem: base.problem, whose: "base" };
  return { stack, diff: diffOf(stack, base, tree) };
}

function read(rendering: Rendering): RenderedGraph | { problem: string } {
  if ("problem" in rendering) return rendering;
  if ("absent" in rendering) return NOTHING;
  try {
    const { config, graph } = rendering;
    return withFacts({ config, graph, objects: objectsOf(graph) });
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The outcome as a reviewer reads it. */
export function describe(outcome: Outcome): StackReport {
  if ("diff" in outcome) return reportOf(outcome.diff);
  const what =
    outcome.whose === "base"
      ? "the base can't be rendered, so there is nothing to compare with"
      : "it can't be rendered";
  const lines = outcome.problem.split("\n").map((line): Line => ({ tone: "plain", text: clean(line) }));
  return {
    stack: outcome.stack,
    summary: what,
    dangers: [],
    sections: [{ title: "The message", summary: "", lines, folded: false }],
  };
}

/** What of the working tree can't be rendered. */
export function broken(outcomes: readonly Outcome[]): Problem[] {
  return outcomes.flatMap((outcome) => ("whose" in outcome && outcome.whose === "tree" ? [outcome] : []));
}

/** The code that FAIL_ON=data ends with when data is touched. */
const DATA_AT_RISK = 3;

export function exitCode(outcomes: readonly Outcome[], failOnData: boolean): number {
  if (broken(outcomes).length > 0) return 1;
  const risky = outcomes.some((outcome) => "diff" in outcome && outcome.diff.risks.length > 0);
  return failOnData && risky ? DATA_AT_RISK : 0;
}
