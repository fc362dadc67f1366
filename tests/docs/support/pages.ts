// The project's documentation as tests read it: every page that a person wrote, with its blocks.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { markdownFiles } from "../../../tools/markdown/links";
import { readPage, type Block, type Page } from "../../../tools/markdown/page";

export const root = path.resolve(__dirname, "../../..");

/** Generated pages have tests of their own, beside what generates them. */
const GENERATED = /^docs\/(configuration|contract)\.md$|^docs\/reference\//;

export const allFiles = markdownFiles(root);
export const writtenFiles = allFiles.filter((file) => !GENERATED.test(file));

export function page(file: string): Page {
  return readPage(readFileSync(path.join(root, file), "utf8"));
}

export const isShell = ({ language }: Block) => ["sh", "bash", "shell", "console"].includes(language);

/** Whether a page shows how to change the program: then its blocks are tried in a copy. */
export const changesCode = ({ blocks }: Page) =>
  blocks.some(({ file, language }) => file !== "" && language !== "yaml");

/** A page's stack files: those that it tells the reader to write. */
export const stackFiles = ({ blocks }: Page) =>
  blocks.filter(({ file, language }) => language === "yaml" && /^Pulumi\.[\w-]+\.yaml$/.test(file));
