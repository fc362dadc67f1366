/**
 * `npm run --silent docs`: writes docs/configuration.md from the schema of the configuration.
 * With `-- --check` it writes nothing, and fails when the file is not what it would write.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { page } from "./page";

const file = path.join(__dirname, "../../docs/configuration.md");

function main(args: readonly string[]): number {
  const unknown = args.filter((arg) => arg !== "--check");
  if (unknown.length > 0) {
    console.error(`Unknown argument ${unknown.join(" ")}. Usage: npm run --silent docs [-- --check]`);
    return 2;
  }
  const text = page();
  if (!args.includes("--check")) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return 0;
  }
  if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === text) return 0;
  console.error("docs/configuration.md is out of date: run `npm run --silent docs` and commit the result.");
  return 1;
}

process.exitCode = main(process.argv.slice(2));
