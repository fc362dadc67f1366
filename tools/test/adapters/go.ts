/**
 * A suite of Go tests: every package of one module, counted from what `go test -json` says.
 */
import { spawnSync } from "node:child_process";
import { type CommandOptions, run } from "../child";
import { failure, type Outcome, type TestRecord } from "../report";

/** One line of `go test -json`. */
interface GoEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly ImportPath?: string;
  readonly Test?: string;
  readonly Output?: string;
}

const outcomes: Readonly<Record<string, Outcome>> = { pass: "passed", fail: "failed", skip: "skipped" };

export async function runGo(folder: string, options: Omit<CommandOptions, "cwd">): Promise<TestRecord[]> {
  const say = (line: string): void => {
    if (options.output !== "silent") console.log(line);
  };
  if (spawnSync("go", ["version"]).error !== undefined) {
    say(`- skipped: Go is not installed (https://go.dev)`);
    return [{ name: `the Go tests of ${folder} (Go is not installed)`, outcome: "skipped" }];
  }
  const tests = new GoTests(say);
  const problem = await run(
    // The flags with which the toolchain builds, so that packages are compiled once for both.
    // Its own limit of ten minutes is for packages without control planes.
    [
      "go",
      "test",
      "-json",
      "-timeout=0",
      "-trimpath",
      "-mod=readonly",
      "-buildvcs=false",
      "-count=1",
      "./...",
    ],
    {
      ...options,
      cwd: folder,
      environment: { ...options.environment, CGO_ENABLED: "0", GOWORK: "off" },
      output: (line) => tests.read(line),
    },
  );
  return tests.records(problem);
}

/** What the lines add up to. */
class GoTests {
  private readonly ended: TestRecord[] = [];
  /** Output of each test under way, shown when it fails. */
  private readonly waiting = new Map<string, string[]>();

  constructor(private readonly say: (line: string) => void) {}

  read(line: string): void {
    const event = parse(line);
    // Go itself has something to say, such as which module it downloads.
    if (event === undefined) this.say(line);
    else if (event.Test !== undefined) this.test(event, nameOf(event));
    else this.package(event);
  }

  /** A test that began and never ended has failed, and so has a run that ended badly without a failed test. */
  records(problem: string | undefined): TestRecord[] {
    const unfinished = [...this.waiting.keys()].map((name) => failure(`${name} (never ended)`));
    const records = [...this.ended, ...unfinished];
    const explained = records.some(({ outcome }) => outcome === "failed");
    return problem === undefined || explained
      ? records
      : [...records, failure(`the suite crashed: ${problem}`)];
  }

  private test({ Action, Output = "" }: GoEvent, name: string): void {
    const outcome = outcomes[Action];
    if (Action === "run") this.waiting.set(name, []);
    else if (outcome === undefined) this.waiting.get(name)?.push(Output.trimEnd());
    else {
      const printed = (this.waiting.get(name) ?? []).join("\n");
      if (outcome === "failed") this.say(printed);
      this.waiting.delete(name);
      this.ended.push({ name, outcome, ...(outcome === "failed" ? { reason: printed } : {}) });
    }
  }

  /** A package that fails without a failed test was not compiled, or ended in the middle. */
  private package({ Action, Package = "", Output = "" }: GoEvent): void {
    if (Action === "build-output" || (Action === "output" && /^(ok|FAIL|panic)\b/.test(Output)))
      this.say(Output.trimEnd());
    const own = (name: string): boolean => name.startsWith(`${Package}: `);
    const explained = this.ended.some(({ name, outcome }) => outcome === "failed" && own(name));
    if (Action === "fail" && !explained && ![...this.waiting.keys()].some(own))
      this.ended.push(failure(`the package ${Package}`));
  }
}

function nameOf({ Package = "", Test = "" }: GoEvent): string {
  return `${Package}: ${Test}`;
}

function parse(line: string): GoEvent | undefined {
  try {
    return JSON.parse(line) as GoEvent;
  } catch {
    return undefined;
  }
}
