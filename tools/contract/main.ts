/**
 * Part of `npm run --silent docs`: writes stacks/contract/contract.schema.json and docs/contract.md from the shape.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { page } from "./page";
import { contractFolder, currentSchema, schemaText } from "./schema";

const schema = currentSchema();
fs.writeFileSync(path.join(contractFolder, "contract.schema.json"), schemaText(schema));
fs.writeFileSync(path.join(__dirname, "../../docs/contract.md"), page(schema));
