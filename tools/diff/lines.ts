// Two texts side by side: the lines that changed, with those around them.

/**
 * The changed lines, `-` as it was and `+` as it is, each with the lines around it. Empty when nothing changed.
 */
export function changedLines(expected: string, actual: string, context = 3): string {
  const [before, after] = [expected.split("\n"), actual.split("\n")];
  const lines = editScript(before, after);
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some(({ sign }) => sign !== " "),
  );
  return lines
    .flatMap(({ sign, text }, at) => {
      if (near[at] === true) return [`${sign} ${text}`];
      return near[at - 1] === true ? ["  ..."] : [];
    })
    .join("\n");
}

interface Line {
  sign: " " | "-" | "+";
  text: string;
}

/** A shortest way from one list of lines to the other, by their longest common subsequence. */
function editScript(before: string[], after: string[]): Line[] {
  const width = after.length + 1;
  const longest = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      longest[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));

  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, young] = [before[i], after[j]];
    if (old !== undefined && old === young) {
      lines.push({ sign: " ", text: old });
      [i, j] = [i + 1, j + 1];
    } else if (old !== undefined && (young === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: "-", text: old });
      i++;
    } else {
      lines.push({ sign: "+", text: young ?? "" });
      j++;
    }
  }
  return lines;
}
