/**
 * A suite of pytest: every test of one folder, in the Python environment of the toolchain.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type CommandOptions, projectRoot, run } from "../child";
import { findPython } from "../python";
import type { TestRecord } from "../report";
import { recordsOf } from "./events";

export async function runPytest(
  folder: string,
  options: Omit<CommandOptions, "cwd" | "environment">,
): Promise<TestRecord[]> {
  const python = await findPython(options);
  if (python === undefined)
    return [{ name: `the tests of ${folder} (no environment python-ml)`, outcome: "skipped" }];
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
