// Who may connect to whom, computed from Kubernetes objects as a cluster's network plugin would: a connection
// needs the permission of the policies of both ends, and a pod that no policy of a direction selects is open.
import type { Network, Peer, PeerSelector, Pod, Policy, PortRange, Protocol } from "./network";

/** Stands for the pods' own addresses in ipBlock rules, which apply to pods like to anyone else. */
const POD_ADDRESS = "10.244.0.10";

/** Whether `from` may open a connection to this port of `to`. The port is what the pod listens on. */
export function mayConnect(
  network: Network,
  from: Peer,
  to: Peer,
  port: number,
  protocol: Protocol = "TCP",
): boolean {
  const out = from.kind === "address" || allows(network, "egress", from, to, to, port, protocol);
  const inward = to.kind === "address" || allows(network, "ingress", to, from, to, port, protocol);
  return out && inward;
}

/** Whether the policies of `self` in one direction let it talk to `other`. Ports are those of `target`. */
function allows(
  network: Network,
  direction: "ingress" | "egress",
  self: Pod,
  other: Peer,
  target: Peer,
  port: number,
  protocol: Protocol,
): boolean {
  // A process always reaches its own pod, but two replicas of one template are two pods: no exception here.
  const applying = applyingTo(self, direction, network);
  if (applying.length === 0) return true;
  return applying.some(({ policy, rules }) =>
    rules.some(
      (rule) =>
        (rule.peers === undefined || rule.peers.some((peer) => matchesPeer(network, policy, peer, other))) &&
        (rule.ports === undefined || rule.ports.some((range) => matchesPort(range, target, port, protocol))),
    ),
  );
}

interface Applying {
  policy: Policy;
  rules: NonNullable<Policy["ingress"]>;
}

/** The policies of each pod: asked for with every port of every other pod, and the same each time. */
const known = new WeakMap<readonly Policy[], Map<Pod, Partial<Record<"ingress" | "egress", Applying[]>>>>();

function applyingTo(self: Pod, direction: "ingress" | "egress", { policies }: Network): Applying[] {
  const ofPods = known.get(policies) ?? new Map<Pod, Partial<Record<"ingress" | "egress", Applying[]>>>();
  known.set(policies, ofPods);
  const ofPod = ofPods.get(self) ?? {};
  ofPods.set(self, ofPod);
  ofPod[direction] ??= policies.flatMap((policy) => {
    const rules = policy[direction];
    const selected = policy.namespace === self.namespace && policy.selector(self.labels);
    return selected && rules !== undefined ? [{ policy, rules }] : [];
  });
  return ofPod[direction];
}

function matchesPeer(network: Network, policy: Policy, selector: PeerSelector, peer: Peer): boolean {
  if (selector.block !== undefined) {
    const { cidr, except } = selector.block;
    const ip = peer.ip ?? POD_ADDRESS;
    return inBlock(ip, cidr) && !except.some((inner) => inBlock(ip, inner));
  }
  if (peer.kind === "address") return false;
  const rightNamespace =
    selector.namespaces === undefined
      ? peer.namespace === policy.namespace
      : selector.namespaces(network.namespaces.get(peer.namespace) ?? {});
  return rightNamespace && (selector.pods === undefined || selector.pods(peer.labels));
}

function matchesPort(range: PortRange, target: Peer, port: number, protocol: Protocol): boolean {
  if (range.protocol !== protocol) return false;
  if (range.port === undefined) return true;
  if (typeof range.port === "number") return port >= range.port && port <= (range.endPort ?? range.port);
  // A name means the port that the pod being connected to gives this name.
  return (
    target.kind === "pod" &&
    target.ports.some((own) => own.name === range.port && own.port === port && own.protocol === protocol)
  );
}

/** One permitted connection. */
export interface Connection {
  from: Peer;
  to: Peer;
  /** Undefined: also on ports that nothing in the network mentions. */
  port: number | undefined;
  protocol: Protocol;
}

/** A port that nobody uses: who may connect here may connect anywhere. */
const UNUSED_PORT = 49151;

/**
 * Every permitted connection between these peers, on every port that some container or policy mentions, and on
 * one that none does.
 */
export function connections(network: Network, peers: readonly Peer[] = network.pods): Connection[] {
  const ports = mentionedPorts(network);
  return peers.flatMap((from) =>
    peers
      .filter((to) => from.kind === "pod" || to.kind === "pod")
      .flatMap((to) => connectionsBetween(network, from, to, ports)),
  );
}

function connectionsBetween(
  network: Network,
  from: Peer,
  to: Peer,
  ports: Map<Protocol, Set<number>>,
): Connection[] {
  return [...ports].flatMap(([protocol, numbers]): Connection[] => {
    if (mayConnect(network, from, to, UNUSED_PORT, protocol))
      return [{ from, to, port: undefined, protocol }];
    return [...numbers]
      .filter((port) => mayConnect(network, from, to, port, protocol))
      .map((port) => ({ from, to, port, protocol }));
  });
}

function mentionedPorts(network: Network): Map<Protocol, Set<number>> {
  const ports = new Map<Protocol, Set<number>>([
    ["TCP", new Set()],
    ["UDP", new Set()],
  ]);
  const mention = (protocol: Protocol, port: number | string | undefined): void => {
    const numbers = ports.get(protocol) ?? new Set();
    if (typeof port === "number") ports.set(protocol, numbers.add(port));
  };
  for (const pod of network.pods) for (const { protocol, port } of pod.ports) mention(protocol, port);
  for (const policy of network.policies)
    for (const rule of [...(policy.ingress ?? []), ...(policy.egress ?? [])])
      for (const { protocol, port, endPort } of rule.ports ?? []) {
        mention(protocol, port);
        mention(protocol, endPort);
      }
  return ports;
}

/** The connections as text, one a line in a fixed order: a table to review and to compare. */
export function describeConnections(all: readonly Connection[]): string[] {
  return all
    .map(({ from, to, port, protocol }) => `${from.name} -> ${to.name} ${port ?? "every port"}/${protocol}`)
    .sort();
}

/** IPv4 and IPv6, by comparing the leading bits. */
export function inBlock(ip: string, cidr: string): boolean {
  const [network = "", prefix = ""] = cidr.split("/");
  const [address, base] = [bitsOf(ip), bitsOf(network)];
  const length = Number(prefix);
  return address.length === base.length && address.slice(0, length) === base.slice(0, length);
}

function bitsOf(ip: string): string {
  if (!ip.includes(":"))
    return ip
      .split(".")
      .map((part) => Number(part).toString(2).padStart(8, "0"))
      .join("");
  const [head = "", tail] = ip.split("::");
  const groups = (half: string): string[] => (half === "" ? [] : half.split(":"));
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...(tail === undefined ? [] : zeros), ...right]
    .map((group) => parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("");
}
