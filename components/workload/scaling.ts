// Scaling: the number of a workload's replicas follows what they use.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace } from "../network";

export interface Scaling {
  /** Replicas that always run. */
  min: number;
  /** Replicas at most. */
  max: number;
  /** Average CPU use, in percent of the request, above which replicas are added. */
  cpu?: number;
  /** Average memory use, in percent of the request, above which replicas are added. */
  memory?: number;
}

/**
 * More replicas at once: the autoscaler looks every 15 s, so that new ones start within 30 s of a rise. Fewer only
 * when none of the last five minutes needed more, and then by half a minute: the next rise may follow soon.
 */
const BEHAVIOR: k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerBehavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Percent", value: 100, periodSeconds: 15 },
      { type: "Pods", value: 4, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: "Percent", value: 50, periodSeconds: 60 }],
  },
};

/** `<component>-hpa`, which scales the component's Deployment. */
export function autoscaler(
  component: string,
  args: { namespace: ManagedNamespace; deployment: k8s.apps.v1.Deployment; scaling: Scaling },
  opts: pulumi.CustomResourceOptions,
): k8s.autoscaling.v2.HorizontalPodAutoscaler {
  const { min, max, cpu, memory } = args.scaling;
  const targets = [
    { name: "cpu", averageUtilization: cpu },
    { name: "memory", averageUtilization: memory },
  ].filter(({ averageUtilization }) => averageUtilization !== undefined);
  if (targets.length === 0) {
    throw new pulumi.RunError(
      `The scaling of ${component} follows nothing. Say at which use replicas are added: cpu, memory or both.`,
    );
  }
  if (min > max) {
    throw new pulumi.RunError(`The scaling of ${component} has a min of ${min} above its max of ${max}.`);
  }
  return new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    `${component}-hpa`,
    {
      metadata: { name: `${component}-hpa`, namespace: args.namespace.name },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: args.deployment.metadata.name },
        minReplicas: min,
        maxReplicas: max,
        behavior: BEHAVIOR,
        metrics: targets.map(({ name, averageUtilization }) => ({
          type: "Resource",
          resource: { name, target: { type: "Utilization", averageUtilization } },
        })),
      },
    },
    opts,
  );
}
