// Survey: who can reach whom, as attempts to be made, what the wiring map says of each, and how the two differ. Nothing here
// touches a machine, and nothing here reads what is in force there: only what the program renders.
import type { Network, Peer, Pod, Protocol } from "../../../tools/network/network";
import { mayConnect } from "../../../tools/network/reachability";

/** A pod that runs. */
export interface Runner {
  /** `namespace/name` */
  readonly name: string;
  readonly address: string;
  /** Who it is on the map: the template that it was made from, or somebody else's pod. */
  readonly pod: Pod;
}

/** What somebody can try to reach. */
export interface Goal {
  /** In words: `db-ai/mysql-0 on 3306/TCP`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** Who is behind it, and the port there: one of them answers. */
  readonly behind: readonly { readonly peer: Runner | Peer; readonly port: number }[];
}

export interface Attempt {
  readonly from: Runner;
  readonly to: Goal;
  /** Whether the wiring map permits it. */
  readonly permitted: boolean;
}

/** What tools/live/policies' live-reach says of a target. */
export type Outcome = "connected" | "refused" | "silent" | "unreachable";

/** A Service with the pods that it leads to. */
export interface Front {
  readonly name: string;
  readonly address: string;
  readonly ports: readonly {
    readonly port: number;
    readonly protocol: Protocol;
    readonly behind: Goal["behind"];
  }[];
}

export interface Port {
  readonly port: number;
  readonly protocol: Protocol;
}

const isRunner = (peer: Runner | Peer): peer is Runner => "pod" in peer;

/** Every port that anybody listens on, of every pod. */
export function portGoals(runners: readonly Runner[], ports: readonly Port[]): Goal[] {
  return runners.flatMap((peer) =>
    ports.map(({ port, protocol }) => ({
      name: `${peer.name} on ${port}/${protocol}`,
      host: peer.address,
      port,
      protocol,
      behind: [{ peer, port }],
    })),
  );
}

export function addressGoals(peer: Peer, address: string, ports: readonly Port[]): Goal[] {
  return ports.map(({ port, protocol }) => ({
    name: `${peer.name} on ${port}/${protocol}`,
    host: address,
    port,
    protocol,
    behind: [{ peer, port }],
  }));
}

/** Every port of every Service that has somebody behind it. */
export function serviceGoals(fronts: readonly Front[]): Goal[] {
  return fronts.flatMap(({ name, address, ports }) =>
    ports
      .filter(({ behind }) => behind.length > 0)
      .map(({ port, protocol, behind }) => ({
        name: `Service ${name} on ${port}/${protocol}`,
        host: address,
        port,
        protocol,
        behind,
      })),
  );
}

/** All of everybody's attempts, but those whose outcome is left to chance: a Service may choose the pod that asks. */
export function attempts(network: Network, runners: readonly Runner[], goals: readonly Goal[]): Attempt[] {
  return runners.flatMap((from) =>
    goals.flatMap((to): Attempt[] => {
      const [first, ...others] = to.behind.map(({ peer, port }) =>
        permits(network, from, peer, port, to.protocol),
      );
      return first === undefined || others.some((other) => other !== first)
        ? []
        : [{ from, to, permitted: first }];
    }),
  );
}

function permits(
  network: Network,
  from: Runner,
  to: Runner | Peer,
  port: number,
  protocol: Protocol,
): boolean {
  // No policy keeps a pod from itself. Another pod of its template is another pod.
  if (isRunner(to) && to.name === from.name) return true;
  return mayConnect(network, from.pod, isRunner(to) ? to.pod : to, port, protocol);
}

export interface Differences {
  /** Who got somewhere that nobody wired. */
  readonly extra: readonly string[];
  /** Who did not get where the map says. */
  readonly missing: readonly string[];
}

/** A packet that is refused has got there: nobody listens, or nobody who speaks so. */
const ARRIVED: readonly Outcome[] = ["connected", "refused"];

export function differences(all: readonly Attempt[], outcomeOf: (attempt: Attempt) => Outcome): Differences {
  const extra: string[] = [];
  const missing: string[] = [];
  for (const attempt of all) {
    const outcome = outcomeOf(attempt);
    const { from, to, permitted } = attempt;
    if (ARRIVED.includes(outcome) && !permitted)
      extra.push(`${from.name} reaches ${to.name} (${outcome}), and nothing was wired`);
    if (!ARRIVED.includes(outcome) && permitted)
      missing.push(`${from.name} does not reach ${to.name} (${outcome}), and was wired to it`);
  }
  return { extra: extra.sort(), missing: missing.sort() };
}

/** The labels that a controller adds for itself, under a name that is another one in each deployment. */
const OF_CONTROLLERS = ["job-name", "batch.kubernetes.io/job-name"];

/** The template of the map that a pod was made from: of those whose labels it wears, the one with the most. */
export function templateOf(
  templates: readonly Pod[],
  { namespace, labels }: Pick<Pod, "namespace" | "labels">,
): Pod | undefined {
  const own = (template: Pod): [string, string][] =>
    Object.entries(template.labels).filter(([key]) => !OF_CONTROLLERS.includes(key));
  return templates
    .filter((template) => template.namespace === namespace && own(template).length > 0)
    .filter((template) => own(template).every(([key, value]) => labels[key] === value))
    .sort((one, other) => own(other).length - own(one).length)[0];
}

/** The ports that a network namespace's /proc/net/{tcp,tcp6,udp,udp6} say somebody listens on, for others too. */
export function listening(tables: Readonly<Record<Listening, string>>): Port[] {
  const all = (["TCP", "UDP"] as const).flatMap((protocol) =>
    tables[protocol]
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local = "", , state]) => {
        const [address = ""] = local.split(":");
        return state === STATES[protocol] && !address.endsWith("0100007F") && !LOOPBACK6.test(address);
      })
      .map(([, local = ""]) => ({
        port: parseInt(local.split(":")[1] ?? "", 16),
        protocol,
      })),
  );
  return distinct(all);
}

type Listening = "TCP" | "UDP";

/** LISTEN; and for UDP, what is bound and connected to nobody. */
const STATES: Readonly<Record<Listening, string>> = { TCP: "0A", UDP: "07" };
const LOOPBACK6 = /^0{24}01000000$/;

export function distinct(ports: readonly Port[]): Port[] {
  const byName = new Map(ports.map((each) => [`${each.protocol} ${each.port}`, each]));
  return [...byName.values()].sort(
    (one, other) => one.protocol.localeCompare(other.protocol) || one.port - other.port,
  );
}
