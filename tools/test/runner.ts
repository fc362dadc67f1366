/**
 * Runs suites one after another, some beside the others, and ends with one line that counts every test of every suite.
 */
import { countLine, failure, judged, type SuiteReport, type TestRecord, withReason } from "./report";

export interface Suite {
  readonly name: string;
  /** Left out unless it is named: it takes longer than anybody waits for all of them. */
  readonly onRequest?: boolean;
  /** Begins with the first suite, since it waits more than it works. Those after it in the table begin when it has ended. */
  readonly beside?: boolean;
  run(): Promise<readonly TestRecord[]>;
}

export interface RunResult {
  readonly succeeded: boolean;
  /** The line that counts every test: `N passed, N failed`. */
  readonly count: string;
}

/** The suites of these names, in the order of the table; without names, all but those on request. */
export function chosen(suites: readonly Suite[], names: readonly string[]): readonly Suite[] {
  return suites.filter(({ name, onRequest = false }) =>
    names.length === 0 ? !onRequest : names.includes(name),
  );
}

/** Runs and prints. */
export async function runSuites(
  suites: readonly Suite[],
  options: { readonly skipsAllowed: boolean; readonly print?: (line: string) => void },
): Promise<RunResult> {
  const print = options.print ?? console.log;
  const report = async (suite: Suite): Promise<SuiteReport> => {
    print(`\n=== ${suite.name}`);
    const started = Date.now();
    const records = judged(await recordsOf(suite), options.skipsAllowed);
    return { suite: suite.name, records, seconds: (Date.now() - started) / 1000 };
  };
  const underWay = new Map(suites.filter(({ beside }) => beside).map((suite) => [suite, report(suite)]));
  const reports: SuiteReport[] = [];
  for (const suite of suites) reports.push(await (underWay.get(suite) ?? report(suite)));
  printSummary(reports, print);

  const records = reports.flatMap((report) => report.records);
  const count = countLine(records);
  print(count);
  return { succeeded: records.every(({ outcome }) => outcome !== "failed"), count };
}

/** Fewer suites than asked for must never look like success: a broken adapter is a failed test. */
async function recordsOf(suite: Suite): Promise<readonly TestRecord[]> {
  try {
    return await suite.run();
  } catch (error) {
    return [failure(`the suite could not be run: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

function printSummary(reports: readonly SuiteReport[], print: (line: string) => void): void {
  print("\n=== summary");
  const width = Math.max(...reports.map(({ suite }) => suite.length));
  for (const { suite, records, seconds } of reports) {
    print(`${suite.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s  ${countLine(records)}`);
  }
  for (const outcome of ["skipped", "failed"] as const) {
    for (const { suite, records } of reports) {
      for (const record of records.filter((each) => each.outcome === outcome)) {
        print(`${outcome}: ${suite}: ${withReason(record)}`);
      }
    }
  }
}
