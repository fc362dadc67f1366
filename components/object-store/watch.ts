// What MinIO's metrics mean, and what the store promises.
import { Indicators, Objectives } from "../monitoring";

/** Metrics of the whole server; those of one bucket or one drive are elsewhere. */
export const METRICS_PATH = "/minio/v2/metrics/cluster";

/** Reads only: how long a write takes to be answered is up to how much is written. */
const READS = { matches: "getobject|headobject" };

export const indicators = {
  requests: { metric: "minio_s3_requests_total" },
  errors: { metric: "minio_s3_requests_5xx_errors_total" },
  latency: {
    metric: "minio_s3_requests_ttfb_seconds_distribution",
    where: { api: READS },
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  saturation: [
    // The server lets requests wait for memory before it refuses them.
    { what: "queue of requests", used: { metric: "minio_s3_requests_waiting_total" }, limit: 10 },
  ],
} as const satisfies Indicators;

export const objectives = {
  availability: 0.999,
  latency: { seconds: 0.5, share: 0.99 },
} as const satisfies Objectives;
