// What stands before and around one component's pods: the one Service builder, and the disruption budget.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Labels, ManagedNamespace } from "../network";

export interface ServiceArgs {
  namespace: ManagedNamespace;
  /** Selects the pods; also the Service's own labels. */
  labels: Labels;
  /** The same in the container. */
  ports: readonly { port: number; portName: string }[];
}

/**
 * Nodes are drained one pod at a time. A pod that runs but is not ready may always go: otherwise a broken one
 * would keep its node from being drained for good.
 */
export function disruptionBudget(labels: Labels): k8s.types.input.policy.v1.PodDisruptionBudgetSpec {
  return { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: labels } };
}

/** A ClusterIP Service called exactly `name`. */
export function service(
  name: string,
  args: ServiceArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service {
  return new k8s.core.v1.Service(
    name,
    {
      metadata: { name, namespace: args.namespace.name, labels: args.labels },
      spec: {
        selector: args.labels,
        ports: args.ports.map(({ port, portName }) => ({
          name: portName,
          port,
          targetPort: port,
          protocol: "TCP",
        })),
      },
    },
    opts,
  );
}
