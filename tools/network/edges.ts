// Which Edges of the program open a connection: the reason why it is permitted.
import type { Graph } from "../graph/graph";
import type { Network } from "./network";
import { mayConnect, type Connection } from "./reachability";

/** For each Edge of the program, by URN, the policies that it consists of: `namespace/name`. */
export function policiesOfEdges({ resources }: Graph): Map<string, readonly string[]> {
  const edges = resources.filter(({ type }) => type === "mlops:network:Edge");
  return new Map(
    edges.map(({ urn }) => [urn, resources.filter(({ parent }) => parent === urn).map(({ id }) => id)]),
  );
}

/** The same network, had the program none of these policies. */
export function withoutPolicies(network: Network, unwanted: ReadonlySet<string>): Network {
  const policies = network.policies.filter(({ namespace, name }) => !unwanted.has(`${namespace}/${name}`));
  return { ...network, policies };
}

/**
 * Answers which Edges, by URN, permit a connection: each of them would alone, beside what denies by default. None do where
 * it is permitted without any Edge.
 */
export function reasons(
  network: Network,
  edges: ReadonlyMap<string, readonly string[]>,
): (connection: Connection) => string[] {
  const all = [...edges.values()].flat();
  const none = withoutPolicies(network, new Set(all));
  const alone = [...edges]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([edge, own]) => {
      const others = new Set(all);
      for (const policy of own) others.delete(policy);
      return { edge, network: withoutPolicies(network, others) };
    });
  return ({ from, to, port, protocol }) => {
    if (port === undefined || mayConnect(none, from, to, port, protocol)) return [];
    return alone.filter((one) => mayConnect(one.network, from, to, port, protocol)).map(({ edge }) => edge);
  };
}
