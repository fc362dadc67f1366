/**
 * Runs one command to its end, within a time limit, with its output going straight to the terminal.
 */
import { spawn } from "node:child_process";
import * as path from "node:path";

export const projectRoot = path.resolve(__dirname, "../..");

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The command is ended, and has failed, after this many minutes. */
  readonly limitMinutes: number;
  /** `silent` discards the output: for the tests of the runner itself. */
  readonly output?: "live" | "silent";
}

/** `undefined` when the command succeeded, otherwise what went wrong in words. */
export async function run(command: readonly string[], options: CommandOptions): Promise<string | undefined> {
  const [program, ...args] = command;
  if (program === undefined) throw new Error("an empty command cannot be run");
  const script = program === process.execPath ? args.find((arg) => !arg.startsWith("-")) : undefined;
  const shown = path.basename(script ?? program);
  const output = options.output === "silent" ? "ignore" : "inherit";

  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: projectRoot,
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", output, output],
    });
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill("SIGTERM");
    }, options.limitMinutes * 60_000);
    const stop = (): void => {
      child.kill("SIGTERM");
      process.exit(143);
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
    child.on("exit", (code, signal) => {
      if (timedOut) finish(`${shown} was ended after ${options.limitMinutes} minutes`);
      else if (signal !== null) finish(`${shown} was ended by ${signal}`);
      else finish(code === 0 ? undefined : `${shown} ended with exit code ${code}`);
    });
  });
}
