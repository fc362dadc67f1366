// Video pipeline: an orchestrator, its workers and its user interface.
export { each, type PipelineService, pipelineServices, serviceSpec, type Worker, workers } from "./services";
export { type PipelineServiceArgs, VideoPipeline, type VideoPipelineArgs } from "./video-pipeline";
