// The real servers and clients of the live tests, from the toolchain: built, installed or found.
import * as path from "node:path";
import { run } from "./processes";

const ensure = path.resolve(__dirname, "../../tools/toolchain/ensure");

/**
 * Paths of programs, in order. Where one cannot be had, the suite is skipped with a sentence that says why;
 * where every tool can be had (CI=true), that is a failure.
 */
export async function toolsOrSkip(suite: Mocha.Context, ...programs: string[]): Promise<string[]> {
  // The first build takes minutes, and what it prints is for whoever waits.
  suite.timeout(20 * 60_000);
  const { code, stdout, stderr } = await run(ensure, programs, { live: true });
  return code === 0 ? stdout.trim().split("\n") : cannotRun(suite, stderr);
}

/** Skips a suite that lacks something, in the last words of whoever could not get it; with CI=true it fails. */
export function cannotRun(suite: Mocha.Context, output: string): never {
  const sentence = `These tests cannot run: ${output.trim().split("\n").at(-1)}`;
  if (process.env.CI === "true") throw new Error(sentence);
  console.warn(`    ${sentence}`);
  return suite.skip();
}
