// The operators that the platform knows how to install: where each is in its catalog, which version is known to work,
// where it lives, and which kinds it brings. All of them watch every namespace: it is the only install mode that they
// support, or (cert-manager) the one that its documentation recommends.

/** An operator as Operator Lifecycle Manager finds it in a catalog. */
export interface OperatorPackage {
  /** Name in the catalog, and of its Subscription: OpenShift AI looks for other operators' Subscriptions by it. */
  readonly name: string;
  /** Stream of versions: what automatic approval follows. */
  readonly channel: string;
  /** The catalog: name of a CatalogSource. A disconnected cluster has one of its own. */
  readonly source: string;
  /** Namespace of the catalog. */
  readonly sourceNamespace: string;
  /** Name of the ClusterServiceVersion that manual approval installs: it has to be in the channel. */
  readonly version?: string;
  /**
   * Where it is installed. A namespace of its own is made with the operator and goes with it; the one that the cluster
   * has for operators of the whole cluster ({@link GLOBAL_NAMESPACE}) is left as it is.
   */
  readonly namespace: string;
  /** Environment of the operator's containers. @default what its version says */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Kinds that it is installed for: full names of their definitions (`knativeservings.operator.knative.dev`), followed
   * by a version where not any will do: `datascienceclusters.datasciencecluster.opendatahub.io/v2`.
   */
  readonly definitions: readonly string[];
}

/** OpenShift's own namespace for operators that watch the whole cluster. Everybody's operators are in it. */
export const GLOBAL_NAMESPACE = "openshift-operators";

const redHat = { source: "redhat-operators", sourceNamespace: "openshift-marketplace" } as const;

/**
 * OpenShift AI. It would make a DSCInitialization of its own at its first start, and accepts only one: the platform's is
 * to be that one.
 */
const openShiftAi = {
  ...redHat,
  name: "rhods-operator",
  namespace: "redhat-ods-operator",
  env: { DISABLE_DSC_CONFIG: "true" },
} as const;

const dataScience = (version: string): readonly string[] => [
  `datascienceclusters.datasciencecluster.opendatahub.io/${version}`,
  `dscinitializations.dscinitialization.opendatahub.io/${version}`,
];

/** The operators that can be installed, as the catalog calls them, with their pinned versions. */
export const packages = {
  openShiftAi2: {
    ...openShiftAi,
    channel: "eus-2.25",
    version: "rhods-operator.2.25.11",
    definitions: dataScience("v1"),
  },
  openShiftAi3: {
    ...openShiftAi,
    channel: "stable-3.4",
    version: "rhods-operator.3.4.4",
    definitions: dataScience("v2"),
  },
  /** Version 2: OpenShift AI 2 does not work with version 3, which is another package. */
  serviceMesh: {
    ...redHat,
    name: "servicemeshoperator",
    channel: "stable",
    version: "servicemeshoperator.v2.6.17",
    namespace: GLOBAL_NAMESPACE,
    definitions: [
      "servicemeshcontrolplanes.maistra.io",
      "servicemeshmemberrolls.maistra.io",
      "servicemeshmembers.maistra.io",
    ],
  },
  serverless: {
    ...redHat,
    name: "serverless-operator",
    channel: "stable-1.37",
    version: "serverless-operator.v1.37.1",
    namespace: "openshift-serverless",
    definitions: ["knativeservings.operator.knative.dev", "knativeeventings.operator.knative.dev"],
  },
  pipelines: {
    ...redHat,
    name: "openshift-pipelines-operator-rh",
    channel: "pipelines-1.22",
    version: "openshift-pipelines-operator-rh.v1.22.5",
    namespace: GLOBAL_NAMESPACE,
    definitions: ["tektonconfigs.operator.tekton.dev"],
  },
  certManager: {
    ...redHat,
    name: "openshift-cert-manager-operator",
    channel: "stable-v1.20",
    version: "cert-manager-operator.v1.20.0",
    namespace: "cert-manager-operator",
    definitions: [
      "certmanagers.operator.openshift.io",
      "certificates.cert-manager.io",
      "clusterissuers.cert-manager.io",
      "issuers.cert-manager.io",
    ],
  },
} as const satisfies Record<string, OperatorPackage>;
