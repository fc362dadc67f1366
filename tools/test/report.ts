/**
 * What a suite reports, and how reports become the one line that ends a run: `N passed, N failed`.
 */
export type Outcome = "passed" | "failed" | "skipped";

/** One test, or one thing that went wrong with the suite itself, which counts as a failed test. */
export interface TestRecord {
  readonly name: string;
  readonly outcome: Outcome;
  /** Why it failed, in the words of what ran it. */
  readonly reason?: string;
}

const REASON_LINES = 25;
const REASON_COLUMNS = 400;

export interface SuiteReport {
  readonly suite: string;
  readonly records: readonly TestRecord[];
  readonly seconds: number;
}

export function failure(name: string): TestRecord {
  return { name, outcome: "failed" };
}

/**
 * The rules no suite can escape: a suite without a single test has failed, and where every tool can be
 * installed (`CI=true`) a skipped test has failed too.
 */
export function judged(records: readonly TestRecord[], skipsAllowed: boolean): readonly TestRecord[] {
  if (records.length === 0) return [failure("the suite ran no test")];
  if (skipsAllowed) return records;
  return records.map((record) =>
    record.outcome === "skipped" ? failure(`${record.name} (skipped, which CI=true does not allow)`) : record,
  );
}

/** The test's name, and below it why it failed, as far as a summary has room for it. */
export function withReason({ name, reason = "" }: TestRecord): string {
  const lines = reason.split("\n").filter((line) => line.trim() !== "");
  const shown = lines.slice(0, REASON_LINES).map((line) => line.slice(0, REASON_COLUMNS));
  if (lines.length > REASON_LINES) shown.push("...");
  return [name, ...shown.map((line) => `    ${line}`)].join("\n");
}

export function countLine(records: readonly TestRecord[]): string {
  const count = (outcome: Outcome): number => records.filter((record) => record.outcome === outcome).length;
  const skipped = count("skipped");
  const line = `${count("passed")} passed, ${count("failed")} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}
