// Width of text in the picture, which is laid out where no browser is. The page uses the reader's own fonts, so these are
// the widths of a wide one (DejaVu Sans): with any other, text takes less room than it was given.

/** Thousandths of the font's size; whatever is not named here is as wide as a wide letter. */
const WIDTHS = new Map<string, number>([
  ...spread("fijl.,:;'|!I", 410),
  ...spread('t()-[]r /\\"·', 500),
  ...spread("acesvxyzkJ_*?<>=+1234567890", 640),
  ...spread("bdghnopquLFEPSTXYZ", 690),
  ...spread("ABCDGHKNOQRUVM&%", 830),
]);
const WIDEST = 1000;
/** Bold letters are wider. */
const BOLD = 1.12;

function spread(letters: string, width: number): [string, number][] {
  return Array.from(letters, (letter) => [letter, width]);
}

/** In pixels, for a size in pixels. */
export function textWidth(text: string, size: number, weight: "normal" | "bold" = "normal"): number {
  const thousandths = Array.from(text).reduce((sum, letter) => sum + (WIDTHS.get(letter) ?? WIDEST), 0);
  return Math.ceil((thousandths / 1000) * size * (weight === "bold" ? BOLD : 1));
}

/** The text, cut with an ellipsis where it would take more room. */
export function fitText(text: string, room: number, size: number, weight?: "normal" | "bold"): string {
  if (textWidth(text, size, weight) <= room) return text;
  const letters = Array.from(text);
  while (letters.length > 1 && textWidth(`${letters.join("")}…`, size, weight) > room) letters.pop();
  return `${letters.join("")}…`;
}
