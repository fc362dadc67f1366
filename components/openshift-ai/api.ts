// The parts of OpenShift AI's own kinds that the platform sets, as their definitions have them:
// - v1: github.com/opendatahub-io/opendatahub-operator as released with OpenShift AI 2.25
//   (api/datasciencecluster/v1, api/dscinitialization/v1, api/components/v1alpha1)
// - v2: the same as released with OpenShift AI 3.4 (api/datasciencecluster/v2, api/dscinitialization/v2)
import * as pulumi from "@pulumi/pulumi";

/** What the operator does about a part: run it, or see that it is gone. */
export type ManagementState = "Managed" | "Removed";

interface Managed {
  readonly managementState: ManagementState;
}

interface ModelRegistryComponent extends Managed {
  /** Where registries are looked for. The operator takes it once, and refuses another one. */
  readonly registriesNamespace?: pulumi.Input<string>;
}

/** Of both versions: integration with NVIDIA's own model service. */
interface NimOfKserve {
  readonly nim: Managed;
}

interface KserveV1 extends Managed, NimOfKserve {
  readonly defaultDeploymentMode: "RawDeployment" | "Serverless";
  /** Knative, for models that are served from nothing on demand. */
  readonly serving: Managed & { readonly name: string };
}

interface KserveV2 extends Managed, NimOfKserve {
  /** Whether the Services of models have an address of their own. */
  readonly rawDeploymentServiceConfig: "Headless" | "Headed";
}

export interface DataScienceClusterV1 {
  readonly components: {
    readonly codeflare: Managed;
    readonly dashboard: Managed;
    readonly datasciencepipelines: Managed;
    readonly feastoperator: Managed;
    readonly kserve: KserveV1;
    readonly kueue: Managed;
    readonly modelmeshserving: Managed;
    readonly modelregistry: ModelRegistryComponent;
    readonly ray: Managed;
    readonly trainingoperator: Managed;
    readonly trustyai: Managed;
    readonly workbenches: Managed;
  };
}

export interface DataScienceClusterV2 {
  readonly components: {
    readonly aipipelines: Managed;
    readonly dashboard: Managed;
    readonly feastoperator: Managed;
    readonly kserve: KserveV2;
    readonly kueue: Managed;
    readonly llamastackoperator: Managed;
    readonly mlflowoperator: Managed;
    readonly modelregistry: ModelRegistryComponent;
    readonly ray: Managed;
    readonly sparkoperator: Managed;
    readonly trainer: Managed;
    readonly trainingoperator: Managed;
    readonly trustyai: Managed;
    readonly workbenches: Managed;
  };
}

export interface DscInitializationV2 {
  /** Where the operator runs what belongs to no project. Fixed once the object exists. */
  readonly applicationsNamespace: string;
  readonly monitoring: Managed & { readonly namespace: string };
  /** The authorities that pods of every project trust, in a ConfigMap `odh-trusted-ca-bundle` of each. */
  readonly trustedCABundle: Managed & { readonly customCABundle: string };
}

export interface DscInitializationV1 extends DscInitializationV2 {
  /** Istio, which Knative needs. */
  readonly serviceMesh: Managed;
}
