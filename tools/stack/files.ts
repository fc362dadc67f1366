// Files: written so that whoever reads one finds all of it, also after a kill or on a full disk.
import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Replaces a file at once: written beside it under a name of this process, and renamed. Readable for its owner alone. */
export function replaceFile(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, text, { mode: 0o600 });
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** Whether a name is that of a file, or of what was left of replacing it by a process that was killed. */
export function isFileOrRemains(file: string, name: string): boolean {
  return name === file || (name.startsWith(`${file}.`) && /^\d+$/.test(name.slice(file.length + 1)));
}
