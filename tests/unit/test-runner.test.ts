/**
 * The test runner counts honestly: whatever stops a test from running makes it a failed test. Real mocha
 * runs are made of small suites written into a scratch folder.
 */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runCommands } from "../../tools/test/adapters/commands";
import { runMocha } from "../../tools/test/adapters/mocha";
import type { TestRecord } from "../../tools/test/report";
import { chosen, runSuites, type RunResult, type Suite } from "../../tools/test/runner";
import { toolsOrSkip } from "../support/tools";

const silently = { limitMinutes: 1, output: "silent" } as const;

describe("the test runner", () => {
  let scratch: string;

  beforeEach(() => {
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), "mlops-platform-runner-"));
  });
  afterEach(() => {
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  async function recordsOf(code: string): Promise<string[]> {
    fs.writeFileSync(path.join(scratch, "example.test.ts"), code);
    const records = await runMocha(scratch, silently);
    return records.map(({ name, outcome }) => `${outcome}: ${name}`);
  }

  it("counts passed, failed and skipped tests", async () => {
    const records = await recordsOf(`
      describe("arithmetic", () => {
        it("adds", () => {});
        it("divides by zero", () => { throw new Error("no"); });
        it.skip("takes roots", () => {});
      });`);
    assert.deepEqual(records, [
      "passed: arithmetic adds",
      "failed: arithmetic divides by zero",
      "skipped: arithmetic takes roots",
    ]);
  });

  it("knows why a test failed, whatever it threw", async () => {
    fs.writeFileSync(
      path.join(scratch, "example.test.ts"),
      `it("compares", () => { require("node:assert").deepEqual([1], [2]); });
       it("throws a word", () => { throw "enough"; });
       it("passes", () => {});`,
    );
    const [compared, thrown, passed] = (await runMocha(scratch, silently)).map(({ reason }) => reason);
    assert.match(compared!, /AssertionError.*[^]*example\.test\.ts/);
    assert.match(thrown!, /enough/);
    assert.equal(passed, undefined);
  });

  it("counts the tests that a failed hook kept from running", async () => {
    const records = await recordsOf(`
      describe("server", () => {
        before(() => { throw new Error("does not start"); });
        it("answers", () => {});
        it("stops", () => {});
      });`);
    assert.deepEqual(records.slice(1), [
      "failed: server answers (never ran)",
      "failed: server stops (never ran)",
    ]);
    assert.match(records[0]!, /^failed: server "before all" hook/);
  });

  it("counts the tests after a process that exits as if all were well", async () => {
    const records = await recordsOf(`
      it("passes", () => {});
      it("exits", () => { process.exit(0); });
      it("comes later", () => {});`);
    assert.deepEqual(records, [
      "passed: passes",
      "failed: exits (never ran)",
      "failed: comes later (never ran)",
    ]);
  });

  it("reports a suite that crashes while it is loaded", async () => {
    const records = await recordsOf(`throw new Error("broken");`);
    assert.deepEqual(records, ["failed: the suite crashed: mocha.js ended with exit code 1"]);
  });

  it("refuses a suite narrowed down with .only", async () => {
    const [record] = await recordsOf(`it.only("runs alone", () => {}); it("is left out", () => {});`);
    assert.match(record!, /^failed: /);
  });

  it("counts a command as one test", async () => {
    const exit = (code: number): string[] => [process.execPath, "-e", `process.exit(${code})`];
    const records = await runCommands(
      [
        { name: "fine", command: exit(0) },
        { name: "broken", command: exit(3) },
        { name: "absent", command: ["no-such-program"] },
        { name: "optional", command: exit(0), needs: { program: "no-such-program", install: "nowhere" } },
      ],
      silently,
    );
    assert.deepEqual(
      records.map(({ outcome }) => outcome),
      ["passed", "failed", "failed", "skipped"],
    );
    assert.match(records[1]!.name, /exit code 3/);
    assert.match(records[2]!.name, /could not be started/);
  });

  it("counts a module of the toolchain's Python as one test", async function () {
    await toolsOrSkip(this, "python-ml");
    const script = path.join(scratch, "script.py");
    fs.writeFileSync(script, "import os\n");
    const records = await runCommands(
      [
        { name: "fine", command: ["py_compile", script], python: true },
        {
          name: "unused import",
          command: ["ruff", "check", "--isolated", "--no-cache", script],
          python: true,
        },
      ],
      silently,
    );
    assert.deepEqual(
      records.map(({ outcome }) => outcome),
      ["passed", "failed"],
    );
  });

  it("counts a program of the toolchain as one test, and skips one that there is not", async function () {
    await toolsOrSkip(this, "actionlint");
    const workflow = (name: string, run: string): string => {
      const file = path.join(scratch, name);
      const steps = `    steps:\n      - run: ${run}\n`;
      fs.writeFileSync(file, `on: push\njobs:\n  job:\n    runs-on: ubuntu-24.04\n${steps}`);
      return file;
    };
    const records = await runCommands(
      [
        { name: "fine", command: [workflow("fine.yml", "make")], tool: "actionlint" },
        { name: "broken", command: [workflow("broken.yml", "echo ${{ nothing.here }}")], tool: "actionlint" },
        { name: "absent", command: [], tool: "no-such-program" },
      ],
      silently,
    );
    assert.deepEqual(
      records.map(({ outcome }) => outcome),
      ["passed", "failed", "skipped"],
    );
  });

  it("ends a command that takes longer than its limit", async () => {
    const command = [process.execPath, "-e", "setTimeout(() => {}, 60000)"];
    const [record] = await runCommands([{ name: "slow", command }], { ...silently, limitMinutes: 0.005 });
    assert.match(record!.name, /was ended after 0.005 minutes/);
  });
});

