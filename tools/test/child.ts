/**
 * Runs one command to its end, within a time limit, with its output going straight to the terminal.
 */
import { spawn } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";

export const projectRoot = path.resolve(__dirname, "../..");

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The command is ended, and has failed, after this many minutes. */
  readonly limitMinutes: number;
  /** Where it runs, from the project's root. */
  readonly cwd?: string;
  /** `silent` discards the output: for the tests of the runner itself. A function gets each line of standard output. */
  readonly output?: "live" | "silent" | ((line: string) => void);
}

/** `undefined` when the command succeeded, otherwise what went wrong in words. */
export async function run(command: readonly string[], options: CommandOptions): Promise<string | undefined> {
  const [program, ...args] = command;
  if (program === undefined) throw new Error("an empty command cannot be run");
  const script = program === process.execPath ? args.find((arg) => !arg.startsWith("-")) : undefined;
  const shown = path.basename(script ?? program);
  const output = options.output === "silent" ? "ignore" : "inherit";
  const listener = typeof options.output === "function" ? options.output : undefined;

  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: path.resolve(projectRoot, options.cwd ?? "."),
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", listener === undefined ? output : "pipe", output],
    });
    if (child.stdout !== null && listener !== undefined)
      createInterface({ input: child.stdout }).on("line", listener);
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill("SIGTERM");
    }, options.limitMinutes * 60_000);
    const stop = (): void => {
      child.kill("SIGTERM");
      // Another command may be under way beside this one.
      setImmediate(() => process.exit(143));
    };
    process.once("SIGTERM", stop);

    const finish = (problem: string | undefined): void => {
      clearTimeout(limit);
      process.off("SIGTERM", stop);
      resolve(problem);
    };
    child.on("error", (error) => {
      finish(`${shown} could not be started: ${error.message}`);
    });
    // Whoever reads its output wants all of it, also what comes after the end.
    child.on(listener === undefined ? "exit" : "close", (code: number | null, signal: string | null) => {
      if (timedOut) finish(`${shown} was ended after ${options.limitMinutes} minutes`);
      else if (signal !== null) finish(`${shown} was ended by ${signal}`);
      else finish(code === 0 ? undefined : `${shown} ended with exit code ${code}`);
    });
  });
}
