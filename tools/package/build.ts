// Builds the packages that other programs install, each from its folder in packages/: its manifest, the JavaScript and
// types of what it exports, and the files that components bring into the cluster, beside the code that reads them.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import * as path from "node:path";
import { CONTRACT_VERSION } from "../../stacks/contract/shape";
import { currentSchema, schemaText } from "../contract/schema";
import { contractTypes } from "./contract-types";

const root = path.resolve(__dirname, "../..");

/** The folders of packages/, and so of what is made of them. */
export const packages = ["platform", "contract"] as const;
export type PackageName = (typeof packages)[number];

/** Builds one package in a folder of its own below `out`, and returns the tarball that npm makes of it. */
export function buildPackage(name: PackageName, out: string): string {
  const source = path.join(root, "packages", name);
  const manifest = readManifest(path.join(source, "package.json"));
  const folder = path.join(out, manifest.name);
  rmSync(folder, { recursive: true, force: true });
  const lib = path.join(folder, "lib");
  compile(source, lib);
  copyAssets(lib);
  // Instead of what the compiler made of it.
  writeFileSync(path.join(lib, "stacks/contract/shape.d.ts"), contractTypes(CONTRACT_VERSION));
  writeFileSync(path.join(folder, "contract.schema.json"), schemaText(currentSchema()));
  copyFileSync(path.join(source, "README.md"), path.join(folder, "README.md"));
  copyFileSync(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(complete(manifest), undefined, 2)}\n`);
  return pack(folder, out);
}

interface Manifest {
  readonly name: string;
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}

/** With what all packages have in common with the program: its version above all. */
function complete({ name, ...rest }: Manifest): object {
  const { version, license, engines } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    version: string;
    license: string;
    engines: object;
  };
  return { name, version, license, engines, ...rest };
}

function compile(source: string, lib: string): void {
  const compiler = path.join(root, "node_modules/typescript/bin/tsc");
  run(process.execPath, [compiler, "--project", path.join(source, "tsconfig.json"), "--outDir", lib]);
}

/** Of the components that were compiled. Code finds them by `__dirname`, as it does in the checkout. */
function copyAssets(lib: string): void {
  const compiled = path.join(lib, "components");
  if (!existsSync(compiled)) return;
  for (const component of readdirSync(compiled)) {
    const from = path.join(root, "components", component);
    const files = readdirSync(from, { recursive: true, encoding: "utf8" });
    for (const file of files.filter((each) => /\.(sh|py|js)$/.test(each))) {
      const to = path.join(compiled, component, file);
      if (existsSync(to))
        throw new Error(`components/${component}/${file} has the name of a compiled file: rename it`);
      mkdirSync(path.dirname(to), { recursive: true });
      copyFileSync(path.join(from, file), to);
    }
  }
}

function pack(folder: string, out: string): string {
  const printed = run("npm", ["pack", folder, "--pack-destination", out, "--json", "--ignore-scripts"]);
  const [made] = JSON.parse(printed) as { filename: string }[];
  if (made === undefined) throw new Error(`npm made no tarball of ${folder}`);
  return path.join(out, made.filename);
}

function run(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${path.basename(args[0] ?? program)} failed:\n${stdout ?? ""}${stderr ?? ""}`, {
      cause: error,
    });
  }
}
