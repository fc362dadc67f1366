/**
 * What a suite reports, and how reports become the one line that ends a run: `N passed, N failed`.
 */
export type Outcome = "passed" | "failed" | "skipped";

/** One test, or one thing that went wrong with the suite itself, which counts as a failed test. */
export interface TestRecord {
  readonly name: string;
  readonly outcome: Outcome;
}

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

export function countLine(records: readonly TestRecord[]): string {
  const count = (outcome: Outcome): number => records.filter((record) => record.outcome === outcome).length;
  const skipped = count("skipped");
  const line = `${count("passed")} passed, ${count("failed")} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}
