/**
 * Finds the project's shell scripts: by their `.sh` ending, or by a first line that names a shell.
 */
import * as fs from "node:fs";
import * as path from "node:path";

const folders = [".ci", ".github", "components", "tests", "tools", "scripts"];
const shebang = /^#!.*\b(?:ba|da)?sh\b/;

export function shellScripts(root: string): string[] {
  return folders
    .map((folder) => path.join(root, folder))
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) => fs.readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => isShellScript(file))
    .map((file) => path.relative(root, file))
    .sort();
}

function isShellScript(file: string): boolean {
  if (file.endsWith(".sh")) return true;
  if (path.extname(file) !== "") return false;
  const [firstLine = ""] = fs.readFileSync(file, "utf8").split("\n", 1);
  return shebang.test(firstLine);
}
