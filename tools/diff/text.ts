// A report for the terminal. The signs at the start of lines are those of a diff, so it also reads well as one.
import type { Report } from "./report";
import type { StackReport } from "./sections";
import type { Tone } from "./words";

const COLORS: Readonly<Record<Tone, string>> = {
  add: "\u001b[32m",
  remove: "\u001b[31m",
  replace: "\u001b[33m",
  danger: "\u001b[1;31m",
  plain: "",
};
const BOLD = "\u001b[1m";
const END = "\u001b[0m";

export function textOf({ base, stacks }: Report, colors: boolean): string {
  const paint = (color: string, line: string): string =>
    colors && color !== "" ? `${color}${line}${END}` : line;
  const stackText = (stack: StackReport): string => {
    const lines = [paint(BOLD, `${stack.stack}: ${stack.summary}`)];
    for (const danger of stack.dangers) lines.push(paint(COLORS.danger, `- DATA  ${danger}`));
    for (const { title, summary, lines: content } of stack.sections) {
      lines.push("", paint(BOLD, `${title}: ${summary}`));
      for (const { tone, text } of content)
        lines.push(paint(COLORS[tone], `${/^[+\-!]/.test(text) ? "" : "  "}${text}`));
    }
    return lines.join("\n");
  };
  return `Compared with ${base}\n\n${stacks.map(stackText).join("\n\n")}\n`;
}
