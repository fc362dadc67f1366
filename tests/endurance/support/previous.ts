// Previous: the program of the commit before this one (or of BASE, in the environment), which deploys the same stack. Nothing of it
// is this checkout's but what it is built with and runs on: installed packages, and the programs of the toolchain.
import * as assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { environmentOf } from "../../../tools/live/environment";
import { capture } from "../../../tools/stack/process";
import { withOverlay } from "../../../tools/stack/overlay";
import { root } from "../../../tools/stack/settings";
import type { Platform } from "../../live/support/platform";
import { run, scratch } from "../../support/processes";
import { cannotRun } from "../../support/tools";

/** Folders of tools that build and run programs. */
const LINKED = ["tools/toolchain", "tools/plugins", "tools/control-plane"];

export class PreviousProgram {
  private constructor(
    readonly commit: string,
    private readonly folder: string,
  ) {}

  /** For a `before` hook: without a commit before this one the suite is skipped, or fails with CI=true. */
  static async checkOut(
    suite: Mocha.Context,
    base = process.env.BASE || undefined,
  ): Promise<PreviousProgram> {
    const commit = base ?? "HEAD~1";
    const named = await run("git", ["-C", root, "rev-parse", "--short", `${commit}^{commit}`]);
    if (named.code !== 0) {
      if (base !== undefined)
        assert.fail(
          `BASE=${base} names no commit of ${root}: it is a commit, a branch or a tag; ` +
            "git log --oneline --all shows those that are there, and git fetch gets more",
        );
      cannotRun(
        suite,
        `there is no commit ${commit} in ${root}: in a shallow clone, get more of them with git fetch --deepen=1`,
      );
    }
    const folder = scratch("previous");
    const archive = path.join(folder, "archive.tar");
    for (const [program = "", ...args] of [
      ["git", "-C", root, "archive", `--output=${archive}`, commit],
      ["tar", "--extract", `--directory=${folder}`, `--file=${archive}`],
    ]) {
      const { code, output } = await run(program, args);
      assert.equal(code, 0, output);
    }
    rmSync(archive);
    await install(folder);
    for (const name of LINKED) {
      rmSync(path.join(folder, name), { recursive: true, force: true });
      symlinkSync(path.join(root, name), path.join(folder, name));
    }
    return new PreviousProgram(named.stdout.trim(), folder);
  }

  /** Deploys the stack with the configuration that it has. That is written into the stack's own file. */
  async deploy({ machine }: Platform): Promise<void> {
    const file = path.join(this.folder, "Pulumi.dev.yaml");
    const text = withOverlay(readFileSync(file, "utf8"), readFileSync(machine.home.config, "utf8"));
    writeFileSync(file, text);
    const main = path.join(this.folder, "tools/stack/main.ts");
    const { code, stdout, stderr } = await capture(
      [process.execPath, "--require=ts-node/register", main, "up"],
      { cwd: this.folder, env: { ...environmentOf(machine), CONFIG: undefined } },
    );
    assert.equal(code, 0, `make up of ${this.commit}:\n${stdout}${stderr}`);
  }
}

/** This checkout's packages, where they are the same ones. */
async function install(folder: string): Promise<void> {
  const lock = (checkout: string): string => readFileSync(path.join(checkout, "package-lock.json"), "utf8");
  if (lock(folder) === lock(root) && existsSync(path.join(root, "node_modules"))) {
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    return;
  }
  const { code, output } = await run("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"]);
  assert.equal(code, 0, output);
}
