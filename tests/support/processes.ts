// Starting programs for a test, and never leaving one behind: not after a failed test, nor after a killed run.
import * as assert from "node:assert/strict";
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Everything it printed. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Shows its messages while it runs. */
  readonly live?: boolean;
}

/** What must be gone when this process ends, however it does. */
const leftovers = new Set<() => void>();
process.once("exit", () => {
  for (const remove of leftovers) remove();
});
process.once("SIGTERM", () => process.exit(143));

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  const child = start(program, args, { env: options.env ?? process.env, stdio: ["pipe", "pipe", "pipe"] });
  const stdout = textOf(child.stdout);
  const stderr = textOf(child.stderr);
  if (options.live) child.stderr?.pipe(process.stderr);
  // A program may end without having read its input.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
  return { code, stdout: stdout(), stderr: stderr(), output: stdout() + stderr() };
}

/** Runs a program that has to succeed, and returns what it printed. */
export async function succeed(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(program, args, options);
  assert.equal(result.code, 0, `${path.basename(program)} ${args.join(" ")}: ${result.output}`);
  return result.stdout;
}

export function start(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(program, args, options);
  const end = (): void => void child.kill("SIGKILL");
  leftovers.add(end);
  child.once("exit", () => leftovers.delete(end));
  return child;
}

/** Ends a program in its own time; after a while, without asking. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const impatience = setTimeout(() => child.kill("SIGKILL"), 15_000);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(impatience);
}

function textOf(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}

/** A folder that is gone after the run. */
export function scratch(name: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `mlops-platform-${name}-`));
  leftovers.add(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    fs.writeFileSync(path.join(folder, name), content, { mode: 0o600 });
  }
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Waits until something is so; what was never so in time is an error. */
export async function eventually(
  what: string | (() => string),
  isSo: () => boolean | Promise<boolean>,
  seconds = 30,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) {
      throw new Error(`${typeof what === "string" ? what : what()}: not within ${seconds} s`);
    }
    await delay(50);
  }
}
