// Runs other programs: one for its output, one live at the terminal, where Ctrl-C lets it end in good order.
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import * as path from "node:path";
import { awaitEnd } from "./leftovers";

/** What the person at the terminal can mend: shown as it is, without a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Given to the program as its standard input. Never an argument when it is secret. */
  readonly input?: string;
  /** Where the program's own messages go. @default "captured" */
  readonly stderr?: "captured" | "live";
}

export interface Ended {
  /** Exit code; 128 and more for a program that was ended by a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and returns what it printed, whether it succeeded or not. */
export function capture(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", options.stderr === "live" ? "inherit" : "pipe"],
    });
    const printed = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (printed.stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (printed.stderr += text));
    // A program that ends without reading its input has said why elsewhere.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
    child.on("error", (error) => reject(notStarted(program, error)));
    child.on("close", (code) => resolve({ code: code ?? 130, ...printed }));
  });
}

/** The standard output of a program that has to succeed. */
export async function output(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await capture(command, options);
  if (code === 0) return stdout;
  const [program = "", ...args] = command;
  const shown = [path.basename(program), ...args.slice(0, 3)].join(" ");
  throw new UserError(
    `\`${shown}\` failed (exit code ${code})${stderr === "" ? "." : `:\n${stderr.trim()}`}`,
  );
}

/**
 * Runs a program at the terminal and returns its exit code. It leads a session of its own, so that a Ctrl-C reaches it
 * once, from here, and not also from the terminal: a second one would make it give up at once. What it started ends
 * with it.
 */
export function live(command: readonly string[], options: RunOptions & LiveOptions): Promise<number> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [
        process.stdin.isTTY || options.readsInput ? "inherit" : "ignore",
        options.stdout === "stderr" ? process.stderr.fd : "inherit",
        "inherit",
      ],
      detached: true,
    });
    let count = 0;
    const interrupt = (): void => {
      options.onInterrupt(++count);
      child.kill("SIGINT");
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, interrupt);
    const stopListening = (): void => {
      for (const signal of signals) process.off(signal, interrupt);
    };
    child.on("error", (error) => {
      stopListening();
      reject(notStarted(program, error));
    });
    child.on("exit", (code) => {
      stopListening();
      const result = count > 0 ? 130 : (code ?? 137);
      // Killed, or fallen over, it had no time to end what it had started, which may go on for minutes.
      const ended = code === 0 || child.pid === undefined ? Promise.resolve() : awaitEnd([child.pid]);
      ended.then(() => resolve(result), reject);
    });
  });
}

export interface LiveOptions {
  /** Whether it gets a standard input that is no terminal. @default false */
  readonly readsInput?: boolean;
  /** Where its standard output goes: to where messages go, if this program returns something else on its own. @default "stdout" */
  readonly stdout?: "stdout" | "stderr";
  /** Called for each request to stop, with how many there have been. */
  readonly onInterrupt: (count: number) => void;
}

function notStarted(program: string, error: Error): UserError {
  return new UserError(`${program} could not be started: ${error.message}`);
}

/** The path of a program, where the shell would find it. */
export function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => path.join(folder, program)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
