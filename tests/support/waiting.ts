// Programs under way: waits for them, finds what they started, ends it.
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import type { Result } from "./processes";

/** A program under way, with what it has printed so far. */
export interface Watched {
  readonly child: ChildProcess;
  readonly result: Promise<Result>;
  /** Called for each whole line. */
  onLine(listener: (line: string) => void): void;
}

export function ended(child: ChildProcess): Watched {
  const printed = { stdout: "", stderr: "", output: "" };
  const listeners: ((line: string) => void)[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    let rest = "";
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
      printed.output += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) for (const listener of listeners) listener(line);
    });
  }
  const result = new Promise<Result>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 137, ...printed }));
  });
  return { child, result, onLine: (listener) => listeners.push(listener) };
}

/** True for a process that runs: one that has ended and that nobody has asked about does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** True for a running process whose command line has this in it. */
export function runs(pid: number, command: string): boolean {
  try {
    return isRunning(pid) && fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(command);
  } catch {
    return false;
  }
}

/** Kills what is still there of some processes. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids.filter(isRunning)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself in between.
    }
  }
}

/** Process ids of everything that a process has started and that still belongs to it. */
export function descendants(pid: number): number[] {
  const folder = `/proc/${pid}/task`;
  if (!fs.existsSync(folder)) return [];
  const children = fs.readdirSync(folder).flatMap((task) => {
    try {
      return fs.readFileSync(`${folder}/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Process ids of everything that was started with this in its environment, whoever it belongs to by now. */
export function startedWith(variable: string): number[] {
  const has = (pid: string): boolean => {
    try {
      return fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(variable);
    } catch {
      return false;
    }
  };
  if (!fs.existsSync("/proc/self/environ")) return [];
  const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter(has).map(Number);
}
