// A real browser for tests of pages: Debian's Chromium, with nothing of the network.
import { promises as fs } from "node:fs";
import * as path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { toolsOrSkip } from "./tools";

export interface PageOptions {
  width?: number;
  scheme?: "light" | "dark";
  media?: "screen" | "print";
  scripts?: boolean;
}

/** A page, and what went wrong or out on it. */
export interface Visit {
  readonly page: Page;
  /** Errors, and everything else on the console. */
  readonly said: string[];
  /** Addresses that it asked for. */
  readonly requests: string[];
}

const measurements = path.join(__dirname, "../browser/measure.js");

export async function browserOrSkip(suite: Mocha.Context): Promise<Browser> {
  const [executablePath] = await toolsOrSkip(suite, "chromium");
  // Chromium has no sandbox for root; what is opened here is this project's own.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args });
}

/** Opens a file as a reader would who has no network. */
export async function visit(browser: Browser, file: string, options: PageOptions = {}): Promise<Visit> {
  const { width = 1440, scheme = "light", media = "screen", scripts = true } = options;
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    javaScriptEnabled: scripts,
    reducedMotion: "reduce",
    offline: true,
  });
  const page = await context.newPage();
  const found: Visit = { page, said: [], requests: [] };
  page.on("console", (message) => found.said.push(message.text()));
  page.on("pageerror", (error) => found.said.push(error.message));
  page.on("request", (request) => found.requests.push(request.url()));
  await page.emulateMedia({ media, colorScheme: scheme, reducedMotion: "reduce" });
  await page.goto(`file://${file}`);
  if (scripts) await page.evaluate(await fs.readFile(measurements, "utf8"));
  return found;
}

/** Asks tests/browser/measure.js; the expression is one of its functions, called. */
export async function measured<T>({ page }: Visit, expression: string): Promise<T> {
  return page.evaluate<T>(`measure.${expression}`);
}
