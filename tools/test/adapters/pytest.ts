/**
 * A suite of pytest: every test of one folder, in the Python environment of the toolchain.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type CommandOptions, projectRoot, run } from "../child";
import type { TestRecord } from "../report";
import { recordsOf } from "./events";

const ensure = path.join(projectRoot, "tools/toolchain/ensure");

export async function runPytest(
  folder: string,
  options: Omit<CommandOptions, "cwd" | "environment">,
): Promise<TestRecord[]> {
  let python = "";
  const missing = await run([ensure, "python-ml"], { ...options, output: (line) => (python = line) });
  if (missing !== undefined) {
    if (options.output !== "silent")
      console.log("- skipped: the environment python-ml is missing (see above)");
    return [{ name: `the tests of ${folder} (no environment python-ml)`, outcome: "skipped" }];
  }
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "mlops-platform-test-"));
  const results = path.join(scratch, "results.jsonl");
  try {
    const problem = await run([python, "-m", "pytest", "-p", "pytest_recorder", `--results=${results}`], {
      ...options,
      cwd: folder,
      environment: { PYTHONPATH: path.join(projectRoot, "tools/test"), PYTHONDONTWRITEBYTECODE: "1" },
    });
    return recordsOf(results, problem);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}
