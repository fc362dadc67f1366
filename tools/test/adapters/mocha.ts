/**
 * A suite of mocha tests: every `*.test.ts` under one folder, counted from the reporter's event file.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type CommandOptions, projectRoot, run } from "../child";
import type { ReporterEvent } from "../mocha-reporter";
import { failure, type TestRecord } from "../report";

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
    const events = fs.existsSync(results) ? parseEvents(fs.readFileSync(results, "utf8")) : [];
    return recordsOf(events, problem);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function parseEvents(text: string): ReporterEvent[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ReporterEvent);
}

/**
 * A planned test that never ran has failed, whatever stopped it: a hook, a crash, or a `process.exit(0)`
 * that made mocha look successful. A bad exit with no failed test to explain it is a failure of its own.
 */
function recordsOf(events: readonly ReporterEvent[], problem: string | undefined): TestRecord[] {
  const records: TestRecord[] = [];
  const waiting = new Map<string, number>();
  for (const event of events) {
    if (event.event === "planned") {
      waiting.set(event.name, (waiting.get(event.name) ?? 0) + 1);
    } else {
      records.push({ name: event.name, outcome: event.outcome });
      if (!event.hook) waiting.set(event.name, (waiting.get(event.name) ?? 0) - 1);
    }
  }
  for (const [name, count] of waiting) {
    for (let missing = count; missing > 0; missing--) records.push(failure(`${name} (never ran)`));
  }
  const explained = records.some((record) => record.outcome === "failed");
  if (problem !== undefined && !explained) records.push(failure(`the suite crashed: ${problem}`));
  return records;
}
