/**
 * Programs of the toolchain that suites and checks start.
 */
import * as path from "node:path";
import { type CommandOptions, projectRoot, run } from "./child";

const ensure = path.join(projectRoot, "tools/toolchain/ensure");

/** The path of a program, built or installed when it is missing. `undefined` where it can't be had. */
export async function findTool(
  program: string,
  options: Pick<CommandOptions, "limitMinutes" | "output">,
): Promise<string | undefined> {
  let found = "";
  const missing = await run([ensure, program], { ...options, output: (line) => (found = line) });
  if (missing === undefined) return found;
  // The toolchain has said why.
  if (options.output !== "silent") console.log(`- skipped: ${program} is missing (see above)`);
  return undefined;
}
