// What another Pulumi program can use of the platform: its components, its Targets, and what it granted to them.
// This list is the package's promise (tests/package/mlops-platform.surface.txt): a name that goes is a breaking change.

// What runs.
export {
  type ApiKeyArgs,
  InferenceService,
  type InferenceServiceArgs,
  type ModelSource,
  type MountedModel,
  type Probes,
  type RegisteredModel,
  type StoredModel,
  type TrackedModel,
} from "../../components/inference-service";
export { TrainingJob, type TrainingJobArgs } from "../../components/training-job";
export {
  type SampleModels,
  type TritonMonitoring,
  type TritonPodArgs,
  TritonServer,
  type TritonServerArgs,
} from "../../components/triton-server";
export {
  type PipelineService,
  type PipelineServiceArgs,
  VideoPipeline,
  type VideoPipelineArgs,
  type Worker,
} from "../../components/video-pipeline";

// What it runs on.
export {
  type BucketAccess,
  type BucketOptions,
  ExternalObjectStore,
  type ExternalObjectStoreArgs,
  MinioStore,
  type MinioStoreArgs,
  type ObjectStore,
  S3_VARIABLES,
  type S3Connection,
  type S3Credential,
  type S3Location,
} from "../../components/object-store";
export {
  ExternalSqlDatabase,
  type ExternalSqlDatabaseArgs,
  MySql,
  type MySqlArgs,
  type SchemaAccess,
  SQL_VARIABLES,
  type SqlConnection,
  type SqlCredential,
  type SqlDatabase,
  type SqlLocation,
  type TlsTrust,
} from "../../components/sql-database";
export {
  type DocumentAccess,
  type DocumentConnection,
  type DocumentDatabase,
  MongoDb,
  type MongoDbArgs,
} from "../../components/document-database";
export {
  TRACKING_VARIABLES,
  type TrackingAccess,
  type TrackingConnection,
  type TrackingLocation,
  TrackingServer,
  type TrackingServerArgs,
} from "../../components/tracking-server";
export {
  type ClientArgs,
  KubeflowModelRegistry,
  type KubeflowModelRegistryArgs,
  type ModelRegistry,
  type ModelRegistryArgs,
  OpenShiftAiModelRegistry,
  type OpenShiftAiModelRegistryArgs,
  type RegistryAccess,
} from "../../components/model-registry";
export {
  type ComponentName,
  OpenShiftAi,
  type OpenShiftAiArgs,
  type Operated,
  type OperatorSettings,
  type PackageSettings,
  type RecipeName,
  type RegistryOperator,
  type ServingOperator,
} from "../../components/openshift-ai";

// Access.
export {
  type AccessContext,
  type Claim,
  type Claimable,
  type ClaimArgs,
  type FormedClaimArgs,
  Grant,
  type GrantArgs,
  type IdentityPrefix,
  identityPrefix,
  type Issued,
  type Issuer,
  PublishedGrant,
  type PublishArgs,
  type PublishedGrantArgs,
  type SecretData,
} from "../../components/access";
export { type PublishedArgs, publishedGrants, type PublishedGrants } from "../../stacks/published";

// Pods, and the namespace that they are in.
export {
  type Callable,
  type Calls,
  type Code,
  CODE_PATH,
  type ContainerArgs,
  DataVolume,
  type DataVolumeArgs,
  type EnvValue,
  type Gpu,
  type MonitoringArgs,
  type Mounts,
  type MountSource,
  type NodeGroup,
  type Placement,
  type PodSecurity,
  type Probe,
  type Resources,
  type Scaling,
  type Scratch,
  secretVariables,
  StatefulServer,
  type StatefulServerArgs,
  type Taint,
  type Use,
  Workload,
  type WorkloadArgs,
} from "../../components/workload";
export {
  type Addresses,
  type AddressEndpoint,
  type ClusterPeer,
  type DnsPeer,
  Edge,
  type EdgeArgs,
  type Endpoint,
  type Labels,
  ManagedNamespace,
  type ManagedNamespaceArgs,
  type PodEndpoint,
  podLabels,
  type Pods,
  type Quota,
  type RemoteEndpoint,
  type RemotePlace,
  serviceEndpoint,
} from "../../components/network";

// The way in, and who watches.
export {
  type Backend,
  type CertificateSource,
  type Expose,
  type Exposed,
  type Exposure,
  type ExposureArgs,
  type NodePort,
} from "../../components/exposure";
export {
  FASTAPI,
  type Indicators,
  type LatencyIndicator,
  type Matcher,
  type MetricsCredential,
  type Monitor,
  type Objectives,
  type PrometheusArgs,
  prometheusMonitor,
  type SaturationIndicator,
  type Selector,
  type WatchArgs,
  type WatchedWorkload,
} from "../../components/monitoring";

// What differs between clusters.
export { minikube, type MinikubeSettings } from "../../stacks/minikube";
export { openshift, type OpenShiftAiSettings, type OpenShiftSettings } from "../../stacks/openshift";
export type {
  ModelRegistrySettings,
  Operators,
  OperatorsArgs,
  Target,
  TargetSettings,
} from "../../stacks/target";
export { type TargetName, targetNamed } from "../../stacks/targets";
export { inPlaceProvider } from "../../stacks/in-place";
export { defaultImages, type ImageName } from "../../stacks/images";
