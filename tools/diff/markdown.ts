// A report as a comment of a pull request: it fits into one, and nothing in it can break out of where it stands.
import type { Report } from "./report";
import type { Section, StackReport } from "./sections";
import type { Line } from "./words";

/** GitHub refuses comments with more than 65,536 characters; whoever posts this adds a line or two. */
export const MOST_CHARACTERS = 64_000;

export function markdownOf({ base, stacks }: Report, most = MOST_CHARACTERS): string {
  const title = `Compared with ${code(base)}`;
  const blocks = stacks.map((stack) => ({
    stack,
    head: headOf(stack),
    sections: stack.sections.map(sectionOf),
  }));
  // What matters most comes first in each stack, so what has to go is taken from the ends.
  let room = most - length(title) - sum(blocks.map(({ head }) => length(head))) - NOTE_ROOM * blocks.length;
  const shown = blocks.map(() => 0);
  for (let round = 0; blocks.some(({ sections }) => round < sections.length); round++)
    for (const [index, { sections }] of blocks.entries()) {
      const section = sections[round];
      if (section === undefined || shown[index] !== round || length(section) > room) continue;
      room -= length(section);
      shown[index] = round + 1;
    }
  const text = blocks.map(({ stack, head, sections }, index) => {
    const fitting = shown[index] ?? 0;
    return [head, ...sections.slice(0, fitting), ...leftOut(stack, fitting)].join("\n");
  });
  return `${[title, ...text].join("\n\n")}\n`;
}

const NOTE_ROOM = 300;

/** In UTF-8, which is never fewer than GitHub counts. */
const length = (text: string): number => Buffer.byteLength(text) + 2;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function leftOut({ stack, sections }: StackReport, fitting: number): string[] {
  const count = sections.length - fitting;
  if (count === 0) return [];
  const what = count === 1 ? "One section is" : `${count} sections are`;
  return [
    `\n_${what} left out, since comments have a limit: ${code(`make diff STACK=${stack}`)} shows everything._`,
  ];
}

/** So many dangers are listed; the components have them all. */
const MOST_DANGERS = 20;

function headOf({ stack, summary, dangers }: StackReport): string {
  const listed = dangers.slice(0, MOST_DANGERS).map((danger) => `> - 🔴 ${code(danger)}`);
  const more = dangers.length > MOST_DANGERS ? [`> - 🔴 and ${dangers.length - MOST_DANGERS} more`] : [];
  const warning =
    dangers.length === 0 ? [] : ["\n> [!CAUTION]\n> **This touches data.**\n>", ...listed, ...more];
  return [`### ${code(stack)}: ${dangers.length > 0 ? "🔴 " : ""}${escape(summary)}`, ...warning].join("\n");
}

function sectionOf({ title, summary, lines, folded }: Section): string {
  const content = fence(lines.map(diffLine).join("\n"));
  const open = folded && !lines.some(({ tone }) => tone === "danger") ? "" : " open";
  // In code a name mentions nobody.
  const name = `<code>${escape(title)}</code>`;
  const heading = summary === "" ? name : `${name} ${escape(summary)}`;
  return `\n<details${open}><summary>${heading}</summary>\n\n${content}\n</details>`;
}

/** GitHub colours a diff's lines by their first character, so every other line begins with a space. */
function diffLine({ tone, text }: Line): string {
  if (tone === "danger") return `- 🔴 ${text.replace(/^\s*[-!] /, "")}`;
  return /^[+\-!]/.test(text) ? text : ` ${text}`;
}

/** A block that ends where it should: its fence is longer than any in it. */
export function fence(content: string, language = "diff"): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}${language}\n${content}\n${marks}`;
}

/** Text that is shown as it is, in one line. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  const gap = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${marks}${gap}${line}${gap}${marks}`;
}

/** Text in the middle of Markdown and HTML: neither sees anything special in it. */
export function escape(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[&<>`*_~[\]()#!|@:\\{}$]/g, (character) => `&#${character.charCodeAt(0)};`);
}
