// The command line of diff, read strictly: what is unknown is named, never ignored.
import { parseArgs } from "node:util";
import { stacksIn, UsageError } from "../render/options";

export const FORMATS = ["text", "markdown", "json"] as const;
export type Format = (typeof FORMATS)[number];

export interface DiffOptions {
  readonly base: string;
  readonly stacks: readonly string[];
  readonly format: Format;
  /** Where the result goes; undefined for the standard output. */
  readonly out: string | undefined;
  /** Ends with code 3 when data would be lost. */
  readonly failOnData: boolean;
}

export const DEFAULT_BASE = "origin/main";

/** Reads the arguments; `root` is the folder with the Pulumi.<stack>.yaml files. */
export function parseOptions(args: readonly string[], root: string): DiffOptions {
  const { base, stack, format, out, "fail-on": failOn } = parse(args);
  const known = stacksIn(root);
  const wanted = given(stack) ?? "all";
  if (wanted !== "all" && !known.includes(wanted))
    throw new UsageError(`STACK=${wanted}: there is no such stack; allowed are all, ${known.join(", ")}`);
  const shape = given(format) ?? "text";
  if (!isFormat(shape))
    throw new UsageError(`FORMAT=${shape}: there is no such format; allowed are ${FORMATS.join(", ")}`);
  if (given(failOn) !== undefined && failOn !== "data")
    throw new UsageError(`FAIL_ON=${failOn}: the only thing to fail on is data`);
  return {
    base: given(base) ?? DEFAULT_BASE,
    stacks: wanted === "all" ? known : [wanted],
    format: shape,
    out: given(out),
    failOnData: failOn === "data",
  };
}

const given = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

const isFormat = (value: string): value is Format => FORMATS.some((format) => format === value);

type Argument = "base" | "stack" | "format" | "out" | "fail-on";

function parse(args: readonly string[]): Partial<Record<Argument, string>> {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { base: text, stack: text, format: text, out: text, "fail-on": text },
    }).values;
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    throw new UsageError(
      `${reason ?? "bad arguments"}; usage: make diff BASE=COMMIT STACK=all FORMAT=text OUT=FILE FAIL_ON=data`,
    );
  }
}
