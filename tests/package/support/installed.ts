// Both packages as their users have them: built, packed, and unpacked into the node_modules of a folder outside the
// checkout. What they depend on is linked from the checkout, so that there is one copy of each, and no network.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { buildPackage, packages } from "../../../tools/package/build";
import { run } from "../../support/processes";

export const root = path.resolve(__dirname, "../../..");

export interface Installed {
  /** A program in this folder, or below it, finds the packages. */
  readonly folder: string;
  /** The tarballs' files, by package. */
  readonly packages: Readonly<Record<"mlops-platform" | "mlops-platform-contract", string>>;
}

let made: Installed | undefined;

/** Built once for all tests of a run. */
export function installed(): Installed {
  made ??= install();
  return made;
}

function install(): Installed {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "mlops-platform-package-")));
  process.once("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  const modules = path.join(folder, "node_modules");
  fs.mkdirSync(modules);
  for (const name of packages) unpack(buildPackage(name, path.join(folder, "dist")), modules);
  for (const name of ["@pulumi", "@types", "zod"])
    fs.symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
  const at = (name: string): string => path.join(modules, name);
  return {
    folder,
    packages: {
      "mlops-platform": at("mlops-platform"),
      "mlops-platform-contract": at("mlops-platform-contract"),
    },
  };
}

function unpack(tarball: string, modules: string): void {
  const target = path.join(modules, path.basename(tarball).replace(/-\d.*$/, ""));
  fs.mkdirSync(target);
  execFileSync("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
}

/** Copies a folder of the checkout beside the packages; returns where. */
export function copied(folder: string): string {
  const target = path.join(installed().folder, folder);
  fs.cpSync(path.join(root, folder), target, { recursive: true });
  return target;
}

/** What the compiler says about a project, nothing if all is well. */
export async function compile(project: string): Promise<string> {
  const compiler = path.join(root, "node_modules/typescript/bin/tsc");
  const { code, output } = await run(process.execPath, [compiler, "--project", project]);
  return code === 0 ? "" : output;
}
