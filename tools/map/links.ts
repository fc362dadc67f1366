// Links: the lines of the picture. Connections between the same two nodes are one, what a service does to itself is none,
// and the ingress controller is shown as the addresses that it answers to.
import type { Exposure } from "./exposures";
import { describeRights } from "./grants";
import type { MapNode, Place } from "./nodes";
import type { Unlinked } from "./wiring";

/** What a line is for, which decides how it looks. */
export type Purpose = "entrance" | "access" | "call" | "metrics" | "control";

export interface Link {
  /** `from > to`, with their ids, and the purpose. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly purpose: Purpose;
  readonly ports: readonly number[];
  /** What was granted, if that is why. */
  readonly granted: readonly string[];
}

/** Where the addresses are by which one gets in. */
export const ENTRANCES: Place = { id: "entrances", title: "from outside", kind: "outside" };

type Ends = Pick<Link, "from" | "to" | "purpose">;

/** The nodes that stand for the addresses. */
export function entranceNodes(exposures: readonly Exposure[]): MapNode[] {
  return exposures.map((exposure) => ({
    id: entranceId(exposure),
    title: exposure.address.replace(/^https?:\/\//, ""),
    kind: exposure.address.startsWith("https://") ? `${exposure.kind} · TLS` : exposure.kind,
    role: "entrance",
    place: ENTRANCES.id,
    component: undefined,
    ports: [],
    members: [],
  }));
}

function entranceId({ address, node, port }: Exposure): string {
  return `${ENTRANCES.id}/${address} ${node}:${port}`;
}

/** The ids of the lines that show a connection; none when both ends are folded into one node. */
export function linkEnds(
  connection: Unlinked,
  exposures: readonly Exposure[],
  nodes: ReadonlyMap<string, MapNode>,
): Ends[] {
  const { fromNode: from, toNode: to, reasons } = connection;
  if (from === to) return [];
  const ways = exposures.filter(
    (exposure) =>
      exposure.node === to &&
      reasons.length > 0 &&
      reasons.every(({ edge }) => exposure.edges.includes(edge)),
  );
  if (ways.length > 0) return ways.map((way) => ({ from: entranceId(way), to, purpose: "entrance" }));
  const purpose = (): Purpose => {
    if (nodes.get(from)?.role === "cluster") return "metrics";
    if (to === "outside/api-server") return "control";
    return reasons.some(({ grant }) => grant !== undefined) ? "access" : "call";
  };
  return [{ from, to, purpose: purpose() }];
}

export function linkId({ from, to, purpose }: Ends): string {
  return `${from} > ${to} (${purpose})`;
}

/** One line for all connections that it shows. */
export function drawLinks(shown: readonly { connection: Unlinked; ends: readonly Ends[] }[]): Link[] {
  const links = new Map<string, Link>();
  for (const { connection, ends } of shown)
    for (const end of ends) {
      const id = linkId(end);
      const { ports = [], granted = [] } = links.get(id) ?? {};
      const reasons = connection.reasons.flatMap(({ grant }) =>
        grant === undefined ? [] : [describeRights(grant)],
      );
      links.set(id, {
        id,
        ...end,
        ports: [...new Set([...ports, connection.port])].sort((one, other) => one - other),
        granted: [...new Set([...granted, ...reasons])].sort(),
      });
    }
  return [...links.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}
