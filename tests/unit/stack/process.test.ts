// How programs are run at the terminal: what they end with, and what is left of them.
import * as assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { capture, live } from "../../../tools/stack/process";
import { isRunning } from "../../support/waiting";

const onInterrupt = (): void => assert.fail("nobody asked it to stop");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "process-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script that leaves a program of its own behind; returns its exit code and whether that program is still there. */
async function run(end: string): Promise<{ code: number; left: boolean }> {
  const file = path.join(folder, "pid");
  // A group of its own is what the engine gives each of its plugins.
  const script = `set -m; sleep 60 & echo $! > ${file}; ${end}`;
  const code = await live(["bash", "-c", script], { onInterrupt });
  return { code, left: isRunning(Number(readFileSync(file, "utf8"))) };
}

// Only Linux tells which processes belong to a session.
if (process.platform === "linux")
  describe("a program at the terminal", () => {
    it("takes what it started with it when it is killed", async () => {
      assert.deepEqual(await run("kill -KILL $$"), { code: 137, left: false });
    });

    it("takes what it started with it when it fails", async () => {
      assert.deepEqual(await run("exit 2"), { code: 2, left: false });
    });
  });

describe("a program at the terminal of one that returns something", () => {
  it("prints where messages go, and not into what is returned", async () => {
    const module = JSON.stringify(path.resolve(__dirname, "../../../tools/stack/process"));
    const script =
      `const { live } = require(${module});` +
      'live(["echo", "said"], { stdout: "stderr", onInterrupt() {} }).then(() => console.log("{}"));';
    const ended = await capture([process.execPath, "--require", "ts-node/register", "--eval", script]);
    assert.deepEqual(ended, { code: 0, stdout: "{}\n", stderr: "said\n" });
  });
});
