// `make map STACK=dev OUT=rendered/map/dev.html`: the wiring of a stack as one page, and as Mermaid in Markdown beside it
// (`dev.md`), without cluster, Pulumi CLI, network or passphrase.
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parseOptions, UsageError } from "../render/options";
import { renderStack } from "../render/stack";
import { mapDocument } from "./markdown";
import { mapPage } from "./page";
import { wiringOf } from "./wiring";

const USAGE = "usage: npm run --silent map -- --stack STACK --out FILE [--config FILE]";

async function main(): Promise<void> {
  const root = path.resolve(__dirname, "../..");
  const { stack, out, config } = parseOptions(process.argv.slice(2), root, USAGE);
  const wiring = wiringOf(stack, await renderStack(stack, config));
  const page = await mapPage(wiring);
  const { dir, name } = path.parse(out);
  const markdown = path.join(dir, `${name}.md`);
  if (path.resolve(markdown) === path.resolve(out))
    throw new UsageError(`--out ${out}: name the page for the browser (.html); its Markdown goes beside it`);
  fs.mkdirSync(path.dirname(out), { recursive: true });
  fs.writeFileSync(out, page);
  fs.writeFileSync(markdown, mapDocument([wiring]));
  console.log(`The map of ${stack} is in ${path.resolve(out)}, and as Mermaid in ${path.resolve(markdown)}`);
}

/** What the caller can mend is one clear message; anything else is a defect and shows where. */
function fail(error: unknown): void {
  if (error instanceof UsageError) {
    console.error(`map: ${error.message}`);
    process.exitCode = 2;
    return;
  }
  console.error(pulumi.RunError.isInstance(error) ? error.message : error);
  process.exitCode = 1;
}

main().catch(fail);
