// Page: what a Markdown file consists of, as far as checks need it: headings, links, code. Line numbers are those of
// the file, so that a complaint leads there.

export interface Heading {
  readonly text: string;
  /** The anchor that GitHub gives it. */
  readonly slug: string;
  readonly line: number;
}

export interface Link {
  readonly target: string;
  readonly image: boolean;
  readonly line: number;
}

/** A fenced block. */
export interface Block {
  /** The first word after the fence: `sh`. */
  readonly language: string;
  /** What is behind it: the file that the code is, or changes. Empty: none. */
  readonly file: string;
  readonly code: string;
  /** Of its first line of code. */
  readonly line: number;
}

export interface Page {
  readonly headings: readonly Heading[];
  /** Anchors that HTML in the page makes. */
  readonly anchors: readonly string[];
  readonly links: readonly Link[];
  /** Labels of reference links that nothing defines, and definitions that nothing uses. */
  readonly undefinedLabels: readonly { label: string; line: number }[];
  readonly unusedLabels: readonly { label: string; line: number }[];
  readonly blocks: readonly Block[];
  /** Code in running text, between backticks. */
  readonly spans: readonly { code: string; line: number }[];
}

const FENCE =
  /^(?<indent>[ \t>]*(?:[-*+] +|\d+[.)] +)?)(?<fence>`{3,}|~{3,})\s*(?<language>[^\s`]*) *(?<file>[^`]*)$/;

export function readPage(text: string): Page {
  const { prose, blocks } = separateBlocks(text);
  // Headings and link texts keep the code in them; where links are looked for, it is blanked out.
  const { plain, spans } = blankSpans(prose);
  const lineOf = lines(text);
  const definitions = new Map<string, { target: string; line: number }>();
  const body = plain.replace(
    /^ {0,3}\[([^\]^][^\]]*)\]:[ \t]*(\S+).*$/gm,
    (all, label: string, target: string, at: number) => {
      definitions.set(normalized(label), { target, line: lineOf(at) });
      return " ".repeat(all.length);
    },
  );
  const inline = inlineLinks(body, lineOf);
  const references = referenceLinks(body, lineOf);
  const used = new Set(references.map(({ label }) => label));
  for (const [, label = ""] of body.matchAll(/\[([^\][]+)\]/g)) used.add(normalized(label));
  return {
    headings: headingsOf(prose),
    anchors: [...plain.matchAll(/<a\s[^>]*\b(?:name|id)="([^"]+)"/g)].map(([, name = ""]) => name),
    links: [
      ...inline,
      ...[...definitions.values()].map(({ target, line }) => ({ target, line, image: false })),
      ...bareLinks(body, lineOf),
    ],
    undefinedLabels: references.filter(({ label }) => !definitions.has(label)),
    unusedLabels: [...definitions].flatMap(([label, { line }]) => (used.has(label) ? [] : [{ label, line }])),
    blocks,
    spans: spans.map(({ code, at }) => ({ code, line: lineOf(at) })),
  };
}

interface OpenBlock extends Pick<Block, "language" | "file" | "line"> {
  readonly fence: string;
  readonly indent: number;
  readonly lines: string[];
}

const closed = ({ language, file, line, lines }: OpenBlock): Block => ({
  language,
  file,
  line,
  code: lines.join("\n"),
});

/** The text without code blocks and comments, each line in its place; and the blocks. */
function separateBlocks(text: string): { prose: string; blocks: Block[] } {
  const blocks: Block[] = [];
  let open: OpenBlock | undefined;
  const kept = text.split("\n").map((line, at) => {
    if (open === undefined) {
      const { indent = "", fence, language = "", file = "" } = FENCE.exec(line)?.groups ?? {};
      if (fence === undefined) return line;
      open = { fence, indent: indent.length, language, file: file.trim(), lines: [], line: at + 2 };
      return " ".repeat(line.length);
    }
    if (line.trim().startsWith(open.fence) && line.trim().replaceAll(open.fence.charAt(0), "") === "") {
      blocks.push(closed(open));
      open = undefined;
    } else {
      const indentation = /^[ \t]*/.exec(line)?.[0].length ?? 0;
      open.lines.push(line.slice(Math.min(open.indent, indentation)));
    }
    return " ".repeat(line.length);
  });
  if (open !== undefined) blocks.push(closed(open));
  const prose = kept.join("\n").replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, " "));
  return { prose, blocks };
}

function blankSpans(prose: string): { plain: string; spans: { code: string; at: number }[] } {
  const spans: { code: string; at: number }[] = [];
  // A span may go over a line's end, never over a paragraph's.
  const plain = prose.replace(
    /(?<!`)(`+)(?!`)((?:(?!\n[ \t]*\n)[\s\S])*?[^`])\1(?!`)/g,
    (all, _, code: string, at: number) => {
      spans.push({ code: code.replace(/\s*\n\s*/g, " ").trim(), at });
      return all.replace(/[^\n]/g, "x");
    },
  );
  return { plain, spans };
}

