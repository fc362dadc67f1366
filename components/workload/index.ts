// Workload: the builders of everything that runs pods.
export { job, type JobArgs } from "./job";
export type { Mounts, MountSource } from "./mounts";
export { type ContainerArgs, type EnvValue, type PodArgs, podTemplate, type PodSecurity } from "./pod";
export type { Resources } from "./resources";
export { scripts, SCRIPTS_PATH } from "./scripts";
export { service, type ServiceArgs } from "./service";
export { StatefulServer, type StatefulServerArgs } from "./stateful-server";
export { DataVolume, type DataVolumeArgs } from "./volume";
export { type Scaling, type Use, Workload, type WorkloadArgs } from "./workload";
