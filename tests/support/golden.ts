// Golden files: what a stack looked like when somebody last agreed to it. A difference fails with the lines that
// changed; `npm run golden` accepts it by writing the files anew.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { changedLines } from "../../tools/diff/lines";

const folder = path.resolve(__dirname, "../golden");
const update = process.env.UPDATE_GOLDEN === "1";
const HINT = "accept a wanted change with: npm run golden";

/** Path below tests/golden. */
export function goldenPath(...parts: string[]): string {
  return path.join(folder, ...parts);
}

/** Compares a text with a golden file, or writes it. */
export function matchGolden(file: string, actual: string): void {
  const target = goldenPath(file);
  if (update) {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, actual);
    return;
  }
  const expected = fs.existsSync(target) ? fs.readFileSync(target, "utf8") : undefined;
  if (expected === undefined) assert.fail(`there is no tests/golden/${file}; ${HINT}`);
  const difference = changedLines(expected, actual);
  if (difference !== "") assert.fail(`tests/golden/${file} differs; ${HINT}\n${difference}`);
}
