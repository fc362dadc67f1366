// Model registry: Kubeflow's server, or what OpenShift AI runs: the interface and its two implementations.
export { KubeflowModelRegistry, type KubeflowModelRegistryArgs } from "./kubeflow";
export type { ClientArgs, ModelRegistry, ModelRegistryArgs, RegistryAccess } from "./model-registry";
export { OpenShiftAiModelRegistry, type OpenShiftAiModelRegistryArgs } from "./openshift-ai";
