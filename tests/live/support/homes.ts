// Where test runs have their live machines, and what is removed of runs that were killed.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PROJECT } from "../../../tools/stack/settings";

const root = path.resolve(__dirname, "../../..");

/**
 * The home of this run. What it leaves there is removed at its end, or by the next run when it had none.
 *
 * It is in the user's own cache: root removes what it finds there, so that nobody else may put anything there, and a machine's disk has
 * no place in memory, where a temporary folder may be. The path may be long: sockets below it are made by their path in the machine.
 */
export function homeOfRun(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { XDG_CACHE_HOME: own = "" } = environment;
  const cache = own.trim() === "" ? path.join(os.homedir(), ".cache") : path.resolve(own.trim());
  const homes = path.join(cache, PROJECT, "live-tests");
  mkdirSync(homes, { recursive: true, mode: 0o700 });
  chmodSync(homes, 0o700);
  for (const name of readdirSync(homes)) if (!isRunning(Number(name))) removeMachine(path.join(homes, name));
  const home = path.join(homes, String(process.pid));
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
