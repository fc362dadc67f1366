// Copy: this repository with the edits of a page applied, as a reader would apply them. The page's own text is what is
// tried: whole files, and changes with the lines around them.
import {
  cpSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { spawnSync } from "node:child_process";
import type { Page } from "../../../tools/markdown/page";
import { root } from "./pages";

/** What a program and its checks are made of. */
const PARTS = [
  "components",
  "stacks",
  "tools",
  "examples",
  "docs",
  "index.ts",
  "package.json",
  "tsconfig.json",
];

const OTHERS = /\/(node_modules|__pycache__)(\/|$)/;

// The module of a file that is known to the test alone.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
type Loader = <T>(file: string) => T;

const copies: string[] = [];

export class Copy {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(path.join(tmpdir(), "mlops-docs-"));
    copies.push(this.folder);
    const files = readdirSync(root).filter(
      (file) => PARTS.includes(file) || /^Pulumi\..*\.?yaml$/.test(file),
    );
    for (const file of files)
      cpSync(path.join(root, file), path.join(this.folder, file), {
        recursive: true,
        filter: (source) => !OTHERS.test(source.slice(root.length)),
      });
    symlinkSync(path.join(root, "node_modules"), path.join(this.folder, "node_modules"));
  }

  /** Writes the files that a page shows, and makes its changes, in the page's order. */
  apply({ blocks }: Page): void {
    for (const { file, language, code } of blocks.filter((block) => block.file !== "")) {
      const target = path.join(this.folder, file);
      mkdirSync(path.dirname(target), { recursive: true });
      const changed = language === "diff" ? patched(readFileSync(target, "utf8"), code, file) : `${code}\n`;
      writeFileSync(target, changed);
    }
  }

  /** What the compiler says against the whole program. */
  typeErrors(): string {
    const config = {
      extends: "./tsconfig.json",
      include: ["index.ts", "components", "stacks", "tools"],
    };
    writeFileSync(path.join(this.folder, "tsconfig.check.json"), JSON.stringify(config));
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");
    const { stdout, status } = spawnSync(process.execPath, [compiler, "--project", "tsconfig.check.json"], {
      cwd: this.folder,
      encoding: "utf8",
    });
    return status === 0 ? "" : stdout;
  }

  /** A module of the copy: `load<typeof Config>("stacks/config.ts")`. */
  readonly load = ((file: string): unknown =>
    createRequire(path.join(this.folder, "index.ts"))(`./${file}`)) as Loader;
}

export function removeCopies(): void {
  for (const folder of copies.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A text with a change made: lines that stay or go have to be there, together, once. */
export function patched(text: string, change: string, file: string): string {
  const lines = change.split("\n");
  const side = (mark: string) =>
    lines.filter((line) => line.startsWith(" ") || line.startsWith(mark)).map((line) => line.slice(1));
  const wrong = lines.find((line) => !/^[ +-]/.test(line));
  if (wrong !== undefined) throw new Error(`a line of a change starts with a space, + or -, not: ${wrong}`);
  const [before, after] = [side("-").join("\n"), side("+").join("\n")];
  const places = `\n${text}`.split(`\n${before}\n`).length - 1;
  if (places !== 1) throw new Error(`${file} has ${places} places like this:\n${before}`);
  return `\n${text}`.replace(`\n${before}\n`, () => `\n${after}\n`).slice(1);
}
