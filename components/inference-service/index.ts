// Inference service: a model behind HTTP.
export type { ApiKeyArgs } from "./api-key";
export { InferenceService, type InferenceServiceArgs, type Probes } from "./inference-service";
export type { ModelSource, MountedModel, RegisteredModel, StoredModel, TrackedModel } from "./model-source";
