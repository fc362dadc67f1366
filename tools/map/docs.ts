/**
 * Part of `npm run --silent docs`: writes docs/map.md, and the diagram between the marks of README.md, from the stacks.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { renderStack } from "../render/stack";
import { stacksIn } from "../render/options";
import { mapDocument, readmeDiagram, withDiagram } from "./markdown";
import { wiringOf } from "./wiring";

/** The stack that has everything. */
const README_STACK = "prod";

const root = path.resolve(__dirname, "../..");

async function main(): Promise<void> {
  const wirings = [];
  for (const stack of stacksIn(root)) wirings.push(wiringOf(stack, await renderStack(stack)));
  fs.writeFileSync(path.join(root, "docs/map.md"), mapDocument(wirings));

  const shown = wirings.find(({ stack }) => stack === README_STACK);
  if (shown === undefined)
    throw new Error(`README.md shows the stack ${README_STACK}, which has no configuration`);
  const readme = path.join(root, "README.md");
  fs.writeFileSync(readme, withDiagram(fs.readFileSync(readme, "utf8"), readmeDiagram(shown)));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
