// What the embedded control plane adds to a stack: no image is pulled there, so that what is off until its owner has
// built an image can be on, and the Prometheus operator's kinds are there. What the stack's file says itself, stays.
import { parseDocument } from "yaml";
import { pipelineServices } from "../../components/video-pipeline/services";

const NAMESPACE = "mlops-platform";

const additions = [
  [["aiWorkload", "image"], "localhost/ai-workload:embedded"],
  [["crimePrediction", "enabled"], true],
  ...pipelineServices.map((name) => [["vidp", "images", name], `localhost/vidp-${name}:embedded`] as const),
  [["monitoring", "enabled"], true],
] as const;

/** The text of a stack's file with everything turned on. */
export function withEverything(file: string): string {
  const document = parseDocument(file);
  for (const [[section, ...keys], value] of additions) {
    const path = ["config", `${NAMESPACE}:${section}`, ...keys];
    if (!document.hasIn(path)) document.setIn(path, value);
  }
  return document.toString({ lineWidth: 0 });
}
