/**
 * Mocha's own live output, plus a file with one JSON line for every test planned and every test run,
 * written as it happens so that a crash loses nothing that came before it.
 */
import * as fs from "node:fs";
import Mocha from "mocha";
import type { TestEvent } from "./adapters/events";
import type { Outcome } from "./report";

export default class RecordingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { results } = (options.reporterOptions ?? {}) as { results?: string };
    if (results === undefined) throw new Error("this reporter needs --reporter-option results=FILE");

    const write = (event: TestEvent): void => {
      fs.appendFileSync(results, `${JSON.stringify(event)}\n`);
    };
    const record = (test: Mocha.Test | Mocha.Hook, outcome: Outcome, reason?: string): void => {
      write({ event: "ran", name: test.fullTitle(), outcome, reason, hook: test.type === "hook" });
    };
    runner.suite.eachTest((test) => {
      write({ event: "planned", name: test.fullTitle() });
    });
    runner.on("pass", (test) => record(test, "passed"));
    // What a test throws need not be an error.
    runner.on("fail", (test, error: unknown) =>
      record(test, "failed", error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
    runner.on("pending", (test) => record(test, "skipped"));
  }
}
