// Endpoint: where something listens. Pods behind a Service, or addresses outside the cluster.
import * as pulumi from "@pulumi/pulumi";
import { Labels } from "./labels";

/** Pods of this platform that listen behind a Service. */
export interface PodEndpoint {
  readonly kind: "pods";
  /** Short name of the service, as it appears in the names of policies: `mysql`. */
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  readonly pods: Labels;
  /** The port of the container; a network policy sees this one, not the Service's. */
  readonly port: number;
  /** DNS name that clients connect to. */
  readonly host: pulumi.Output<string>;
}

/** Something outside the cluster, or the API server: known by address, not by pod. */
export interface AddressEndpoint {
  readonly kind: "addresses";
  readonly name: string;
  /** Address ranges in CIDR notation that the connection may go to. */
  readonly cidrs: readonly string[];
  readonly port: number;
  readonly host: pulumi.Output<string>;
}

export type Endpoint = PodEndpoint | AddressEndpoint;

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
