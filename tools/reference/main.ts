// Part of `npm run --silent docs`: writes docs/reference/ from the comments of what the components export.
import * as fs from "node:fs";
import * as path from "node:path";
import { indexPage, modulePage, placesOf } from "./page";
import { readComponents } from "./components";

const folder = path.resolve(__dirname, "../../docs/reference");

const modules = readComponents();
const places = placesOf(modules);
fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
fs.writeFileSync(path.join(folder, "README.md"), indexPage(modules));
for (const module of modules)
  fs.writeFileSync(path.join(folder, `${module.folder}.md`), modulePage(module, places));
