// The command line of diff, read strictly: what is unknown is named, never ignored.
import { parseArgs } from "node:util";
import { stacksIn, UsageError } from "../render/options";

export const FORMATS = ["text", "markdown", "json"] as const;
export type Format = (typeof FORMATS)[number];

export interface Output {
  readonly format: Format;
  /** Where the result goes; undefined for the standard output. */
  readonly file: string | undefined;
}

export interface DiffOptions {
  readonly base: string;
  readonly stacks: readonly string[];
  /** At least one; each has a file of its own when there are several. */
  readonly outputs: readonly Output[];
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
  if (given(failOn) !== undefined && failOn !== "data")
    throw new UsageError(`FAIL_ON=${failOn}: the only thing to fail on is data`);
  return {
    base: given(base) ?? DEFAULT_BASE,
    stacks: wanted === "all" ? known : [wanted],
    outputs: outputsOf(given(format) ?? "text", given(out)),
    failOnData: failOn === "data",
  };
}

const given = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

/** `text,markdown` and `a.txt,b.md`: the first format is for the first file. */
function outputsOf(format: string, out: string | undefined): Output[] {
  const formats = format.split(",").map((name) => {
    if (isFormat(name)) return name;
    throw new UsageError(`FORMAT=${name}: there is no such format; allowed are ${FORMATS.join(", ")}`);
  });
  const [only] = formats;
  if (formats.length === 1 && only !== undefined) return [{ format: only, file: out }];
  const files = (out ?? "").split(",").filter((file) => file !== "");
  if (files.length !== formats.length)
    throw new UsageError(
      `FORMAT=${format} OUT=${out ?? ""}: name a file for each of ${formats.length} formats`,
    );
  return formats.map((name, at) => ({ format: name, file: files[at] }));
}

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
