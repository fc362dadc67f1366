// What can be wrong with a description of what is watched: found before anything is made, since a query that
// matches nothing never says so.
import * as pulumi from "@pulumi/pulumi";
import { WatchArgs } from "./monitor";
import { Selector } from "./promql";

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The labels that say whose series it is. */
const RESERVED = ["namespace", "job"];

/** Paths of probes: they answer, but with no metrics. */
const PROBE = /^\/(health|healthz|live|livez|ready|readyz)\/?$/;

export function check(name: string, args: WatchArgs): void {
  const refuse = (sentence: string): never => {
    throw new pulumi.RunError(`The monitoring of ${name} ${sentence}`);
  };
  const { path = "/metrics", portName, indicators, objectives } = args;
  if (!path.startsWith("/") || PROBE.test(path)) {
    refuse(`reads ${path}. Give the path of its metrics, which is not that of a probe: /metrics.`);
  }
  if (portName === "") refuse("names no port. Give the name of its Service's port: http.");

  const series = (what: string, { metric, where = {} }: Selector): void => {
    if (!METRIC.test(metric)) {
      refuse(
        `takes ${what} from "${metric}", which is no name of a metric. Give the name alone (http_requests_total), and labels as \`where\`.`,
      );
    }
    for (const label of Object.keys(where)) {
      if (!LABEL.test(label))
        refuse(`selects ${what} by "${label}", which is no name of a label. Use letters, digits and _.`);
      if (RESERVED.includes(label))
        refuse(`selects ${what} by the label ${label}, which it adds by itself. Leave it out.`);
    }
  };
  const share = (what: string, value: number): void => {
    if (value > 0 && value < 1) return;
    const example =
      value > 1 && value < 100 ? `${Number((value / 100).toPrecision(6))} for ${value} %` : "0.999";
    refuse(`has an objective for ${what} of ${value}. Give a share between 0 and 1: ${example}.`);
  };

  series("requests", indicators.requests);
  series("errors", indicators.errors);
  for (const { what, used, limit } of indicators.saturation ?? []) {
    series(what, used);
    if (typeof limit !== "number") series(`the limit of ${what}`, limit);
    else if (!(limit > 0)) refuse(`has a limit of ${limit} for ${what}. Give a number above 0.`);
  }
  share("availability", objectives.availability);
  const { alertFrom = 1 } = objectives;
  if (!Number.isInteger(alertFrom) || alertFrom < 1)
    refuse(`alerts from ${alertFrom} bad requests on. Give a whole number of 1 or more.`);

  const { latency } = indicators;
  if (latency !== undefined) {
    series("latency", latency);
    if (latency.where !== undefined && "le" in latency.where)
      refuse("selects latency by the label le, which is the bucket's own. Leave it out.");
    checkBuckets(latency.buckets, refuse);
  }
  if (objectives.latency === undefined) return;
  const { seconds } = objectives.latency;
  share("latency", objectives.latency.share);
  if (latency === undefined) {
    refuse("has an objective for latency, but no indicator. Name the histogram: indicators.latency.");
  } else if (!latency.buckets.includes(seconds)) {
    refuse(
      `has an objective for latency of ${seconds} s, which its histogram can't tell: it counts requests up to ` +
        `${latency.buckets.join(", ")} s. Choose one of these, or give the server a bucket that ends at ${seconds}.`,
    );
  }
}

function checkBuckets(buckets: readonly number[], refuse: (sentence: string) => never): void {
  const ascending = buckets.every((bound, at) => Number.isFinite(bound) && bound > (buckets[at - 1] ?? 0));
  if (buckets.length === 0 || !ascending) {
    refuse(
      `has the buckets ${buckets.join(", ") || "(none)"}. Give the bounds of the histogram in seconds, from the smallest ` +
        `to the largest, without infinity: 0.1, 0.5, 1.`,
    );
  }
}
