// The picture as Mermaid, which GitHub draws in the reader's own colours: no colour is set here.
import { ENTRANCES, type Link, type Purpose } from "./links";
import type { MapNode, Role } from "./nodes";
import type { Wiring } from "./wiring";

export interface MermaidOptions {
  /** Lines that are left out, with what has no others. @default none */
  readonly without?: readonly Purpose[];
  /** One sign for everything outside, instead of each address. @default false */
  readonly oneEntrance?: boolean;
}

/** Around a node's text. */
const SHAPES: Readonly<Record<Role, readonly [string, string]>> = {
  store: ["[(", ")]"],
  service: ["[", "]"],
  job: ["([", "])"],
  client: ["[", "]"],
  entrance: ["([", "])"],
  cluster: ["[", "]"],
  outside: ["[[", "]]"],
};

const SOLID: readonly Purpose[] = ["entrance", "access", "call"];

export function mermaid(wiring: Wiring, options: MermaidOptions = {}): string {
  const { places, nodes, links } = chosen(wiring, options);
  const idOf = identifiers("the", nodes);
  const placeIdOf = identifiers("in", places);
  return [
    "flowchart LR",
    ...places.flatMap(({ id, title, kind }) => {
      const inside = nodes
        .filter(({ place }) => place === id)
        .map((node) => `    ${drawn(node, idOf(node.id))}`);
      if (id === ENTRANCES.id && options.oneEntrance === true) return inside.map((line) => line.slice(2));
      const style = kind === "platform" ? [] : [`  style ${placeIdOf(id)} stroke-dasharray: 5 4`];
      return [`  subgraph ${placeIdOf(id)}["${quoted(title)}"]`, ...inside, "  end", ...style];
    }),
    ...links.map((link) => `  ${idOf(link.from)} ${arrow(link)} ${idOf(link.to)}`),
    "",
  ].join("\n");
}

function chosen(
  { places, nodes, links }: Wiring,
  { without = [], oneEntrance = false }: MermaidOptions,
): Pick<Wiring, "places" | "nodes" | "links"> {
  const entrances = new Set(nodes.filter(({ role }) => role === "entrance").map(({ id }) => id));
  const outside = (id: string): string => (oneEntrance && entrances.has(id) ? ENTRANCES.id : id);
  const kept = new Map(
    links
      .filter(({ purpose }) => !without.includes(purpose))
      .map((link) => ({ ...link, from: outside(link.from) }))
      .map((link) => [`${link.from} ${link.to} ${link.purpose}`, link]),
  );
  const linked = new Set([...kept.values()].flatMap(({ from, to }) => [from, to]));
  const all = oneEntrance ? [OUTSIDE, ...nodes] : nodes;
  const lonely = new Set(nodes.filter(({ id }) => !links.some(({ from, to }) => from === id || to === id)));
  const shown = all.filter((node) => linked.has(node.id) || lonely.has(node));
  return {
    places: places.filter(({ id }) => shown.some(({ place }) => place === id)),
    nodes: shown,
    links: [...kept.values()],
  };
}

/** Everything outside, as one. */
const OUTSIDE: MapNode = {
  id: ENTRANCES.id,
  title: "outside",
  kind: "",
  role: "entrance",
  place: ENTRANCES.id,
  component: undefined,
  ports: [],
  members: [],
};

function drawn({ title, kind, role, ports }: MapNode, id: string): string {
  const [open, close] = SHAPES[role];
  const detail = [kind, ports.map((port) => `:${port}`).join(" ")].filter((part) => part !== "").join(" ");
  const lines = [title, detail].filter((line) => line !== "").map(quoted);
  return `${id}${open}"${lines.join("<br/>")}"${close}`;
}

/** A Grant says what it allows; where a node listens stands in it. */
function arrow({ purpose, granted }: Link): string {
  const line = SOLID.includes(purpose) ? "-->" : "-.->";
  const said = purpose === "access" ? granted.map(brokenLine).join("<br/>") : "";
  return said === "" ? line : `${line}|"${said}"|`;
}

/** What was granted above how it may be used. */
function brokenLine(granted: string): string {
  return quoted(granted)
    .replace(/: ([a-z ]+)$/, "<br/>$1")
    .replaceAll(", ", ",<br/>");
}

/** Words that Mermaid can't take for its own, by ids: they begin with a prefix. */
function identifiers(
  prefix: string,
  named: readonly { readonly id: string; readonly title: string }[],
): (id: string) => string {
  const words = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id, title } of named) {
    const word = `${prefix}_${title.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_|_$/g, "")}`;
    let unique = word;
    for (let number = 2; taken.has(unique); number++) unique = `${word}_${number}`;
    taken.add(unique);
    words.set(id, unique);
  }
  return (id) => {
    const word = words.get(id);
    if (word === undefined) throw new Error(`${id} is not in the diagram`);
    return word;
  };
}

/** Text between quotes: whatever means something to Mermaid, to HTML or to Markdown is written by its number. */
export function quoted(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .replace(/[^\p{L}\p{N} .,:;/_=+·()-]/gu, (letter) => `#${letter.codePointAt(0) ?? 63};`);
}
