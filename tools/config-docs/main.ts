/**
 * Part of `npm run --silent docs`: writes docs/configuration.md from the schema of the configuration.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { page } from "./page";

fs.writeFileSync(path.join(__dirname, "../../docs/configuration.md"), page());
