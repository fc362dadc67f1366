// Watch: how a workload's Deployment is monitored, where the cluster has a monitor.
import * as pulumi from "@pulumi/pulumi";
import { Indicators, MetricsCredential, Monitor, Objectives } from "../monitoring";
import { Labels, ManagedNamespace, PodEndpoint } from "../network";
import { Scaling } from "./scaling";

export interface MonitoringArgs {
  /** Who watches. */
  monitor: Monitor;
  /** What its metrics mean. */
  indicators: Indicators;
  /** What it promises. */
  objectives: Objectives;
  /** Path of its metrics. @default "/metrics" */
  path?: string;
  /** What its metrics ask for. @default nothing */
  credential?: MetricsCredential;
}

/** Watches the workload called `component`; nothing is made where it is not monitored. */
export function watchDeployment(
  component: string,
  monitoring: MonitoringArgs | undefined,
  args: {
    namespace: ManagedNamespace;
    endpoint: PodEndpoint;
    /** Labels of its Service. */
    service: Labels;
    portName: string;
    /** What is there once it is. */
    ready: readonly pulumi.Resource[];
    replicas?: number | Scaling;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  if (monitoring === undefined) return;
  const { monitor, ...watch } = monitoring;
  const { replicas, ...where } = args;
  monitor.watch(
    component,
    {
      ...watch,
      ...where,
      workload: {
        kind: "Deployment",
        name: component,
        ...(typeof replicas === "object" ? { autoscaler: `${component}-hpa` } : {}),
      },
    },
    opts,
  );
}
