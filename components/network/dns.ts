// DNS: every pod has to find the names of what it was wired to.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ClusterPeer, peerOf, Pods } from "./edge";

/** Where a cluster answers DNS queries. */
export interface DnsPeer extends ClusterPeer {
  /** Ports, each opened for UDP and TCP. */
  readonly ports: readonly number[];
}

/** The policy `policy` that lets pods ask for names. */
export function allowDns(
  name: string,
  args: { policy: string; pods: Pods; dns: DnsPeer },
  opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy {
  const { policy, pods, dns } = args;
  const hasLabels = Object.keys(pods.labels).length > 0;
  return new k8s.networking.v1.NetworkPolicy(
    name,
    {
      metadata: { name: policy, namespace: pods.namespace },
      spec: {
        podSelector: hasLabels ? { matchLabels: pods.labels } : {},
        policyTypes: ["Egress"],
        egress: [
          {
            to: [peerOf(dns)],
            ports: dns.ports.flatMap((port) => ["UDP", "TCP"].map((protocol) => ({ protocol, port }))),
          },
        ],
      },
    },
    opts,
  );
}
