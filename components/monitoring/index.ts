// Monitoring: from what a workload's metrics mean and what it promises to collection, alerts and a dashboard.
export { FASTAPI } from "./fastapi";
export type {
  Indicators,
  LatencyIndicator,
  MetricsCredential,
  Monitor,
  Objectives,
  SaturationIndicator,
  WatchArgs,
  WatchedWorkload,
} from "./monitor";
export { prometheusMonitor, type PrometheusArgs } from "./prometheus";
export { literally, type Matcher, type Selector } from "./promql";
