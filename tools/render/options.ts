// The command line of render, read strictly: what is unknown or missing is named, never ignored.
import { existsSync, readdirSync, statSync } from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";

export const USAGE = "usage: npm run --silent render -- --stack STACK --out DIR [--config FILE]";

export interface RenderOptions {
  stack: string;
  /** Where what is written goes. */
  out: string;
  /** A configuration in the format of Pulumi.<stack>.yaml that is merged over the stack's own. */
  config: string | undefined;
}

/** What the caller got wrong, as opposed to what is wrong in a configuration. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the arguments; `root` is the folder that holds the Pulumi.<stack>.yaml files. */
export function parseOptions(args: string[], root: string, usage = USAGE): RenderOptions {
  const { stack, out, config } = parse(args, usage);
  if (stack === undefined) throw new UsageError(`--stack is missing; known stacks: ${known(root)}. ${usage}`);
  if (out === undefined || out === "") throw new UsageError(`--out is missing: where to write to. ${usage}`);
  if (!stacksIn(root).includes(stack))
    throw new UsageError(`--stack ${stack}: there is no such stack; known stacks: ${known(root)}`);
  if (config !== undefined && !isFile(config))
    throw new UsageError(`--config ${config}: there is no such file`);
  return { stack, out, config };
}

function parse(args: string[], usage: string): Partial<RenderOptions> {
  const text = { type: "string" } as const;
  try {
    return parseArgs({ args, options: { stack: text, out: text, config: text } }).values;
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    throw new UsageError(`${reason ?? "bad arguments"}; ${usage}`);
  }
}

/** The stacks that have a configuration file. */
export function stacksIn(root: string): string[] {
  return readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

function known(root: string): string {
  return stacksIn(root).join(", ") || `none (no Pulumi.<stack>.yaml in ${path.resolve(root)})`;
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}
