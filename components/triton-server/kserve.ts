// The parts of KServe's kinds that the platform sets, as github.com/kserve/kserve v0.15.0 has them (pkg/apis/serving/v1alpha1,
// v1beta1); the KServe of OpenShift AI 2.25 and of 3.4 (v0.17) take the same.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Resources } from "../workload";

type PodSpec = k8s.types.input.core.v1.PodSpec;

/** KServe merges this pod with that of an InferenceService, which has the last word. */
export interface ServingRuntimeSpec extends Pick<
  PodSpec,
  "containers" | "volumes" | "affinity" | "tolerations" | "imagePullSecrets"
> {
  readonly supportedModelFormats: readonly {
    readonly name: string;
    readonly version: string;
    /** Whether it serves such models where an InferenceService names no runtime. */
    readonly autoSelect: boolean;
  }[];
  readonly protocolVersions: readonly ("v1" | "v2" | "grpc-v2")[];
  /** One server for many InferenceServices. */
  readonly multiModel: boolean;
}

export interface InferenceServiceSpec {
  readonly predictor: Predictor;
}

interface Predictor extends Pick<
  PodSpec,
  | "automountServiceAccountToken"
  | "enableServiceLinks"
  | "securityContext"
  | "serviceAccountName"
  | "terminationGracePeriodSeconds"
  | "topologySpreadConstraints"
> {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, pulumi.Input<string>>>;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** What KServe's autoscaler looks at; the average that it aims for, in percent of the request. */
  readonly scaleMetric?: "cpu" | "memory";
  readonly scaleTarget?: number;
  readonly deploymentStrategy: k8s.types.input.apps.v1.DeploymentStrategy;
  readonly model: {
    readonly modelFormat: { readonly name: string; readonly version: string };
    readonly protocolVersion: "v2";
    readonly runtime: pulumi.Input<string>;
    readonly storageUri: string;
    /** KServe has defaults of its own, which the runtime's would give way to. */
    readonly resources: Resources;
  };
}

/** The container that serves: KServe knows it by this name. */
export const SERVING_CONTAINER = "kserve-container";

/** Where KServe's init container puts the models. */
export const MODELS_PATH = "/mnt/models";

/** How KServe calls the Deployment, the Service and the autoscaler of an InferenceService. */
export function predictorName(inferenceService: string): string {
  return `${inferenceService}-predictor`;
}
