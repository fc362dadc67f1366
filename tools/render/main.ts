// `npm run --silent render -- --stack dev --out DIR [--config FILE]`: every Kubernetes object that a stack
// would create, as YAML, without cluster, Pulumi CLI, network or passphrase.
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { writeFolder } from "./folder";
import { fileTree } from "./manifests";
import { parseOptions, UsageError } from "./options";
import { renderStack } from "./stack";

const root = path.resolve(__dirname, "../..");

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), root);
  const { objects } = await renderStack(options.stack, options.config);
  writeFolder(options.out, fileTree(objects));
}

/** What the caller can mend is one clear message; anything else is a defect and shows where. */
function fail(error: unknown): void {
  if (error instanceof UsageError) {
    console.error(`render: ${error.message}`);
    process.exitCode = 2;
    return;
  }
  console.error(pulumi.RunError.isInstance(error) ? error.message : error);
  process.exitCode = 1;
}

main().catch(fail);
