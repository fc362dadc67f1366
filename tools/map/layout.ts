// Layout of the picture: where nodes, namespaces and lines go. ELK computes it when the page is made. It is the one
// maintained library that layers a graph across nested boxes, routes lines around them at right angles and keeps room
// for the lines' labels; the page needs nothing of it.
import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs";
import type { Link } from "./links";
import type { MapNode, Place } from "./nodes";
import { fitText, textWidth } from "./text-width";
import type { Wiring } from "./wiring";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What a node says, cut to its width. */
export interface DrawnNode {
  readonly node: MapNode;
  readonly box: Box;
  readonly title: string;
  readonly detail: string;
}

export interface DrawnPlace {
  readonly place: Place;
  readonly box: Box;
  readonly title: string;
}

export interface DrawnLink {
  readonly link: Link;
  readonly points: readonly Point[];
  readonly text: string;
  readonly label: Box;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: readonly DrawnPlace[];
  readonly nodes: readonly DrawnNode[];
  readonly links: readonly DrawnLink[];
}

export const TITLE_SIZE = 13;
export const DETAIL_SIZE = 11;
export const LABEL_SIZE = 11;
export const PLACE_SIZE = 12;
/** Left of a node's text: its sign. */
export const SIGN_WIDTH = 34;
const NODE_HEIGHT = 48;
const PADDING = 12;
const MOST = 260;

const ROOT_OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.json.shapeCoords": "ROOT",
  "elk.json.edgeCoords": "ROOT",
  "elk.padding": "[top=16,left=16,bottom=16,right=16]",
  "elk.spacing.nodeNode": "18",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "9",
  "elk.spacing.edgeLabel": "4",
  "elk.layered.spacing.nodeNodeBetweenLayers": "22",
  "elk.layered.spacing.edgeNodeBetweenLayers": "12",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "9",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.crossingMinimization.thoroughness": "40",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.compaction.postCompaction.strategy": "EDGE_LENGTH",
  "elk.randomSeed": "1",
};

const PLACE_OPTIONS = { "elk.padding": "[top=36,left=14,bottom=14,right=14]" };

export async function layOut({ places, nodes, links }: Wiring): Promise<Layout> {
  const graph: ElkNode = {
    id: "map",
    layoutOptions: ROOT_OPTIONS,
    children: places.map((place) => ({
      id: place.id,
      layoutOptions: {
        ...PLACE_OPTIONS,
        "elk.nodeSize.constraints": "MINIMUM_SIZE",
        "elk.nodeSize.minimum": `(${textWidth(place.title, PLACE_SIZE, "bold") + 2 * PADDING + 4},${NODE_HEIGHT})`,
      },
      children: nodes
        .filter((node) => node.place === place.id)
        .map(({ id }, _, together) => ({
          id: nodeKey(id),
          width: Math.max(...together.map(widthOf)),
          height: NODE_HEIGHT,
        })),
    })),
    edges: links.map((link): ElkExtendedEdge => ({
      id: link.id,
      sources: [nodeKey(link.from)],
      targets: [nodeKey(link.to)],
      labels: [
        {
          text: portText(link),
          width: textWidth(portText(link), LABEL_SIZE) + 8,
          height: LABEL_SIZE + 6,
          layoutOptions: { "elk.edgeLabels.placement": "CENTER", "elk.edgeLabels.inline": "true" },
        },
      ],
    })),
  };
  const result = await new ELK().layout(graph);
  const boxes = new Map(
    (result.children ?? []).flatMap((place) => [place, ...(place.children ?? [])]).map((at) => [at.id, at]),
  );
  const routes = new Map((result.edges ?? []).map((edge) => [edge.id, edge]));
  const boxOf = (id: string): Box => box(boxes.get(id), id);
  return {
    width: Math.ceil(result.width ?? 0),
    height: Math.ceil(result.height ?? 0),
    places: places.map((place) => ({ place, box: boxOf(place.id), title: place.title })),
    nodes: nodes.map((node) => ({ node, box: boxOf(nodeKey(node.id)), ...textsOf(node) })),
    links: links.map((link) => {
      const route = routes.get(link.id);
      return {
        link,
        points: (route?.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
          startPoint,
          ...bendPoints,
          endPoint,
        ]),
        text: portText(link),
        label: box(route?.labels?.[0], `the label of ${link.id}`),
      };
    }),
  };
}

/** Places and nodes share one space of names in ELK. */
function nodeKey(id: string): string {
  return `node ${id}`;
}

function portText({ ports }: Link): string {
  return ports.map((port) => `:${port}`).join(" ");
}

/** `object store · :9000 :9001` */
function detailOf({ kind, ports }: MapNode): string {
  return [kind, ports.map((port) => `:${port}`).join(" ")].filter((part) => part !== "").join(" · ");
}

function textsOf(node: MapNode): { title: string; detail: string } {
  return {
    title: fitText(node.title, MOST, TITLE_SIZE, "bold"),
    detail: fitText(detailOf(node), MOST, DETAIL_SIZE),
  };
}

/** Neighbours are as wide as the widest of them. */
function widthOf(node: MapNode): number {
  const { title, detail } = textsOf(node);
  const text = Math.max(textWidth(title, TITLE_SIZE, "bold"), textWidth(detail, DETAIL_SIZE));
  return SIGN_WIDTH + text + PADDING;
}

function box(shape: Partial<Box> | undefined, what: string): Box {
  const { x, y, width, height } = shape ?? {};
  if (x === undefined || y === undefined || width === undefined || height === undefined)
    throw new Error(`ELK gave no place to ${what}`);
  return { x, y, width, height };
}
