// Monitor: how a workload is watched. It says where its metrics are, what they mean and what it promises;
// collection, alerts and the dashboard follow. Injected like an Exposure: a cluster without monitoring has none.
import * as pulumi from "@pulumi/pulumi";
import { Labels, ManagedNamespace, PodEndpoint } from "../network";
import { Selector } from "./promql";

export interface Monitor {
  /** Watches one workload. Whatever is made for it is called `name`, or starts with it. */
  watch(name: string, args: WatchArgs, opts: pulumi.CustomResourceOptions): void;
}

export interface WatchArgs {
  /** Namespace of what is watched. */
  namespace: ManagedNamespace;
  /** Where the metrics are read. */
  endpoint: PodEndpoint;
  /** Labels of the Service in front of it. */
  service: Labels;
  /** Name of that Service's port. */
  portName: string;
  /** Path of the metrics. @default "/metrics" */
  path?: string;
  /** What the endpoint asks for, from a Secret in the same namespace. @default nothing */
  credential?: MetricsCredential;
  /** What runs the pods. */
  workload: WatchedWorkload;
  /** What is there once the workload is: until then alerts on it would wake somebody for nothing. */
  ready: readonly pulumi.Resource[];
  /** What its metrics mean. */
  indicators: Indicators;
  /** What it promises. */
  objectives: Objectives;
  /** Open the way for those who collect metrics; false where the component did. @default true */
  edge?: boolean;
}

/** How whoever collects the metrics shows who he is: by the names of a Secret and its keys, never by values. */
export type MetricsCredential =
  | { bearer: { secretName: pulumi.Input<string>; key: string } }
  | { basic: { secretName: pulumi.Input<string>; userKey: string; passwordKey: string } };

/** The object that runs the pods, with what belongs to it. */
export interface WatchedWorkload {
  /** Kind of the object that runs the pods. */
  kind: "Deployment" | "StatefulSet";
  /** Name of that object. */
  name: string;
  /** Name of its HorizontalPodAutoscaler. @default none */
  autoscaler?: string;
  /** Its PersistentVolumeClaims, to be warned before they are full. @default none */
  claims?: readonly pulumi.Input<string>[];
}

/** What the metrics of a workload mean. Namespace and job are added; series of other workloads never count. */
export interface Indicators {
  /** Counter of all requests that the objectives are about: without probes and scrapes. */
  requests: Selector;
  /** Counter of those that failed for the server's own fault. */
  errors: Selector;
  /** `requests` counts those alone that did not fail. @default false */
  failuresApart?: boolean;
  /** How long requests take. @default latency is not measured */
  latency?: LatencyIndicator;
  /** What may fill up inside the server: queues, pools. @default none */
  saturation?: readonly SaturationIndicator[];
}

/** A histogram of durations in seconds. */
export interface LatencyIndicator extends Selector {
  /** The metric of its buckets: `http_request_duration_seconds_bucket`. */
  metric: string;
  /** Upper bounds of its buckets in seconds, as the server defines them, without infinity. */
  buckets: readonly number[];
}

/** How full a queue or a pool inside the server is. */
export interface SaturationIndicator {
  /** What fills up, as a person calls it: `queue of frames`. */
  what: string;
  /** Gauge of how full it is. */
  used: Selector;
  /** When it is full: a number, or a gauge of the same pod. */
  limit: number | Selector;
}

/** What the workload promises, over thirty days. */
export interface Objectives {
  /** Share of requests that succeed: 0.999. */
  availability: number;
  /** Share of requests answered within so many seconds, which has to be a bound of a bucket. @default no promise */
  latency?: { seconds: number; share: number };
  /**
   * Failed (or slow) requests in a window from which on it may alert: where requests are rare, one of two that failed
   * says little.
   * @default 10
   */
  alertFrom?: number;
}
