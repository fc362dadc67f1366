/**
 * The Python of the tests: an environment of the toolchain, with everything that tests and checks need.
 */
import type { CommandOptions } from "./child";
import { findTool } from "./toolchain";

/** The path of its interpreter. `undefined` where it can't be had; the toolchain has said why. */
export function findPython(
  options: Pick<CommandOptions, "limitMinutes" | "output">,
): Promise<string | undefined> {
  return findTool("python-ml", options);
}
