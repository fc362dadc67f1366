/**
 * Part of `npm run --silent docs`: writes examples/gitops/rights.yaml from the stack that the example deploys.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { renderStack } from "../render/stack";
import { rightsFile } from "./manifests";
import { rightsOf } from "./rights";

async function main(): Promise<void> {
  const { graph } = await renderStack("prod");
  fs.writeFileSync(path.join(__dirname, "../../examples/gitops/rights.yaml"), rightsFile(rightsOf(graph)));
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
