// Where test runs have their live machines, and what is removed of runs that were killed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

const root = path.resolve(__dirname, "../../..");
const HOMES = path.join(tmpdir(), "mlops-live-tests");

/** The home of this run. What it leaves there is removed at its end, or by the next run when it had none. */
export function homeOfRun(): string {
  if (existsSync(HOMES))
    for (const name of readdirSync(HOMES))
      if (!isRunning(Number(name))) removeMachine(path.join(HOMES, name));
  mkdirSync(HOMES, { recursive: true });
  const home = path.join(HOMES, String(process.pid));
  // Also when the run is ended by its time limit: this is all that may still be done then.
  process.once("exit", () => existsSync(home) && removeMachine(home));
  return home;
}

export function removeMachine(home: string): void {
  const main = path.join(root, "tools/live/main.ts");
  spawnSync(process.execPath, ["--require", "ts-node/register", main, "down"], {
    cwd: root,
    env: { ...process.env, LIVE_HOME: home },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
