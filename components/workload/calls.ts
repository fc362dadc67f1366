// Calls: what a workload calls. The URL in its environment, the permission to connect, and the start order
// follow from naming what is called.
import * as pulumi from "@pulumi/pulumi";
import { Edge, Labels, ManagedNamespace, PodEndpoint } from "../network";

/** A component that others can call by HTTP. */
export interface Callable {
  /** Where it listens. */
  readonly endpoint: PodEndpoint;
  /** Address inside the cluster: `http://backend-service.crime-prediction.svc.cluster.local:5000`. */
  readonly url: pulumi.Output<string>;
  /** What has to be there before it answers. */
  readonly ready: readonly pulumi.Resource[];
}

/** Who is called, by the environment variable that gets the URL. */
export type Calls = Readonly<Record<string, Callable>>;

/** What calling comes to: variables, and what to wait for. */
export interface Wired {
  /** Variables with the addresses, by name. */
  readonly env: Readonly<Record<string, pulumi.Output<string>>>;
  /** What has to be there before the pods. */
  readonly ready: readonly pulumi.Resource[];
}

/** Opens the way from a component's pods to everything that they call. */
export function wire(
  component: string,
  args: { namespace: ManagedNamespace; pods: Labels; calls: Calls },
  opts: { parent: pulumi.Resource },
): Wired {
  const source = { namespace: args.namespace.name, labels: args.pods };
  // Two variables may have the same address, which takes one permission.
  const called = new Map(Object.values(args.calls).map((callee) => [callee.endpoint, callee]));
  const ready = [...called.values()].flatMap(({ endpoint, ready: callee }) => {
    const edge = new Edge(
      `${component}-to-${endpoint.name}`,
      { from: component, source, to: endpoint },
      opts,
    );
    return [...edge.policies, ...callee];
  });
  return {
    env: Object.fromEntries(Object.entries(args.calls).map(([variable, { url }]) => [variable, url])),
    ready,
  };
}
