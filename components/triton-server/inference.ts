// What an InferenceService of Triton asks of KServe, besides the pod.
import * as pulumi from "@pulumi/pulumi";
import { Scaling } from "../workload";
import { InferenceServiceSpec } from "./kserve";

type Replicas = Pick<
  InferenceServiceSpec["predictor"],
  "minReplicas" | "maxReplicas" | "scaleMetric" | "scaleTarget"
>;

/** Annotations that say who counts the replicas. */
export function autoscaler(replicas: number | Scaling): Record<string, string> {
  return { "serving.kserve.io/autoscalerClass": typeof replicas === "number" ? "none" : "hpa" };
}

/** KServe's autoscaler looks at one thing only. */
export function replicasOf(component: string, replicas: number | Scaling): Replicas {
  if (typeof replicas === "number") return { minReplicas: replicas, maxReplicas: replicas };
  const { min, max, cpu, memory } = replicas;
  if (min > max) {
    throw new pulumi.RunError(`The scaling of ${component} has a min of ${min} above its max of ${max}.`);
  }
  const scaleTarget = cpu ?? memory;
  if (scaleTarget === undefined || (cpu !== undefined && memory !== undefined)) {
    throw new pulumi.RunError(
      `The scaling of ${component} follows ${scaleTarget === undefined ? "nothing" : "both cpu and memory"}. KServe ` +
        `scales by one of them: say at which use replicas are added, cpu or memory.`,
    );
  }
  return {
    minReplicas: min,
    maxReplicas: max,
    scaleMetric: cpu === undefined ? "memory" : "cpu",
    scaleTarget,
  };
}
