// Triton: a server of models in an object store, run by OpenShift AI.
export type { TritonPodArgs } from "./runtime";
export { TritonServer, type TritonServerArgs } from "./triton-server";
export type { SampleModels } from "./upload";
export type { TritonMonitoring } from "./watch";
