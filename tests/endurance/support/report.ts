// Report: what each event cost whom, as a table at the end of the run, and as JSON for docs/reliability.md.
import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { root } from "../../../tools/stack/settings";
import { table } from "../../../tools/stack/table";
import type { Seen } from "./crew";

interface Cost {
  readonly sent: number;
  readonly failed: number;
  /** How often something was wrong, by what it was. */
  readonly failures: Readonly<Record<string, number>>;
  /** The longest time without a right answer, in seconds. */
  readonly silence: number;
  /** Milliseconds within which 99 of 100 right answers came. */
  readonly p99: number;
}

export interface Row {
  readonly event: string;
  /** Until everything was as it is to be. */
  readonly seconds: number;
  readonly cost: Readonly<Record<string, Cost>>;
}

const rows: Row[] = [];

const FILE = path.join(root, "rendered", "endurance.json");

/** Notes what an event cost those who used the platform meanwhile. */
export function note(event: string, seconds: number, seen: Seen): void {
  const cost = Object.entries(seen).map(([name, result]) => {
    const { sent, failed, failures, silence } = result;
    const p99 = Math.round(result.percentile(0.99)) || 0;
    return [name, { sent, failed, failures, silence: rounded(silence), p99 }] as const;
  });
  rows.push({ event, seconds: rounded(seconds), cost: Object.fromEntries(cost) });
  // At once: what was seen before a run was ended is worth something, too.
  mkdirSync(path.dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(rows, null, 2)}\n`);
}

const rounded = (seconds: number): number => Math.round(seconds * 10) / 10;

/** For each event: the seconds it took, and for each who used the platform `failed of sent, longest silence`. */
function printed(): string {
  const names = [...new Set(rows.flatMap(({ cost }) => Object.keys(cost)))];
  const lines = rows.map(({ event, seconds, cost }) => [
    event,
    seconds.toFixed(1),
    ...names.map((name) => {
      const own = cost[name];
      return own === undefined ? "" : `${own.failed} of ${own.sent}, ${own.silence.toFixed(1)} s`;
    }),
  ]);
  return table(["EVENT", "SECONDS", ...names], lines);
}

// Of the whole run, since this is outside of any suite.
after(() => {
  if (rows.length === 0) return;
  console.log(`\nFailed requests, and the longest time without an answer (${path.relative(root, FILE)}):\n`);
  console.log(printed());
});
