// The output folder: replaces an earlier render's files and touches nothing else.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import * as path from "node:path";
import { HEADER, type FileTree } from "./manifests";
import { UsageError } from "./options";

/** Makes `folder` hold exactly these files. Refuses a folder with files that render did not write. */
export function writeFolder(folder: string, files: FileTree): void {
  const existing = filesIn(folder);
  for (const file of existing)
    if (!isOurs(path.join(folder, file)))
      throw new UsageError(
        `--out ${folder}: it holds ${file}, which render did not write; name an empty or new folder`,
      );

  for (const file of existing) if (!files.has(file)) rmSync(path.join(folder, file));
  for (const [file, text] of files) {
    const target = path.join(folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  removeEmptyFolders(folder);
}

/** Every file below the folder, by relative path, in a fixed order. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  if (!statSync(folder).isDirectory()) throw new UsageError(`--out ${folder}: it is not a folder`);
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesIn(path.join(folder, entry.name)).map((file) => `${entry.name}/${file}`)
        : [entry.name],
    )
    .sort();
}

function isOurs(file: string): boolean {
  return lstatSync(file).isFile() && readFileSync(file, "utf8").startsWith(HEADER);
}

function removeEmptyFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const inner = path.join(folder, entry.name);
    removeEmptyFolders(inner);
    if (readdirSync(inner).length === 0) rmdirSync(inner);
  }
}
