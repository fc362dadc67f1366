// Target: what differs between clusters, and nothing else. Each has one implementation in this folder; a new
// kind of cluster is one new file here and one entry in targets.ts, and no change in components/.
import * as pulumi from "@pulumi/pulumi";
import { CertificateSource, Expose, Exposure } from "../components/exposure";
import {
  AddressEndpoint,
  ClusterPeer,
  DnsPeer,
  ManagedNamespace,
  NAMESPACE_NAME,
} from "../components/network";
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

/** What a Target is told of its cluster, whatever its kind: a stack's config, or what another program knows. */
export interface TargetSettings {
  /**
   * Where the certificates of exposed hosts come from.
   * @default minikube: this program makes them; OpenShift: the router has one
   */
  tls?: CertificateSource;
  /**
   * The namespace whose pods collect metrics.
   * @default minikube: `monitoring`; OpenShift: `openshift-user-workload-monitoring`
   */
  monitoring?: { readonly namespace: string };
  /**
   * The API servers, for pods that call them: their address ranges in CIDR notation, and their port.
   * @default any address, and the port that this kind of cluster has
   */
  apiServer?: { readonly cidrs: readonly string[]; readonly port: number };
}

/** A kind of cluster: its Target, and what a stack's config is there where it does not say otherwise. */
export interface TargetKind<Settings extends TargetSettings = TargetSettings> {
  /** As people write it. */
  readonly title: string;
  readonly defaults: TargetDefaults;
  create(settings: Settings): Target;
}

export interface TargetDefaults {
  /** Where the certificates of exposed hosts come from. */
  readonly tls: { source: "cluster" | "selfSigned" };
  /** Whether the cluster has the Prometheus operator, and the namespace whose pods may collect metrics. */
  readonly monitoring: { readonly enabled: boolean; readonly namespace: string };
  /** Port of the API servers behind their Service. */
  readonly apiServerPort: number;
}

export interface OperatorsArgs extends Pick<OpenShiftAiArgs, "image"> {
  /** Where the Jobs run that install them; not asked for where somebody else has. */
  namespace: () => ManagedNamespace;
  /** Where model registries are; asked for only where there are to be any. */
  registriesNamespace: () => ManagedNamespace;
}

/** What operators look after. */
export interface Operators {
  /** The operator of model registries. */
  readonly registries: RegistryOperator;
  /** The operator that serves models. */
  readonly serving: ServingOperator;
}

/** What the config says about the model registry; an implementation takes what it has a use for. */
export interface ModelRegistrySettings {
  /** Image of its server, with a tag or a digest. */
  image: string;
  /** What each pod is given, and what it may use at most. */
  resources: Resources;
  /** Who looks after it, where that is an operator. */
  operator?: RegistryOperator;
  /** Host under which it is reachable from outside. */
  host?: string;
}

/** Where nothing narrower is known. */
export const ANY_ADDRESS = ["0.0.0.0/0"];

/** What all kinds of cluster make of the settings that all of them have. */
export function common(
  settings: TargetSettings,
  defaults: TargetDefaults,
): Pick<Target, "scrapers" | "apiServer"> & { certificate: CertificateSource } {
  const { namespace } = settings.monitoring ?? defaults.monitoring;
  return {
    certificate: settings.tls ?? defaults.tls,
    scrapers: { namespaceLabels: { [NAMESPACE_NAME]: namespace } },
    apiServer: apiServer(settings.apiServer ?? { cidrs: ANY_ADDRESS, port: defaults.apiServerPort }),
  };
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
