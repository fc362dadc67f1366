/**
 * The Python of the tests: an environment of the toolchain, with everything that tests and checks need.
 */
import * as path from "node:path";
import { type CommandOptions, projectRoot, run } from "./child";

const ensure = path.join(projectRoot, "tools/toolchain/ensure");

/** The path of its interpreter. `undefined` where it can't be had; the toolchain has said why. */
export async function findPython(
  options: Pick<CommandOptions, "limitMinutes" | "output">,
): Promise<string | undefined> {
  let python = "";
  const missing = await run([ensure, "python-ml"], { ...options, output: (line) => (python = line) });
  if (missing === undefined) return python;
  if (options.output !== "silent") console.log("- skipped: the environment python-ml is missing (see above)");
  return undefined;
}
