// `npm run packages`: builds every package into dist/, and says what to install.
import * as path from "node:path";
import { buildPackage, packages } from "./build";

const dist = path.resolve(__dirname, "../../dist");

for (const name of packages) console.log(path.relative(process.cwd(), buildPackage(name, dist)));
