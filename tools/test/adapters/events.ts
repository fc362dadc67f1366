/**
 * What a runner's plugin writes while it runs, so that a crash loses nothing that came before it: a file with one JSON
 * line for every test planned and every test run.
 */
import * as fs from "node:fs";
import { failure, type TestRecord } from "../report";

/** One line of the file. A hook is whatever runs, and may fail, without being a planned test. */
export type TestEvent =
  | { readonly event: "planned"; readonly name: string }
  | ({ readonly event: "ran"; readonly hook: boolean } & TestRecord);

/**
 * A planned test that never ran has failed, whatever stopped it: a hook, a crash, or a `process.exit(0)`
 * that made the run look successful. A bad exit with no failed test to explain it is a failure of its own.
 */
export function recordsOf(file: string, problem: string | undefined): TestRecord[] {
  const records: TestRecord[] = [];
  const waiting = new Map<string, number>();
  for (const event of eventsIn(file)) {
    if (event.event === "planned") {
      waiting.set(event.name, (waiting.get(event.name) ?? 0) + 1);
    } else {
      const { name, outcome, reason } = event;
      records.push({ name, outcome, reason });
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

function eventsIn(file: string): TestEvent[] {
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TestEvent);
}
