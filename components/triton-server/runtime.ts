// Runtime: Triton as a ServingRuntime of the platform's own, which every cluster admits: KServe's fixes a user id, and
// OpenShift refuses that.
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace, podLabels } from "../network";
import { Placement, podSpec, PodSecurity, Resources } from "../workload";
import { InferenceServiceSpec, MODELS_PATH, SERVING_CONTAINER, ServingRuntimeSpec } from "./kserve";
import { METRICS_PORT } from "./watch";

export interface TritonPodArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** NVIDIA's Triton Inference Server. */
  image: string;
  /** What each pod is given, and what it may use at most. */
  resources: Resources;
  /** What its processes may share in memory, within the limit: models in Python take part of it. @default "64Mi" */
  sharedMemory?: string;
  /** What the models may take on the node's disk: `2Gi`. */
  modelSize: string;
  /** GPUs, spot nodes, and how far its replicas are spread. @default a node for each replica, where there are enough */
  placement?: Placement;
  /** Name of the account that its pods run as. */
  serviceAccount: pulumi.Input<string>;
}

export const HTTP_PORT = 8080;
const GRPC_PORT = 9000;

/** The format of models as KServe knows it: the version is that of Triton, not of a model. */
export const FORMAT = { name: "triton", version: "2" } as const;

/** What changes the server, instead of using it. */
const ADMINISTRATION = ["model-repository", "shared-memory", "trace", "logging"];

/** A pod of Triton in the two parts that KServe puts together. */
export interface TritonPod {
  readonly runtime: ServingRuntimeSpec;
  readonly predictor: Pick<
    InferenceServiceSpec["predictor"],
    | "automountServiceAccountToken"
    | "enableServiceLinks"
    | "securityContext"
    | "serviceAccountName"
    | "terminationGracePeriodSeconds"
    | "topologySpreadConstraints"
  >;
}

export function tritonPod(component: string, args: TritonPodArgs): TritonPod {
  const probe = (path: string) => ({ httpGet: { path: `/v2/health/${path}`, port: HTTP_PORT } });
  const { containers, volumes, affinity, tolerations, imagePullSecrets, ...predictor } = podSpec({
    namespace: args.namespace,
    security: args.security,
    labels: podLabels(component),
    serviceAccount: args.serviceAccount,
    disk: args.modelSize,
    placement: { spread: "preferred", ...args.placement },
    containers: [
      {
        name: SERVING_CONTAINER,
        image: args.image,
        // Not through the image's entry point: that prints a greeting, and expects a file system that it can write to.
        command: ["/opt/tritonserver/bin/tritonserver"],
        args: [
          `--model-store=${MODELS_PATH}`,
          `--http-port=${HTTP_PORT}`,
          `--grpc-port=${GRPC_PORT}`,
          "--allow-metrics=true",
          `--metrics-port=${METRICS_PORT}`,
          // These are for whoever may read the pod itself: its uid is their key.
          `--http-restricted-api=${ADMINISTRATION.join(",")}:pod-uid=$(POD_UID)`,
          `--grpc-restricted-protocol=${ADMINISTRATION.join(",")}:pod-uid=$(POD_UID)`,
          `--exit-timeout-secs=${EXIT_SECONDS}`,
        ],
        env: {
          HOME: "/tmp",
          PYTHONDONTWRITEBYTECODE: "1",
          POD_UID: { field: "metadata.uid" },
        },
        // KServe's Service has the first of them. It does not have to know of the others.
        ports: { http: HTTP_PORT },
        mounts: {
          "/tmp": { scratch: "256Mi" },
          "/dev/shm": { memory: args.sharedMemory ?? "64Mi" },
        },
        resources: args.resources,
        // It answers when its models are loaded, which takes as long as they are large.
        startup: { ...probe("ready"), periodSeconds: 5, failureThreshold: 120 },
        readiness: { ...probe("ready"), periodSeconds: 5, timeoutSeconds: 5 },
        liveness: { ...probe("live"), periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 4 },
        drain: DRAIN_SECONDS,
        terminationMessage: "log",
      },
    ],
    terminationGracePeriod: GRACE_SECONDS,
  });
  return {
    predictor,
    runtime: {
      containers,
      ...(volumes === undefined ? {} : { volumes }),
      ...(affinity === undefined ? {} : { affinity }),
      ...(tolerations === undefined ? {} : { tolerations }),
      ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
      supportedModelFormats: [{ ...FORMAT, autoSelect: false }],
      protocolVersions: ["v2", "grpc-v2"],
      multiModel: false,
    },
  };
}

/** Time to let go of clients, then to answer what is under way; the kill comes after both. */
const DRAIN_SECONDS = 5;
const EXIT_SECONDS = 20;
const GRACE_SECONDS = 30;