describe("a run of several suites", () => {
  const suite = (name: string, ...records: TestRecord[]): Suite => ({
    name,
    run: () => Promise.resolve(records),
  });
  const passed: TestRecord = { name: "works", outcome: "passed" };
  const failed: TestRecord = { name: "breaks", outcome: "failed" };
  const skipped: TestRecord = { name: "waits", outcome: "skipped" };

  async function run(suites: Suite[], skipsAllowed = true): Promise<RunResult & { lines: string[] }> {
    const lines: string[] = [];
    const result = await runSuites(suites, { skipsAllowed, print: (line) => lines.push(line) });
    return { ...result, lines };
  }

  it("ends with one line that counts every test of every suite", async () => {
    const { succeeded, lines } = await run([suite("one", passed, passed), suite("two", passed, failed)]);
    assert.equal(succeeded, false);
    assert.equal(lines.at(-1), "3 passed, 1 failed");
    assert.ok(lines.includes("failed: two: breaks"));
  });

  it("says at the end why each failed test failed, and not at any length", async () => {
    const long = Array.from({ length: 100 }, (_, at) => `line ${at}`).join("\n");
    const { lines } = await run([
      suite("one", { ...failed, reason: "AssertionError: 1 is not 2\n    at sum.ts:3" }, passed),
      suite("two", { ...failed, reason: long }),
    ]);
    assert.ok(lines.includes("failed: one: breaks\n    AssertionError: 1 is not 2\n        at sum.ts:3"));
    const [second = ""] = lines.filter((line) => line.startsWith("failed: two"));
    assert.match(second, /^failed: two: breaks\n {4}line 0\n[^]*\n {4}line 24\n {4}\.\.\.$/);
    assert.equal(lines.at(-1), "1 passed, 2 failed");
  });

  it("mentions skipped tests only when there are any", async () => {
    assert.equal((await run([suite("one", passed)])).count, "1 passed, 0 failed");
    assert.equal((await run([suite("one", passed, skipped)])).count, "1 passed, 0 failed, 1 skipped");
  });

  it("succeeds with skipped tests, except where none may be skipped", async () => {
    assert.equal((await run([suite("one", passed, skipped)])).succeeded, true);
    const strict = await run([suite("one", passed, skipped)], false);
    assert.deepEqual([strict.succeeded, strict.count], [false, "1 passed, 1 failed"]);
  });

  it("fails when a suite runs no test", async () => {
    const { succeeded, count } = await run([suite("one", passed), suite("empty")]);
    assert.deepEqual([succeeded, count], [false, "1 passed, 1 failed"]);
  });

  it("goes on after a suite that cannot be run, and fails", async () => {
    const broken: Suite = { name: "broken", run: () => Promise.reject(new Error("no such tool")) };
    const { succeeded, count, lines } = await run([broken, suite("one", passed)]);
    assert.deepEqual([succeeded, count], [false, "1 passed, 1 failed"]);
    assert.ok(lines.includes("failed: broken: the suite could not be run: no such tool"));
  });

  it("begins with a suite that runs beside the others, and keeps those after it waiting for its end", async () => {
    const events: string[] = [];
    const timed = (name: string, more: Partial<Suite> = {}): Suite => ({
      name,
      ...more,
      run: async () => {
        events.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, more.beside ? 200 : 20));
        events.push(`${name} ends`);
        return [passed];
      },
    });
    const { lines } = await run([timed("short"), timed("long", { beside: true }), timed("last")]);
    assert.deepEqual(events, [
      ...["long begins", "short begins", "short ends"],
      ...["long ends", "last begins", "last ends"],
    ]);
    assert.deepEqual(
      lines.slice(lines.indexOf("\n=== summary") + 1, -1).map((line) => line.split(" ")[0]),
      ["short", "long", "last"],
    );
  });

  it("is of all suites but those that run on request, or of those that are named", () => {
    const suites: Suite[] = [
      suite("one", passed),
      { ...suite("long", passed), onRequest: true },
      suite("two", passed),
    ];
    const names = (...asked: string[]) => chosen(suites, asked).map(({ name }) => name);
    assert.deepEqual(names(), ["one", "two"]);
    assert.deepEqual(names("two", "long"), ["long", "two"]);
  });
});
