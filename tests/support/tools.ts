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
  if (code === 0) return stdout.trim().split("\n");

  const sentence = `These tests cannot run: ${stderr.trim().split("\n").at(-1)}`;
  if (process.env.CI === "true") throw new Error(sentence);
  console.warn(`    ${sentence}`);
  return suite.skip();
}
