// Edge: permission for one set of pods to open connections to one Endpoint.
// Every managed namespace denies by default, so each Edge opens both sides: egress where the connection
// starts, ingress where it ends.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Endpoint, RemoteEndpoint, RemotePlace } from "./endpoint";
import { Labels, NAMESPACE_NAME } from "./labels";

type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;
type Port = k8s.types.input.networking.v1.NetworkPolicyPort;

/** Pods that open connections, in a namespace known by name. */
export interface Pods {
  /** Namespace of the pods. */
  readonly namespace: pulumi.Input<string>;
  /** Empty: every pod of the namespace. */
  readonly labels: Labels;
}

/** Pods of the cluster's own services (ingress controller, monitoring), known by labels only. */
export interface ClusterPeer {
  /** Labels of their namespace. */
  readonly namespaceLabels: Labels;
  /** Labels of the pods. */
  readonly podLabels?: Labels;
}

/** Whoever connects from an address in these ranges, in CIDR notation. */
export interface Addresses {
  /** Address ranges in CIDR notation: `203.0.113.0/24`. */
  readonly cidrs: readonly string[];
}

/** Everybody who can reach the cluster's nodes. */
export const ANYWHERE: Addresses = { cidrs: ["0.0.0.0/0", "::/0"] };

export interface EdgeArgs {
  /** Who connects, as it appears in the policies' names: `model-registry`. */
  from: string;
  /** Who may connect. */
  source: Pods | ClusterPeer | Addresses;
  /** Of what another program made only the near side is opened: the far one is that program's. */
  to: Endpoint | RemoteEndpoint;
  /**
   * Which sides to open. `ingress` alone is for sources in namespaces that this platform does not manage:
   * an egress policy there would cut their pods off from everything else.
   * @default "both"
   */
  sides?: "both" | "ingress";
}

/**
 * @example
 * new Edge("reports-to-iris-api", {
 *   from: "reports",
 *   source: { namespace: "reporting", labels: { app: "reports" } },
 *   to: iris.endpoint,
 * });
 */
export class Edge extends pulumi.ComponentResource {
  /** The policies themselves: what a workload depends on, so that it never starts before they are in force. */
  readonly policies: readonly k8s.networking.v1.NetworkPolicy[];

  constructor(name: string, args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:network:Edge", name, {}, opts);
    const { to, source } = args;
    const policies: k8s.networking.v1.NetworkPolicy[] = [];

    if (args.sides !== "ingress" && "namespace" in source) {
      policies.push(
        this.policy(`${args.from}-to-${to.name}`, source.namespace, {
          podSelector: { matchLabels: source.labels },
          policyTypes: ["Egress"],
          egress: to.kind === "remote" ? pulumi.output(to.place).apply((place) => [way(place)]) : [way(to)],
        }),
      );
    }
    if (to.kind === "pods") {
      policies.push(
        this.policy(`${to.name}-from-${args.from}`, to.namespace, {
          podSelector: { matchLabels: to.pods },
          policyTypes: ["Ingress"],
          ingress: [{ from: "cidrs" in source ? blocks(source) : [peerOf(source)], ports: ports(to) }],
        }),
      );
    }

    this.policies = policies;
    this.registerOutputs({ policies: policies.map((policy) => policy.metadata.name) });
  }

  private policy(
    name: string,
    namespace: pulumi.Input<string>,
    spec: k8s.types.input.networking.v1.NetworkPolicySpec,
  ): k8s.networking.v1.NetworkPolicy {
    return new k8s.networking.v1.NetworkPolicy(
      name,
      { metadata: { name, namespace }, spec },
      { parent: this },
    );
  }
}

function way(to: Endpoint | RemotePlace): k8s.types.input.networking.v1.NetworkPolicyEgressRule {
  const peers = to.kind === "pods" ? [peerOf({ namespace: to.namespace, labels: to.pods })] : blocks(to);
  return { to: peers, ports: ports(to) };
}

function ports({ port }: { readonly port: number }): Port[] {
  return [{ protocol: "TCP", port }];
}

function blocks({ cidrs }: Addresses): Peer[] {
  return cidrs.map((cidr) => ({ ipBlock: { cidr } }));
}

/** A peer of a policy: the pods that connect, or that are connected to. */
export function peerOf(source: Pods | ClusterPeer): Peer {
  const [namespaceLabels, pods] =
    "namespace" in source
      ? [{ [NAMESPACE_NAME]: source.namespace }, source.labels]
      : [source.namespaceLabels, source.podLabels ?? {}];
  return {
    namespaceSelector: { matchLabels: namespaceLabels },
    ...(Object.keys(pods).length > 0 ? { podSelector: { matchLabels: pods } } : {}),
  };
}
