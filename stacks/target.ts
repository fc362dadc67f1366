// Target: what differs between clusters, and nothing else. Each has one implementation in this folder; a new
// kind of cluster is one new file here, and no change in components/.
import * as pulumi from "@pulumi/pulumi";
import { Expose, Exposure } from "../components/exposure";
import { AddressEndpoint, ClusterPeer, DnsPeer, ManagedNamespace } from "../components/network";
import { ModelRegistry, ModelRegistryArgs } from "../components/model-registry";
import { OpenShiftAiArgs, RegistryOperator, ServingOperator } from "../components/openshift-ai";
import { PodSecurity, Resources } from "../components/workload";

export interface Target {
  /** Who pods run as. */
  readonly security: PodSecurity;
  /** Where DNS queries are answered. */
  readonly dns: DnsPeer;
  /** The pods that collect metrics. */
  readonly scrapers: ClusterPeer;
  /** The way in from outside. */
  readonly expose: Expose;
  /** The way in for people at a browser: a host, or where the cluster is a laptop a port of its node. */
  entrance(args: { host?: string; nodePort?: number }): Exposure | undefined;
  /** The Kubernetes API server, for pods that call it. */
  readonly apiServer: AddressEndpoint;
  /** Sets up the operators whose work this kind of cluster builds on. Absent: there are none. */
  readonly operators?: (name: string, args: OperatorsArgs) => Operators;
  /** Makes the registry that belongs to this kind of cluster. */
  modelRegistry(name: string, args: ModelRegistryArgs & ModelRegistrySettings): ModelRegistry;
}

export interface OperatorsArgs extends Pick<OpenShiftAiArgs, "image"> {
  /** Where the Jobs run that install them; not asked for where somebody else has. */
  namespace: () => ManagedNamespace;
  /** Where model registries are; asked for only where there are to be any. */
  registriesNamespace: () => ManagedNamespace;
}

/** What operators look after. */
export interface Operators {
  readonly registries: RegistryOperator;
  readonly serving: ServingOperator;
}

/** What the config says about the model registry; an implementation takes what it has a use for. */
export interface ModelRegistrySettings {
  image: string;
  resources: Resources;
  /** Who looks after it, where that is an operator. */
  operator?: RegistryOperator;
  /** Host under which it is reachable from outside. */
  host?: string;
}

/** The Kubernetes API server, as pods reach it. */
export function apiServer({ cidrs, port }: { cidrs: readonly string[]; port: number }): AddressEndpoint {
  return {
    kind: "addresses",
    name: "api-server",
    cidrs,
    port,
    host: pulumi.output("kubernetes.default.svc"),
  };
}
