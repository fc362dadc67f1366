// The base of a comparison: which commit it is, and its files in a folder of their own, ready to be rendered by its own
// code. The checkout is not touched.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { UsageError } from "../render/options";

export interface Base {
  /** `origin/main (1234567)`, and of what it is when that is something else. */
  readonly title: string;
  readonly commit: string;
}

/** The commit that the checkout has in common with `name`: what others did there since is not this change's. */
export function findBase(root: string, name: string): Base {
  if (name === "" || name.startsWith("-")) throw new UsageError(`BASE=${name}: name a commit, such as main`);
  const tip = gitOr(root, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);
  if (tip === undefined)
    throw new UsageError(
      `BASE=${name}: there is no such commit here; fetch it (git fetch origin), or name another one (BASE=main)`,
    );
  const common = gitOr(root, ["merge-base", tip, "HEAD"]);
  // A shallow clone does not know what is common.
  const commit = common ?? tip;
  const short = commit.slice(0, 7);
  return { commit, title: commit === tip ? `${name} (${short})` : `${short}, where this left ${name}` };
}

/** Does something with the base's files in a folder that is gone afterwards. */
export async function withCheckout<T>(
  root: string,
  { commit }: Base,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const scratch = mkdtempSync(path.join(tmpdir(), "mlops-platform-diff-"));
  try {
    const archive = path.join(scratch, "base.tar");
    const folder = path.join(scratch, "base");
    git(root, ["archive", "--format=tar", `--prefix=base/`, `--output=${archive}`, commit]);
    execFileSync("tar", ["-x", "-f", archive, "-C", scratch], { stdio: ["ignore", "ignore", "pipe"] });
    providePackages(root, folder);
    return await work(folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The packages that the base's lock names: those of the checkout when it is the same, otherwise its own. */
function providePackages(root: string, folder: string): void {
  const lock = "package-lock.json";
  const installed = path.join(root, "node_modules", ".installed-lock.json");
  const ours = existsSync(installed) ? installed : path.join(root, lock);
  const theirs = path.join(folder, lock);
  if (!existsSync(theirs))
    throw new UsageError("the base has no package-lock.json: it is no commit of this project");
  if (readFileSync(theirs).equals(readFileSync(ours))) {
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    return;
  }
  process.stderr.write("The base has other packages: installing them in a scratch folder (about 15 s)...\n");
  const quiet = [
    "--ignore-scripts",
    "--no-fund",
    "--no-audit",
    "--no-progress",
    "--prefer-offline",
    "--loglevel=error",
  ];
  try {
    execFileSync("npm", ["ci", ...quiet], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    throw new UsageError(`the packages of the base could not be installed: ${lastWords(error)}`);
  }
}

function git(root: string, args: readonly string[]): string {
  return execFileSync("git", args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** Nothing when git fails, for what may not be there. */
function gitOr(root: string, args: readonly string[]): string | undefined {
  try {
    return git(root, args);
  } catch (error) {
    if (error instanceof Error && "status" in error) return undefined;
    throw error;
  }
}

function lastWords(error: unknown): string {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return stderr.trim().split("\n").slice(-3).join(" ");
}
