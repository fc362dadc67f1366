// Page: lays out what a folder of components offers as Markdown that reads well on GitHub.
import type { ClassEntry, Entry, Member, Module } from "./model";

/** Where each documented name is: `Scaling` -> `workload.md#scaling`. */
export type Places = ReadonlyMap<string, string>;

const NOTE = (source: string) =>
  `<!-- Generated from the comments in ${source} by \`npm run --silent docs\`. Change these, not this page. -->`;

export function placesOf(modules: readonly Module[]): Places {
  return new Map(
    modules.flatMap(({ folder, entries }) =>
      entries.map(({ name }) => [name, `${folder}.md#${name.toLowerCase()}`] as const),
    ),
  );
}

export function modulePage(module: Module, places: Places): string {
  const { title, doc, folder, source, entries } = module;
  const here = new Map([...places].map(([name, place]) => [name, place.replace(`${folder}.md#`, "#")]));
  const shown = entries.filter(({ name }) => !isShownWithItsClass(name, entries));
  return [
    `# ${title}`,
    "",
    NOTE(source),
    "",
    doc,
    "",
    `Source: [${source}](../../${source})`,
    "",
    ...shown.flatMap((entry) => [...section(entry, here), ""]),
  ].join("\n");
}

/** The arguments of a class are shown with it, under its own heading. */
function isShownWithItsClass(name: string, entries: readonly Entry[]): boolean {
  return entries.some((entry) => entry.kind === "class" && argsName(entry) === name);
}

/** Without its type parameters. */
const argsName = ({ args }: ClassEntry) => args?.name.replace(/<.*$/, "");

function section(entry: Entry, places: Places): string[] {
  const head = [`## ${entry.name}`, ...(entry.doc === "" ? [] : ["", paragraphs(entry.doc)])];
  if (entry.kind === "class") return [...head, ...classParts(entry, places)];
  if (entry.kind === "code") return [...head, "", "```ts", entry.code, "```"];
  return entry.members.length === 0 ? head : [...head, "", ...table("Field", entry.members, places)];
}

function classParts(entry: ClassEntry, places: Places): string[] {
  const { name, constructorParameters, args, members, example } = entry;
  const made =
    constructorParameters.length === 0
      ? []
      : ["", "```ts", `new ${name}(${constructorParameters.join(", ")})`, "```"];
  const taken =
    args === undefined || args.members.length === 0
      ? []
      : ["", `### ${argsName(entry)}`, "", ...table("Argument", args.members, places)];
  const offered =
    members.length === 0 ? [] : ["", `### What ${name} tells others`, "", ...offers(members, places)];
  return [...made, ...(example === undefined ? [] : ["", codeBlock(example)]), ...taken, ...offered];
}

const codeBlock = (example: string) =>
  example.includes("```") ? example.trim() : `\`\`\`ts\n${example.trim()}\n\`\`\``;

function table(title: string, members: readonly Member[], places: Places): string[] {
  // What has to be given comes first.
  const isRequired = ({ optional, byDefault }: Member) => !optional && byDefault === undefined;
  const sorted = [...members.filter(isRequired), ...members.filter((member) => !isRequired(member))];
  return [
    `| ${title} | Type | Default | Meaning |`,
    "| --- | --- | --- | --- |",
    ...sorted.map((member) =>
      row([
        `\`${member.name}${member.kind === "method" ? "()" : ""}\``,
        typeCell(member.type, places),
        isRequired(member) ? "required" : defaultCell(member.byDefault ?? "none"),
        prose(member.doc),
      ]),
    ),
  ];
}

function offers(members: readonly Member[], places: Places): string[] {
  return [
    "| Name | Type | Meaning |",
    "| --- | --- | --- |",
    ...members.map(({ name, kind, type, doc }) =>
      row([`\`${name}${kind === "method" ? "()" : ""}\``, typeCell(type, places), prose(doc)]),
    ),
  ];
}

/** Values are code; phrases such as "the image's own" are not. */
function defaultCell(text: string): string {
  return /^(-?\d|"|\{|\[|true$|false$)/.test(text) ? code(text) : prose(text);
}

/** Code, in which names that the reference explains are links. */
function typeCell(type: string, places: Places): string {
  return type
    .split(/\b([A-Z]\w*)\b/)
    .map((part) => {
      const place = places.get(part);
      return place === undefined ? part : { part, place };
    })
    .reduce<(string | { part: string; place: string })[]>((merged, part) => {
      const last = merged.at(-1);
      if (typeof part === "string" && typeof last === "string") return [...merged.slice(0, -1), last + part];
      return [...merged, part];
    }, [])
    .map((part) => (typeof part === "string" ? code(part) : `[\`${part.part}\`](${part.place})`))
    .join("");
}

const code = (text: string) => (text.trim() === "" ? text : text.replace(/^(\s*)(.*?)(\s*)$/, "$1`$2`$3"));

/** Text of a comment, with code between fences as blocks of their own. */
function paragraphs(text: string): string {
  return text
    .split(/(```[\s\S]*?```)/)
    .map((part, at) => (at % 2 === 1 ? part : prose(part)))
    .join("");
}

/** Text of a comment: outside of code, what looks like HTML is none. */
function prose(text: string): string {
  return text
    .replace(/\{@link\s+([^}\s]+)[^}]*\}/g, "`$1`")
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll("<", "&lt;").replaceAll("*", "\\*")))
    .join("");
}

const row = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|").trim()).join(" | ")} |`;

/** The page that lists the others. */
export function indexPage(modules: readonly Module[]): string {
  return [
    "# Reference",
    "",
    NOTE("components/ and stacks/"),
    "",
    "What programs can use of the platform, as the package `mlops-platform` exports it: components, the arguments of their",
    "classes with unit and default, and what they tell others.",
    "Settings of a stack are in [configuration.md](../configuration.md), the words used here in",
    "[architecture.md](../architecture.md#vocabulary).",
    "",
    "| Page | What it is | Classes |",
    "| --- | --- | --- |",
    ...modules.map(({ folder, title, doc, entries }) =>
      row([
        `[${title}](${folder}.md)`,
        prose(doc),
        entries
          .filter(({ kind }) => kind === "class")
          .map(({ name }) => `[\`${name}\`](${folder}.md#${name.toLowerCase()})`)
          .join(", "),
      ]),
    ),
    "",
    "Types such as `Input`, `Output`, `Resource` and `ComponentResourceOptions` are Pulumi's: an `Input` is a value or an",
    "output of another resource.",
    "",
  ].join("\n");
}
