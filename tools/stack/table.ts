// Tables for the terminal: columns as wide as what is in them.

/** Lines of cells under a heading, without spaces at the end of a line. */
export function table(heading: readonly string[], lines: readonly (readonly string[])[]): string {
  const all = lines.length === 0 ? [] : [heading, ...lines];
  const widths = heading.map((_, column) => Math.max(...all.map((line) => (line[column] ?? "").length)));
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
