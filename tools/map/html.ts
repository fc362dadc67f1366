// HTML (and SVG) from templates that escape whatever is put into them, so that no name from a configuration can be
// anything but text.
import { createHash } from "node:crypto";

/** Text that is markup already. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = string | number | Markup | readonly Content[] | undefined;

/** `html`<td>${name}</td>``: values are escaped, markup and lists of it are put in as they are, undefined is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.reduce((text, part, at) => text + rendered(values[at - 1]) + part));
}

function rendered(value: Content): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(rendered).join("");
  return escaped(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
}

/** How a page's policy names a script or style that it holds itself. */
export function sourceHash(source: string): string {
  return `'sha256-${createHash("sha256").update(source).digest("base64")}'`;
}
