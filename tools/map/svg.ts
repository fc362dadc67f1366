// The picture: one SVG that says without script what it shows. Its colours are the page's (page/page.css).
import { html, type Content, type Markup } from "./html";
import {
  DETAIL_SIZE,
  LABEL_SIZE,
  PLACE_SIZE,
  SIGN_WIDTH,
  TITLE_SIZE,
  type DrawnLink,
  type DrawnNode,
  type DrawnPlace,
  type Layout,
  type Point,
} from "./layout";
import type { Purpose } from "./links";
import type { Role } from "./nodes";
import type { Wiring } from "./wiring";

/** Short keys of nodes and lines: the page's script finds rows and lines by them. */
export interface Keys {
  readonly node: (id: string) => string;
  readonly link: (id: string) => string;
}

export function keysOf({ nodes, links }: Pick<Wiring, "nodes" | "links">): Keys {
  const numbered = (prefix: string, ids: readonly string[]): ((id: string) => string) => {
    const keys = new Map(ids.map((id, at) => [id, `${prefix}${at + 1}`]));
    return (id) => {
      const key = keys.get(id);
      if (key === undefined) throw new Error(`${id} is not in the picture`);
      return key;
    };
  };
  return {
    node: numbered(
      "n",
      nodes.map(({ id }) => id),
    ),
    link: numbered(
      "l",
      links.map(({ id }) => id),
    ),
  };
}

const PURPOSES: readonly Purpose[] = ["entrance", "access", "call", "metrics", "control"];

/** What a line means, for the legend. */
export const MEANING: Readonly<Record<Purpose, string>> = {
  entrance: "way in from outside",
  access: "uses what a Grant allows",
  call: "calls",
  metrics: "collects metrics",
  control: "uses the cluster's API",
};

/** A sign of 16 by 16 for each role, drawn in lines. */
const SIGNS: Readonly<Record<Role, Markup>> = {
  store: html`<ellipse cx="8" cy="3.5" rx="5.5" ry="2.2" /><path
      d="M2.5 3.5v9c0 1.2 2.5 2.2 5.5 2.2s5.5-1 5.5-2.2v-9M2.5 8c0 1.2 2.5 2.2 5.5 2.2s5.5-1 5.5-2.2"
    />`,
  service: html`<rect x="2" y="2" width="12" height="5" rx="1.2" /><rect
      x="2"
      y="9"
      width="12"
      height="5"
      rx="1.2"
    /><path d="M4.6 4.5h.1M4.6 11.5h.1" />`,
  job: html`<path d="M13.7 8a5.7 5.7 0 1 1-1.7-4M12.3 1.2V4.3H9.2" />`,
  client: html`<rect x="1.8" y="2.5" width="12.4" height="11" rx="1.4" /><path d="M1.8 5.6h12.4M4 4h.1" />`,
  cluster: html`<path d="M2 14.2h12M3.8 11.5V8M8 11.5V2.5M12.2 11.5V5.5" />`,
  outside: html`<path d="M8 1.5 13.8 4.8v6.4L8 14.5 2.2 11.2V4.8zM2.2 4.8 8 8.1l5.8-3.3M8 8.1v6.4" />`,
  entrance: html`<circle cx="8" cy="8" r="6.2" /><path
      d="M1.8 8h12.4M8 1.8c-4 3.6-4 8.8 0 12.4M8 1.8c4 3.6 4 8.8 0 12.4"
    />`,
};

