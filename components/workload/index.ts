// Workload: the builders of everything that runs pods.
export { type Callable, type Calls, wire, type Wired } from "./calls";
export { type Code, CODE_PATH, codeMounts } from "./code";
export { job, type JobArgs } from "./job";
export { type Mounts, type MountSource, type Scratch, scratchMounts } from "./mounts";
export type { Gpu, NodeGroup, Placement, Taint } from "./placement";
export {
  type ContainerArgs,
  type EnvValue,
  type PodArgs,
  podSpec,
  podTemplate,
  type PodSecurity,
  type Probe,
  secretVariables,
} from "./pod";
export { bytes, mebibytes } from "./quantity";
export type { Resources } from "./resources";
export { rolloutTimeouts } from "./rollout";
export type { Scaling } from "./scaling";
export { scripts, SCRIPTS_PATH } from "./scripts";
export { disruptionBudget, service, serviceAccount, type ServiceArgs } from "./service";
export { StatefulServer, type StatefulServerArgs } from "./stateful-server";
export { secretEnv, settingsEnv } from "./variables";
export { DataVolume, type DataVolumeArgs } from "./volume";
export { type MonitoringArgs, watchDeployment } from "./watch";
export { DRAIN_SECONDS, type Use, Workload, type WorkloadArgs } from "./workload";
