// The wiring as Markdown: docs/map.md, and the diagram of README.md.
import { APPS } from "./exposures";
import type { Link, Purpose } from "./links";
import { mermaid } from "./mermaid";
import { MEANING } from "./svg";
import { usersOf } from "./tables";
import type { Wiring } from "./wiring";

const BEGIN = "<!-- The diagram is written by `make docs`, from the stack. -->";
const END = "<!-- End of the diagram. -->";

/** What a newcomer need not see first: who collects metrics, and who talks to the API server. */
const DETAILS: readonly Purpose[] = ["metrics", "control"];

export function readmeDiagram(wiring: Wiring): string {
  return fenced(mermaid(wiring, { without: DETAILS, oneEntrance: true }));
}

/** The text with another diagram between the marks. */
export function withDiagram(text: string, diagram: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has to have the lines\n${BEGIN}\n${END}`);
  return `${text.slice(0, begin)}${BEGIN}\n\n${diagram}\n${text.slice(end)}`;
}

export function mapDocument(wirings: readonly Wiring[]): string {
  return [
    "# Who may reach what",
    "",
    "<!-- Written by `make docs`, and for one stack by `make map`, from the stacks of this checkout. -->",
    "",
    "This page is generated from the stacks as they would be deployed. Its lines come from the network policies of both",
    "ends, computed as a cluster enforces them, and not from what the program says of itself. What is not listed is",
    "denied, both ways. Besides, every pod may ask for names.",
    "",
    "Jobs that set up a service are folded into it here. `make map STACK=prod` writes, beside this for one stack, a page with",
    "every single connection for the browser, in which a component's connections light up and rows can be found and sorted.",
    "",
    ...wirings.flatMap(section),
  ].join("\n");
}

function section(wiring: Wiring): string[] {
  const { stack, target, exposures, grants, links } = wiring;
  const titleOf = (id: string): string => wiring.nodes.find((node) => node.id === id)?.title ?? id;
  const placed = (id: string): string => {
    const node = wiring.nodes.find((candidate) => candidate.id === id);
    const place = wiring.places.find((candidate) => candidate.id === node?.place);
    return `${code(titleOf(id))} in ${cell(place?.title ?? "")}`;
  };
  const inside = links.filter(({ purpose }) => purpose !== "entrance");
  return [
    `## ${cell(stack)}, on ${target}`,
    "",
    fenced(mermaid(wiring)),
    "### Ways in",
    "",
    ...table(
      ["address", "by", "leads to"],
      exposures.map(({ address, kind, node, port }) => [
        code(address),
        cell(kind),
        `${placed(node)}, port ${port}`,
      ]),
    ),
    ...(exposures.some(({ address }) => address.includes(APPS))
      ? [`${code(APPS)} stands for the domain that the cluster gives to Routes.`, ""]
      : []),
    "### Grants",
    "",
    ...table(
      ["consumer", "service", "may use", "access", "used by"],
      grants.map((grant) => [
        code(grant.consumer),
        code(grant.service),
        cell(grant.what.join(", ")),
        cell(grant.access),
        usersOf(wiring, grant.urn).map(code).join(", "),
      ]),
    ),
    "### Connections",
    "",
    ...table(
      ["from", "to", "port", "why"],
      inside.map((link) => [placed(link.from), placed(link.to), link.ports.join(", "), cell(why(link))]),
    ),
  ];
}

function why({ purpose, granted }: Link): string {
  return purpose === "access" ? granted.join("; ") : MEANING[purpose];
}

export function fenced(diagram: string): string {
  return `\`\`\`mermaid\n${diagram}\`\`\`\n`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line), ""];
}

/** A name, which may have letters that mean something to Markdown or HTML. */
export function code(name: string): string {
  return `\`${name.replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s+/g, " ")}\``;
}

export function cell(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>|#&!]/g, (letter) => `\\${letter}`);
}