export function picture(wiring: Wiring, layout: Layout, keys: Keys): Markup {
  const { width, height } = layout;
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    class="map"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="group"
    aria-labelledby="map-title map-description"
  >
    <title id="map-title">Wiring of the stack ${wiring.stack}</title>
    <desc id="map-description">${description(wiring)}</desc>
    <defs>${PURPOSES.map(arrow)}</defs>
    <g>${layout.places.map(drawPlace)}</g>
    <g>${layout.links.map((link) => drawLine(link, keys))}</g>
    <g>${layout.nodes.map((node) => drawNode(node, wiring, keys))}</g>
    <g>${layout.links.map((link) => drawLabel(link, keys))}</g>
  </svg>`;
}

function description({ places, nodes, links }: Wiring): string {
  return (
    `${nodes.length} components, applications and addresses in ${places.length} groups, with ${links.length} lines ` +
    `between them. Every line is a row of the table beneath, which says the same in words.`
  );
}

function arrow(purpose: Purpose): Markup {
  return html`<marker
    id="arrow-${purpose}"
    class="arrow ${purpose}"
    viewBox="0 0 8 8"
    refX="7"
    refY="4"
    markerWidth="8"
    markerHeight="8"
    markerUnits="userSpaceOnUse"
    orient="auto"
  >
    <path d="M0.5 0.5 7.5 4 0.5 7.5z" />
  </marker>`;
}

function drawPlace({ place, box, title }: DrawnPlace): Markup {
  return html`<g class="place ${place.kind}">
    <rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="10" />
    <text x="${box.x + 14}" y="${box.y + 22}" font-size="${PLACE_SIZE}">${title}</text>
  </g>`;
}

function drawNode({ node, box, title, detail }: DrawnNode, wiring: Wiring, keys: Keys): Markup {
  const middle = box.y + box.height / 2;
  const text = box.x + SIGN_WIDTH;
  return html`<g class="node ${node.role}" data-node="${keys.node(node.id)}">
    <title>${spoken(node, wiring)}</title>
    <rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="7" />
    <g class="sign" transform="translate(${box.x + 10} ${middle - 8})">${SIGNS[node.role]}</g>
    <text class="name" x="${text}" y="${middle - 4}" font-size="${TITLE_SIZE}">${title}</text>
    <text class="detail" x="${text}" y="${middle + 13}" font-size="${DETAIL_SIZE}">${detail}</text>
  </g>`;
}

/** What somebody hears, or sees when pointing at it. */
function spoken(node: DrawnNode["node"], { links, nodes, places }: Wiring): string {
  const nameOf = (id: string): string => nodes.find((other) => other.id === id)?.title ?? id;
  const place = places.find(({ id }) => id === node.place)?.title ?? node.place;
  const list = (verb: string, ids: readonly string[]): string[] =>
    ids.length === 0 ? [] : [`${verb} ${[...new Set(ids.map(nameOf))].join(", ")}`];
  return [
    `${node.title}: ${node.kind}, ${place}`,
    ...list(
      "may reach",
      links.filter(({ from }) => from === node.id).map(({ to }) => to),
    ),
    ...list(
      "reached by",
      links.filter(({ to }) => to === node.id).map(({ from }) => from),
    ),
    ...(node.members.length > 1 ? [`stands for ${node.members.length} sets of pods`] : []),
  ].join("\n");
}

function linkAttributes({ link }: DrawnLink, keys: Keys): Content {
  return html`data-link="${keys.link(link.id)}" data-from="${keys.node(link.from)}"
  data-to="${keys.node(link.to)}"`;
}

function drawLine(drawn: DrawnLink, keys: Keys): Markup {
  const { link, points } = drawn;
  return html`<path
    class="line ${link.purpose}"
    ${linkAttributes(drawn, keys)}
    marker-end="url(#arrow-${link.purpose})"
    d="${roundedPath(points)}"
  />`;
}

function drawLabel(drawn: DrawnLink, keys: Keys): Markup {
  const { label, text, link } = drawn;
  return html`<g class="label ${link.purpose}" ${linkAttributes(drawn, keys)}>
    <rect x="${label.x}" y="${label.y + 1}" width="${label.width}" height="${label.height - 2}" rx="4" />
    <text x="${label.x + label.width / 2}" y="${label.y + label.height - 5}" font-size="${LABEL_SIZE}">
      ${text}
    </text>
  </g>`;
}

const RADIUS = 7;

/** Straight from corner to corner, with the corners rounded. */
export function roundedPath(points: readonly Point[]): string {
  const steps = points.map((point, at) => {
    const [before, after] = [points[at - 1], points[at + 1]];
    if (before === undefined) return `M${rounded(point)}`;
    if (after === undefined) return `L${rounded(point)}`;
    const radius = Math.min(RADIUS, distance(before, point) / 2, distance(point, after) / 2);
    return `L${rounded(towards(point, before, radius))}Q${rounded(point)} ${rounded(towards(point, after, radius))}`;
  });
  return steps.join("");
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function towards(from: Point, to: Point, by: number): Point {
  const share = by / Math.max(distance(from, to), by, 0.001);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function rounded({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}
