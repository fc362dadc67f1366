// Training job: makes a model, and registers it with the tracking server.
export { TrainingJob, type TrainingJobArgs } from "./training-job";
