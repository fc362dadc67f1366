// The wiring of the stacks that this project ships, computed once for all tests of a run.
import { wiringOf, type Wiring } from "../../tools/map/wiring";
import { stack, type StackName } from "./stacks";

const known = new Map<StackName, Promise<Wiring>>();

export function wiring(name: StackName): Promise<Wiring> {
  const computed = known.get(name) ?? stack(name).then((rendered) => wiringOf(name, rendered));
  known.set(name, computed);
  return computed;
}

export const linkIds = ({ links }: Wiring): string[] => links.map(({ id }) => id);

/** What people could name things to do harm, and what could happen to a page or a diagram by accident. */
export const HOSTILE = [
  "<script>globalThis.harm = 1</script>",
  "</title></svg><img src=x onerror='globalThis.harm = 2'>",
  '"]; click the_mysql "javascript:harm()"; a["',
  "`**bold**` | end %% subgraph & #35; --> x",
];

/** The same wiring, in which every name ends in one of these. */
export function renamed(original: Wiring, ending: string): Wiring {
  const name = (text: string): string => `${text} ${ending}`;
  return {
    ...original,
    stack: name(original.stack),
    places: original.places.map((place) => ({ ...place, title: name(place.title) })),
    nodes: original.nodes.map((node) => ({ ...node, title: name(node.title), kind: name(node.kind) })),
    links: original.links.map((link) => ({ ...link, granted: link.granted.map(name) })),
    grants: original.grants.map((grant) => ({
      ...grant,
      consumer: name(grant.consumer),
      what: grant.what.map(name),
      generations: grant.generations.map(name),
    })),
    exposures: original.exposures.map((exposure) => ({ ...exposure, address: name(exposure.address) })),
    connections: original.connections.map((connection) => ({
      ...connection,
      from: name(connection.from),
      reasons: connection.reasons.map((reason) => ({ ...reason, edge: name(reason.edge) })),
    })),
  };
}
