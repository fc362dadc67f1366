// Model registry: the interface and its two implementations.
export { KubeflowModelRegistry, type KubeflowModelRegistryArgs } from "./kubeflow";
export type { ModelRegistry, ModelRegistryArgs } from "./model-registry";
export { OpenShiftAiModelRegistry, type OpenShiftAiModelRegistryArgs } from "./openshift-ai";
