// What stands before and around one component's pods: the one Service builder, and the disruption budget.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NodePort } from "../exposure";
import { Labels, ManagedNamespace } from "../network";

export interface ServiceArgs {
  /** Namespace of the Service. */
  namespace: ManagedNamespace;
  /** Selects the pods; also the Service's own labels. */
  labels: Labels;
  /** The same in the container. */
  ports: readonly { port: number; portName: string }[];
  /** Also listens on every node, at its first port. @default inside the cluster only */
  nodePort?: NodePort;
}

/**
 * Nodes are drained one pod at a time. A pod that runs but is not ready may always go: otherwise a broken one
 * would keep its node from being drained for good.
 */
export function disruptionBudget(labels: Labels): k8s.types.input.policy.v1.PodDisruptionBudgetSpec {
  return { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: labels } };
}

/** An account called exactly `name`, which may do nothing: rights are bound to it by whoever gives them. */
export function serviceAccount(
  name: string,
  args: { namespace: ManagedNamespace; labels: Labels },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ServiceAccount {
  return new k8s.core.v1.ServiceAccount(
    name,
    {
      metadata: { name, namespace: args.namespace.name, labels: args.labels },
      automountServiceAccountToken: false,
    },
    opts,
  );
}

/** A Service called exactly `name`. */
export function service(
  name: string,
  args: ServiceArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service {
  const { nodePort } = args;
  return new k8s.core.v1.Service(
    name,
    {
      metadata: { name, namespace: args.namespace.name, labels: args.labels },
      spec: {
        ...(nodePort ? { type: "NodePort" } : {}),
        ...(nodePort?.preserveClient ? { externalTrafficPolicy: "Local" } : {}),
        selector: args.labels,
        ports: args.ports.map(({ port, portName }, index) => ({
          name: portName,
          port,
          targetPort: port,
          protocol: "TCP",
          ...(nodePort && index === 0 ? { nodePort: nodePort.port } : {}),
        })),
      },
    },
    opts,
  );
}
