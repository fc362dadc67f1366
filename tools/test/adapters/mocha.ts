/**
 * A suite of mocha tests: every `*.test.ts` under one folder, counted from the reporter's event file.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type CommandOptions, projectRoot, run } from "../child";
import type { TestRecord } from "../report";
import { recordsOf } from "./events";

const mochaProgram = path.join(projectRoot, "node_modules/mocha/bin/mocha.js");
const reporter = path.join(projectRoot, "tools/test/mocha-reporter.ts");

export async function runMocha(folder: string, options: CommandOptions): Promise<TestRecord[]> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "mlops-platform-test-"));
  const results = path.join(scratch, "results.jsonl");
  try {
    const problem = await run(
      [
        process.execPath,
        mochaProgram,
        "--forbid-only",
        `--reporter=${reporter}`,
        `--reporter-option=results=${results}`,
        `${folder}/**/*.test.ts`,
      ],
      options,
    );
    return recordsOf(results, problem);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}
