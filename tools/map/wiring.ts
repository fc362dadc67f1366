// The wiring of a rendered stack as plain data: who runs where, who may reach whom and why, who was granted what, and
// how one gets in from outside. Who may reach whom comes from the policies, not from what the code says of itself.
import { policiesOfEdges, reasons } from "../network/edges";
import { stackNetwork, wiredConnections } from "../network/stack";
import type { RenderedStack } from "../render/stack";
import { exposuresOf, type Exposure } from "./exposures";
import { Family } from "./family";
import { grantsOf, type GrantRow } from "./grants";
import { drawLinks, entranceNodes, ENTRANCES, linkEnds, linkId, type Link } from "./links";
import { sceneOf, type MapNode, type Place } from "./nodes";

/** Why a connection is permitted. */
export interface Reason {
  /** The Edge that opens it: `iris-api-to-mlflow-server`. */
  readonly edge: string;
  /** The Grant that made the Edge, if one did. */
  readonly grant: GrantRow | undefined;
}

/** One permitted connection, before it is known which line of the picture shows it. */
export interface Unlinked {
  /** As the policies' tests list them: `mlops/deployment/iris-api`. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: string;
  readonly reasons: readonly Reason[];
  /** Ids of the nodes in which both ends are folded. */
  readonly fromNode: string;
  readonly toNode: string;
}

/** One permitted connection: a row of the table. */
export interface MapConnection extends Unlinked {
  /** Ids of the lines that show it; none when both ends are folded into one node. */
  readonly links: readonly string[];
}

export interface Wiring {
  readonly stack: string;
  readonly target: RenderedStack["config"]["target"];
  readonly places: readonly Place[];
  readonly nodes: readonly MapNode[];
  /** Everything that is permitted, names aside, which every pod may ask for. */
  readonly connections: readonly MapConnection[];
  /** The lines of the picture: connections between the same nodes are one. */
  readonly links: readonly Link[];
  readonly grants: readonly GrantRow[];
  readonly exposures: readonly Exposure[];
}

export function wiringOf(stack: string, rendered: RenderedStack): Wiring {
  const { graph, config } = rendered;
  const the = stackNetwork(rendered);
  const family = new Family(graph);
  const edges = policiesOfEdges(graph);
  const edgesFor = reasons(the.network, edges);
  const opened = wiredConnections(the).map((connection) => ({
    connection,
    edges: edgesFor(connection).map((urn) => family.get(urn)),
  }));
  const scene = sceneOf({ rendered, the, family, edges, opened });
  const grants = grantsOf(family);
  const rows = opened
    .map((one): Unlinked => {
      const { from, to, port, protocol } = one.connection;
      // tests/network: nothing is open on every port.
      if (port === undefined) throw new Error(`${from.name} may reach ${to.name} on every port`);
      const ends = scene.endsOf(one);
      return {
        from: from.name,
        to: to.name,
        port,
        protocol,
        reasons: one.edges.map((edge) => ({
          edge: edge.name,
          grant: grants.find((grant) => grant.urn === edge.parent),
        })),
        fromNode: ends.from.id,
        toNode: ends.to.id,
      };
    })
    .sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
  const exposures = exposuresOf({ rendered, the, family, scene, connections: rows });
  const nodes = [...scene.nodes, ...entranceNodes(exposures)];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const shown = rows.map((connection) => ({ connection, ends: linkEnds(connection, exposures, byId) }));
  const links = drawLinks(shown);
  return {
    stack,
    target: config.target,
    ...onTheMap([ENTRANCES, ...scene.places], nodes, links),
    connections: shown.map(({ connection, ends }) => ({ ...connection, links: ends.map(linkId) })),
    links,
    grants,
    exposures,
  };
}

/** Without what others stand for: the ingress controller, and addresses that only get in where everybody does. */
function onTheMap(
  places: readonly Place[],
  nodes: readonly MapNode[],
  links: readonly Link[],
): Pick<Wiring, "places" | "nodes"> {
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  const shown = nodes
    .filter(({ id, role }) => linked.has(id) || role === "service" || role === "store" || role === "job")
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  return { places: places.filter(({ id }) => shown.some(({ place }) => place === id)), nodes: shown };
}

function sortKey({ from, to, port, protocol }: Unlinked): string {
  return [from, to, String(port).padStart(5, "0"), protocol].join(" ");
}
