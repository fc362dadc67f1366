/**
 * Fails when docs/, examples/gitops/, stacks/contract/ or README.md is not what `make docs` writes. It generates, compares, and puts back what was
 * there: a check changes no file.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot, run } from "../child";

type Contents = ReadonlyMap<string, Buffer>;

const folders = ["docs", "examples/gitops", "stacks/contract"].map((folder) =>
  path.join(projectRoot, folder),
);

function contents(): Contents {
  const inFolders = folders
    .flatMap((folder) => fs.readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const files = [...inFolders, path.join(projectRoot, "README.md")];
  return new Map(files.map((file) => [file, fs.readFileSync(file)]));
}

function restore(before: Contents, changed: readonly string[]): void {
  for (const file of changed) {
    const original = before.get(file);
    if (original === undefined) fs.rmSync(file);
    else fs.writeFileSync(file, original);
  }
}

function changedFiles(before: Contents, after: Contents): string[] {
  const files = [...new Set([...before.keys(), ...after.keys()])];
  return files.filter((file) => {
    const [old, current] = [before.get(file), after.get(file)];
    return old === undefined || current === undefined || !old.equals(current);
  });
}

async function main(): Promise<number> {
  const before = contents();
  const problem = await run(["npm", "run", "--silent", "docs"], { limitMinutes: 5 });
  const changed = changedFiles(before, contents());
  restore(before, changed);
  if (problem !== undefined) console.error(`The documentation could not be generated: ${problem}`);
  for (const file of changed) {
    console.error(
      `${path.relative(projectRoot, file)} is out of date: run \`make docs\` and commit the result.`,
    );
  }
  return problem === undefined && changed.length === 0 ? 0 : 1;
}

void main().then((code) => {
  process.exitCode = code;
});
