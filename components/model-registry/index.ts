// Model registry: the interface and its two implementations.
export { KubeflowModelRegistry, type KubeflowModelRegistryArgs } from "./kubeflow";
export type { ClientArgs, ModelRegistry, ModelRegistryArgs, RegistryAccess } from "./model-registry";
export { OpenShiftAiModelRegistry, type OpenShiftAiModelRegistryArgs } from "./openshift-ai";
