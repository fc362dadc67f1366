// Runs the scripts of a component as their Jobs do: by the images' sh, which is bash in its POSIX mode, with
// secrets in files, and with nothing on PATH but what the server's image has. Every program that a script
// starts is recorded, with its environment.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { checksum } from "../../../components/network";
import { spawnSync } from "node:child_process";
import { eventually, type Result, run, scratch, write } from "../../support/processes";

const components = path.resolve(__dirname, "../../../components");

/** Part of coreutils, which every image of the servers has. */
const COREUTILS = "cat cut date dirname mkdir mv od sha256sum sleep timeout tr wc".split(" ");

export interface ScriptRun {
  readonly env: Readonly<Record<string, string>>;
  /** Content of `$IDENTITY_DIR`, by file. */
  readonly identity?: { readonly user: string; readonly password: string };
  /** Content of `$CONFIG_DIR`, by file. */
  readonly config?: Readonly<Record<string, string>>;
  /** Instead of the right content of `$ADMIN_DIR`. */
  readonly admin?: Readonly<Record<string, string>>;
  /** Holds the script back at a certain point. */
  readonly disturbance?: Disturbance;
}

export class Scripts {
  private readonly folder = scratch("scripts");
  private readonly record = path.join(this.folder, "record");
  private runs = 0;

  /** `programs`: what the image has besides coreutils, and where it is here. */
  constructor(
    private readonly component: string,
    private readonly admin: Readonly<Record<string, string>>,
    private readonly env: Readonly<Record<string, string>>,
    private readonly programs: Readonly<Record<string, string>>,
  ) {
    fs.writeFileSync(this.record, "");
  }

  async run(script: string, { env, identity, config, admin, disturbance }: ScriptRun): Promise<Result> {
    const folder = path.join(this.folder, String(++this.runs));
    write(path.join(folder, "admin"), admin ?? this.admin);
    write(path.join(folder, "identity"), { ...identity });
    write(path.join(folder, "config"), config ?? {});
    this.createPath(path.join(folder, "bin"), disturbance);
    return run(
      `${located(["bash"]).bash}`,
      ["--posix", path.join(components, this.component, `${script}.sh`)],
      {
        env: {
          PATH: path.join(folder, "bin"),
          HOME: folder,
          MC_CONFIG_DIR: path.join(folder, "mc"),
          ADMIN_DIR: path.join(folder, "admin"),
          IDENTITY_DIR: path.join(folder, "identity"),
          CONFIG_DIR: path.join(folder, "config"),
          ...this.env,
          // As the deployment says it that wrote the list.
          ...(env.KEEP === undefined ? {} : { KEEP_CHECKSUM: checksum(env.KEEP) }),
          ...env,
        },
      },
    );
  }

  /** Runs a script that has to succeed. */
  async succeed(script: string, options: ScriptRun): Promise<Result> {
    const result = await this.run(script, options);
    assert.equal(result.code, 0, `${script}.sh failed: ${result.output}`);
    return result;
  }

  /** Removes what is not to be kept, as a sweep Job does. */
  sweep(prefix: string, keep: readonly string[]): Promise<Result> {
    const env = { IDENTITY_PREFIX: prefix, KEEP: keep.join("\n") };
    return inTime(() => this.run("sweep", { env }));
  }

  /** Every program started so far, its arguments and its environment. */
  recorded(): string {
    return fs.readFileSync(this.record, "utf8");
  }

  private createPath(bin: string, disturbance?: Disturbance): void {
    fs.mkdirSync(bin, { recursive: true });
    for (const [program, real] of Object.entries({ ...located(COREUTILS), ...this.programs })) {
      const lines = [
        "#!/bin/sh",
        `{ printf '%s\\n' '${program}' "$@"; ${located(["env"]).env}; } >>'${this.record}'`,
        ...(disturbance?.program === program
          ? [...disturbance.lines(), `printf '%s\\n' "$input" | '${real}' "$@"`]
          : [`exec '${real}' "$@"`]),
      ];
      fs.writeFileSync(path.join(bin, program), `${lines.join("\n")}\n`, { mode: 0o755 });
    }
  }
}

/**
 * Runs a sweep until one succeeds, like the pods of its Job: one that is too slow for its own rule removes nothing, and has
 * a successor.
 */
export async function inTime(sweep: () => Promise<Result>): Promise<Result> {
  for (let retries = 6; ; retries--) {
    const result = await sweep();
    const isLate = result.code !== 0 && result.stderr.includes("nothing removed, to be run again");
    if (isLate && retries > 0) continue;
    assert.equal(result.code, 0, `the sweep failed: ${result.output}`);
    return result;
  }
}

/** What a program does before it does what it is for, when its arguments or its input contain a text. */
abstract class Disturbance {
  constructor(
    readonly program: string,
    private readonly text: string,
  ) {}

  /** Lines of shell, which read the program's `input`. */
  lines(): string[] {
    const { cat } = located(["cat"]);
    return [`input=$(${cat})`, `case "$* $input" in *'${this.text}'*)`, ...this.effect(), ";; esac"];
  }

  protected abstract effect(): string[];
}

/** Every such call takes some seconds longer. */
export class Slow extends Disturbance {
  constructor(
    program: string,
    text: string,
    private readonly seconds: number,
  ) {
    super(program, text);
  }

  protected effect(): string[] {
    return [`${located(["sleep"]).sleep} ${this.seconds}`];
  }
}

/** Such a call begins only when the test says so. */
export class Pause extends Disturbance {
  private readonly folder = scratch("pause");

  async reached(): Promise<void> {
    await eventually(`the script starts ${this.program}`, () =>
      fs.existsSync(path.join(this.folder, "reached")),
    );
  }

  end(): void {
    fs.writeFileSync(path.join(this.folder, "ended"), "");
  }

  protected effect(): string[] {
    const { sleep, touch } = located(["sleep", "touch"]);
    return [
      `${touch} '${this.folder}/reached'`,
      // Not for ever, or a failed test would leave a script behind.
      "patience=400",
      `while [ ! -e '${this.folder}/ended' ] && [ "$patience" -gt 0 ]; do ${sleep} 0.05; patience=$((patience - 1)); done`,
    ];
  }
}

export function located(programs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    programs.map((program) => {
      const { stdout } = spawnSync("/bin/sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
      return [program, stdout.trim()];
    }),
  );
}