function headingsOf(prose: string): Heading[] {
  const taken = new Map<string, number>();
  const texts = prose.split("\n");
  return texts.flatMap((line, at) => {
    const [, atx] = /^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/.exec(line) ?? [];
    const underlined = /^ {0,3}(=+|-+)[ \t]*$/.test(texts[at + 1] ?? "") && /^ {0,3}[^\s#>|-]/.test(line);
    const raw = atx ?? (underlined ? line.trim() : undefined);
    if (raw === undefined) return [];
    const text = plainText(raw);
    const base = slugOf(text);
    const count = taken.get(base) ?? 0;
    taken.set(base, count + 1);
    return [{ text, slug: count === 0 ? base : `${base}-${count}`, line: at + 1 }];
  });
}

/** A heading as it is read: without the marks of links, code and emphasis. */
function plainText(heading: string): string {
  return heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/`+([^`]*)`+/g, "$1")
    .replace(/(\*\*|\*|~~)(\S(?:.*?\S)?)\1/g, "$2")
    .replace(/(?<![\w_])(__|_)(\S(?:.*?\S)?)\1(?![\w_])/g, "$2");
}

/** GitHub's anchor for a heading: small letters, spaces as hyphens, no punctuation. */
export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

type LineOf = (at: number) => number;

function inlineLinks(body: string, lineOf: LineOf): Link[] {
  // What follows `](`. The text before it may hold an image, which is another link of its own.
  const all = body.matchAll(
    /\]\(\s*(?:<([^>\n]*)>|([^\s()<]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/g,
  );
  return [...all].map(({ 1: angled, 2: plain = "", index }) => ({
    target: angled ?? plain,
    image: isImage(body, index),
    line: lineOf(index),
  }));
}

/** Whether the bracket that closes at `end` was opened by `![`. */
function isImage(body: string, end: number): boolean {
  let depth = 0;
  for (let at = end; at >= 0; at -= 1) {
    if (body[at] === "]") depth += 1;
    if (body[at] === "[") depth -= 1;
    if (depth === 0) return body[at - 1] === "!";
  }
  return false;
}

function referenceLinks(body: string, lineOf: LineOf): { label: string; line: number }[] {
  return [...body.matchAll(/\[([^\][]+)\]\[([^\][]*)\]/g)].map(({ 1: text = "", 2: label = "", index }) => ({
    label: normalized(label === "" ? text : label),
    line: lineOf(index),
  }));
}

/** Addresses that GitHub makes links of by itself. */
function bareLinks(body: string, lineOf: LineOf): Link[] {
  return [...body.matchAll(/(?<![\w("'[<=]|\]\()(?:<(https?:\/\/[^>\s]*)>|(https?:\/\/[^\s<>)\]|]+))/g)].map(
    ({ 1: angled, 2: plain = "", index }) => ({
      target: angled ?? plain.replace(/[.,;:!?'"*_]+$/, ""),
      image: false,
      line: lineOf(index),
    }),
  );
}

const normalized = (label: string) => label.trim().toLowerCase().replace(/\s+/g, " ");

function lines(text: string): LineOf {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return (at) => ends.filter((end) => end < at).length + 1;
}
