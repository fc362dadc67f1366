// Watch: what the metrics of Triton mean, and how they are collected.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Indicators, Monitor } from "../monitoring";
import { ManagedNamespace, podLabels, serviceEndpoint } from "../network";
import { Scaling, service } from "../workload";
import { predictorName } from "./kserve";

/** How Triton is watched. Its own metrics say what it answers. */
export interface TritonMonitoring {
  /** Who watches. */
  monitor: Monitor;
  /** Share of predictions that succeed, over thirty days: 0.999. */
  availability: number;
}

export const METRICS_PORT = 8002;

const PORT_NAME = "metrics";

/**
 * Requests that their clients gave up are not the server's failures. Triton counts how long requests take, but not how many
 * took how long: there is no latency to promise.
 */
const indicators: Indicators = {
  requests: { metric: "nv_inference_request_success" },
  errors: { metric: "nv_inference_request_failure", where: { reason: { not: "CANCELED" } } },
  failuresApart: true,
};

/**
 * KServe's Service has no port for metrics, so that they get one of their own. It is not called `<component>-metrics`: a
 * Service of that name OpenShift AI takes for its own, and removes it.
 */
export function watchTriton(
  component: string,
  args: TritonMonitoring & {
    namespace: ManagedNamespace;
    replicas: number | Scaling;
    server: k8s.apiextensions.CustomResource;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const { monitor, availability, namespace, replicas, server } = args;
  const name = `${component}-monitoring`;
  const labels = podLabels(component);
  const metrics = service(
    name,
    { namespace, labels, ports: [{ port: METRICS_PORT, portName: PORT_NAME }] },
    // It is ready when the server's pods are.
    pulumi.mergeOptions(opts, { dependsOn: [server] }),
  );
  const deployment = predictorName(component);
  monitor.watch(
    component,
    {
      namespace,
      endpoint: serviceEndpoint(name, { namespace: namespace.name, pods: labels, port: METRICS_PORT }),
      service: labels,
      portName: PORT_NAME,
      workload: {
        kind: "Deployment",
        name: deployment,
        ...(typeof replicas === "number" ? {} : { autoscaler: deployment }),
      },
      ready: [server, metrics],
      indicators,
      objectives: { availability },
    },
    opts,
  );
}
