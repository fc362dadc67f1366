// The network of a rendered stack: its own pods, and everybody whom they may have to do with.
import type { RenderedStack } from "../render/stack";
import { readNetwork, type Address, type Network, type Peer, type Pod } from "./network";
import {
  apiServer,
  clusterServices,
  consumers,
  expectedAddresses,
  expectedPods,
  foreignNamespaces,
  internet,
} from "./peers";
import { connections, type Connection } from "./reachability";

/** Everybody on the network of a stack. */
export interface StackNetwork {
  readonly network: Network;
  /** Pods of the platform. */
  readonly own: readonly Pod[];
  /** The cluster's own services. */
  readonly dns: Pod;
  readonly ingress: Pod;
  /** Addresses outside the cluster. */
  readonly addresses: readonly Address[];
}

/** Pods that somebody asks about besides, once those of the stack are known. */
export type Others = (network: Network) => readonly Pod[];

export function stackNetwork({ config, objects }: RenderedStack, others: Others = () => []): StackNetwork {
  const manifests = objects.map(({ manifest }) => manifest);
  const services = clusterServices(config);
  const applications = consumers(config.consumers);
  const known = [...services, ...applications];
  const expected = expectedPods(manifests, readNetwork(manifests, known));
  const foreign = [...known, ...others(readNetwork(manifests, [...known, ...expected]))];

  const network = readNetwork(manifests, [...foreign, ...expected]);
  for (const [namespace, labels] of foreignNamespaces)
    network.namespaces.set(namespace, { ...network.namespaces.get(namespace), ...labels });
  const named = (wanted: string): Pod => {
    const found = services.find(({ name }) => name === wanted);
    if (found === undefined) throw new Error(`no ${wanted} among the services of ${config.target}`);
    return found;
  };
  const addresses = [apiServer(config.apiServer), ...internet];
  return {
    network,
    own: network.pods.filter((pod) => !foreign.includes(pod)),
    dns: named("dns"),
    ingress: named("ingress-controller"),
    addresses: [...addresses, ...expectedAddresses(manifests, addresses)],
  };
}

/** Connections that end or start at a pod of the platform. The others are not ours to decide. */
export function ownConnections({ network, own, addresses }: StackNetwork): Connection[] {
  const ours = new Set<Peer>(own);
  return connections(network, [...network.pods, ...addresses]).filter(
    ({ from, to }) => ours.has(from) || ours.has(to),
  );
}

/** The same without the names that every pod may ask for. */
export function wiredConnections(stack: StackNetwork): Connection[] {
  return ownConnections(stack).filter(({ to }) => to !== stack.dns);
}
