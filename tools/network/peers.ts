// Who else is on the network of a stack: the cluster's own services, the applications that the configuration
// names, and those who should get nowhere.
import type { StackConfig } from "../../stacks/config";
import { objectOr, objectsIn, text, type Plain, type PlainObject } from "../graph/values";
import type { Address, Labels, Network, Pod } from "./network";
import { inBlock } from "./reachability";

function pod(name: string, namespace: string, labels: Labels = {}, ports: Pod["ports"] = []): Pod {
  return { kind: "pod", name, namespace, labels, ports };
}

/** A DNS server's ports, under the names that clusters use. */
function dnsPorts(port: number): Pod["ports"] {
  return (["UDP", "TCP"] as const).map((protocol) => ({
    name: `dns-${protocol.toLowerCase()}`,
    port,
    protocol,
  }));
}

/** What the configuration says of the cluster. */
type Cluster = Pick<StackConfig, "target" | "ingress" | "monitoring">;

/** The cluster's services that the platform counts on: where the configuration says, as a standard installation labels them. */
export function clusterServices(cluster: Cluster): readonly Pod[] {
  const found = installations[cluster.target];
  if (found === undefined)
    throw new Error(
      `Nobody has said yet how a cluster of the target ${cluster.target} labels its DNS server, its ingress controller and ` +
        "what collects metrics. Add them to `installations` in tools/network/peers.ts.",
    );
  return found(cluster);
}

/** Written down apart from the Targets, so that a mistake in those is found. */
const installations: Readonly<Partial<Record<string, (cluster: Cluster) => readonly Pod[]>>> = {
  minikube: ({ ingress, monitoring }) => [
    pod("dns", "kube-system", { "k8s-app": "kube-dns" }, dnsPorts(53)),
    pod("ingress-controller", ingress.namespace, {
      "app.kubernetes.io/name": ingress.class === "nginx" ? "ingress-nginx" : ingress.class,
    }),
    collector(monitoring.namespace),
  ],
  openshift: ({ monitoring }) => [
    pod("dns", "openshift-dns", { "dns.operator.openshift.io/daemonset-dns": "default" }, dnsPorts(5353)),
    pod("ingress-controller", "openshift-ingress", {
      "ingresscontroller.operator.openshift.io/deployment-ingresscontroller": "default",
    }),
    collector(monitoring.namespace),
  ],
};

function collector(namespace: string): Pod {
  return pod("metrics-collector", namespace, { "app.kubernetes.io/name": "prometheus" });
}

/** Labels of namespaces that the platform does not make, where policies select by them. */
export const foreignNamespaces = new Map<string, Labels>([
  ["openshift-ingress", { "network.openshift.io/policy-group": "ingress" }],
]);

/** Pods of the applications that the configuration names as consumers. */
export function consumers(
  configured: Readonly<Record<string, { namespace: string; pods?: Labels | undefined }>>,
): Pod[] {
  return Object.entries(configured).map(([name, { namespace, pods }]) =>
    pod(`consumer ${name}`, namespace, { ...pods }),
  );
}

/**
 * Pods in a namespace of somebody else: one without labels, and for each of these pods one that wears the same
 * labels.
 */
export function strangers(pods: readonly Pod[]): Pod[] {
  const namespace = "somebody-elses";
  const impostors = pods.map(({ name, labels }) => pod(`impostor of ${name}`, namespace, labels));
  return [pod("stranger", namespace), ...impostors];
}

/** One pod in each namespace that denies by default, to which nothing was wired. */
export function bystanders(network: Network): Pod[] {
  const denying = network.policies.filter(
    ({ selector, ingress, egress }) => selector({}) && ingress?.length === 0 && egress?.length === 0,
  );
  return denying.map(({ namespace }) => pod(`${namespace}/bystander`, namespace));
}

/**
 * Pods that policies select by label and nobody here makes: an operator will, or the user of a service. Each
 * stands for whoever wears these labels.
 */
export function expectedPods(manifests: readonly PlainObject[], network: Network): Pod[] {
  const expected = new Map<string, Pod>();
  const expect = (namespace: string | undefined, selector: Plain | undefined): void => {
    const labels = matchLabels(selector);
    if (namespace === undefined || Object.keys(labels).length === 0) return;
    const wears = (candidate: Pod): boolean =>
      candidate.namespace === namespace &&
      Object.entries(labels).every(([key, value]) => candidate.labels[key] === value);
    if (network.pods.some(wears)) return;
    const list = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const name = `${namespace}/pods with ${list.join(",")}`;
    expected.set(name, pod(name, namespace, labels));
  };
  for (const manifest of manifests.filter(({ kind }) => kind === "NetworkPolicy")) {
    const spec = objectOr(manifest.spec);
    expect(text(objectOr(manifest.metadata).namespace), spec.podSelector);
    for (const rule of [spec.ingress, spec.egress].flatMap(objectsIn))
      for (const peer of [rule.from, rule.to].flatMap(objectsIn))
        expect(matchLabels(peer.namespaceSelector)["kubernetes.io/metadata.name"], peer.podSelector);
  }
  return [...expected.values()];
}

/** The first of each range of addresses that policies let pods connect to and in which nobody known is. */
export function expectedAddresses(manifests: readonly PlainObject[], known: readonly Address[]): Address[] {
  const blocks = manifests
    .filter(({ kind }) => kind === "NetworkPolicy")
    .flatMap(({ spec }) => objectsIn(objectOr(spec).egress))
    .flatMap(({ to }) => objectsIn(to))
    .map(({ ipBlock }) => text(objectOr(ipBlock).cidr))
    .filter((cidr) => cidr !== "");
  return [...new Set(blocks)]
    .sort()
    .filter((cidr) => !known.some(({ ip }) => inBlock(ip, cidr)))
    .map((cidr) => ({ kind: "address", name: `addresses ${cidr}`, ip: firstOf(cidr) }));
}

function firstOf(cidr: string): string {
  return cidr.replace(/\/.*$/, "");
}

function matchLabels(selector: Plain | undefined): Labels {
  return Object.fromEntries(
    Object.entries(objectOr(objectOr(selector).matchLabels)).map(([key, value]) => [key, text(value)]),
  );
}

/** The API servers, at the first address that the configuration gives them. */
export function apiServer({ cidrs }: { cidrs: readonly string[] }): Address {
  const [cidr = ""] = cidrs;
  return { kind: "address", name: "api-server", ip: firstOf(cidr) };
}

/** Addresses outside the cluster, from the ranges reserved for documentation. */
export const internet: Address[] = [
  { kind: "address", name: "internet", ip: "203.0.113.10" },
  { kind: "address", name: "internet (IPv6)", ip: "2001:db8::10" },
];
