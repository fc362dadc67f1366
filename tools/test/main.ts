/**
 * `main.ts [SUITE...]`: runs the named suites, or all but those on request, in the order of the table in suites.ts.
 * The line that counts the tests is the last one printed, and goes into TEST_COUNT_FILE when that is set.
 */
import * as fs from "node:fs";
import { chosen, runSuites } from "./runner";
import { suites } from "./suites";

async function main(names: readonly string[]): Promise<number> {
  const known = suites.map((suite) => suite.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no suite named ${unknown.join(", ")}. The suites are: ${known.join(", ")}.`);
    return 2;
  }
  const { succeeded, count } = await runSuites(chosen(suites, names), {
    skipsAllowed: process.env.CI !== "true",
  });
  if (process.env.TEST_COUNT_FILE) fs.writeFileSync(process.env.TEST_COUNT_FILE, `${count}\n`);
  return succeeded ? 0 : 1;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
