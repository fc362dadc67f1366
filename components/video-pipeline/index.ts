// Video pipeline: an orchestrator, its workers and its user interface.
export {
  each,
  type PipelineService,
  pipelineServices,
  serviceSpec,
  variableOf,
  type Worker,
  workers,
} from "./services";
export { uploadExposure, type Uploads } from "./uploads";
export { type PipelineServiceArgs, VideoPipeline, type VideoPipelineArgs } from "./video-pipeline";
