// FASTAPI: what the metrics of a web service mean that the usual exporter of FastAPI counts.
import { Indicators } from "./monitor";

/** Probes and scrapes are nobody's requests: a pod that is not ready yet says so with a 503. Exporters differ in the label. */
const ANSWERED = {
  path: { notMatches: "/(health|ready|metrics)" },
  handler: { notMatches: "/(health|ready|metrics)" },
};

/** Requests, failures and latency as exporters of FastAPI count them, the one of examples/iris included. */
export const FASTAPI: Indicators = {
  requests: { metric: "http_requests_total", where: ANSWERED },
  errors: { metric: "http_requests_total", where: { ...ANSWERED, status: { matches: "5.." } } },
  latency: {
    metric: "http_request_duration_seconds_bucket",
    where: ANSWERED,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
};
