// Modules: where Go keeps the sources of those that a program of tools/toolchain is built from, for what they publish besides code.
import * as path from "node:path";
import { output } from "../stack/process";
import { root } from "../stack/settings";

/** The folder of a module, in the version that `tools/toolchain/PROGRAM` locks. */
export async function moduleFolder(program: string, module: string): Promise<string> {
  const printed = await output(["go", "mod", "download", "-json", module], {
    cwd: path.join(root, "tools/toolchain", program),
    env: { GOWORK: "off", GOFLAGS: "-mod=readonly" },
  });
  return (JSON.parse(printed) as { Dir: string }).Dir;
}
