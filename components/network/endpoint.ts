// Endpoint: where something listens. Pods behind a Service, or addresses outside the cluster.
import * as pulumi from "@pulumi/pulumi";
import { Labels } from "./labels";

/** Pods of this platform that listen behind a Service. */
export interface PodEndpoint {
  /** Tells it from other endpoints. */
  readonly kind: "pods";
  /** Short name of the service, as it appears in the names of policies: `mysql`. */
  readonly name: string;
  /** Namespace of the pods. */
  readonly namespace: pulumi.Input<string>;
  /** Labels of the pods that listen. */
  readonly pods: Labels;
  /** The port of the container; a network policy sees this one, not the Service's. */
  readonly port: number;
  /** DNS name that clients connect to. */
  readonly host: pulumi.Output<string>;
}

/** Something outside the cluster, or the API server: known by address, not by pod. */
export interface AddressEndpoint {
  /** Tells it from other endpoints. */
  readonly kind: "addresses";
  /** What policies call it. */
  readonly name: string;
  /** Address ranges in CIDR notation that the connection may go to. */
  readonly cidrs: readonly string[];
  /** Port that it listens on. */
  readonly port: number;
  /** DNS name or address that clients use. */
  readonly host: pulumi.Output<string>;
}

/** Where something listens. */
export type Endpoint = PodEndpoint | AddressEndpoint;

/** Something that another program made, whose place is known once that program's outputs are read. */
export interface RemoteEndpoint {
  /** Tells it from other endpoints. */
  readonly kind: "remote";
  /** Short name of the service, as it appears in the names of policies: `tracking`. */
  readonly name: string;
  /** Where that is, as the other stack's contract says. */
  readonly place: pulumi.Input<RemotePlace>;
}

/** Where it listens, as a network policy sees it. */
export type RemotePlace =
  | { kind: "pods"; namespace: string; pods: Labels; port: number }
  | { kind: "addresses"; cidrs: readonly string[]; port: number };

/** The Endpoint of a Service `service` in `namespace` whose pods listen on `port`. */
export function serviceEndpoint(
  name: string,
  args: {
    namespace: pulumi.Input<string>;
    pods: Labels;
    port: number;
    /** Name of the Service. Default: the endpoint's name. */
    service?: string;
  },
): PodEndpoint {
  return {
    kind: "pods",
    name,
    namespace: args.namespace,
    pods: args.pods,
    port: args.port,
    host: pulumi.interpolate`${args.service ?? name}.${args.namespace}.svc.cluster.local`,
  };
}
