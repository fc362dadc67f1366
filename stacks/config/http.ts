/**
 * The kinds of value that say something of HTTP requests, and what people read there.
 */
import { describe } from "./field";
import { matching, satisfying } from "./values";

/** How large a request may be: nginx knows whole numbers of these units only. */
export const bodySize = describe(matching(/^[1-9]\d{0,5}[MG]i$/, 8), {
  allowed: "a whole number of Mi or Gi, such as 500Mi",
  example: "2Gi",
});

/** The path of an HTTP request. */
export const urlPath = describe(matching(/^\/[A-Za-z0-9._~/-]*$/, 200), {
  allowed: "a path of letters, digits, ., _, ~, - and /, starting with /",
  example: "/healthz",
});

/** Metrics are never where probes ask: what answers there says nothing that could be collected. */
export const metricsPath = describe(
  matching(/^\/(?!(?:health|healthz|live|livez|ready|readyz)\/?$)[A-Za-z0-9._~-][A-Za-z0-9._~/-]*$/, 200),
  {
    allowed: "the path of metrics, such as /metrics, and never that of a probe, such as /health",
    example: "/metrics",
  },
);

/** A name for people. */
export const title = describe(
  satisfying((value) => value.trim() === value && /^[^\p{Cc}]+$/u.test(value), 100),
  { allowed: "at most 100 characters on one line", example: "VidP" },
);
