// What the tracking server's metrics mean, and what it promises. They count what MLflow answers through Flask: all of
// its API. Probes and scrapes are not counted, and neither are the bytes of files, whose time depends on their size.
import { Indicators, Objectives } from "../monitoring";

/** As its exporter defines them. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export const INDICATORS: Indicators = {
  requests: { metric: "mlflow_http_request_total" },
  errors: { metric: "mlflow_http_request_total", where: { status: { matches: "5.." } } },
  latency: { metric: "mlflow_http_request_duration_seconds_bucket", buckets: BUCKETS },
};

/** Interactive, but not in anybody's serving path: models are loaded once, at start. */
export const OBJECTIVES: Objectives = {
  availability: 0.995,
  latency: { seconds: 2.5, share: 0.95 },
};
