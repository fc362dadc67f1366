// What a description of monitoring is refused for: each sentence says what is wrong and what would be right.
import * as assert from "node:assert/strict";
import type { WatchArgs } from "../../../components/monitoring";
import { indicators, objectives, watched } from "../../support/monitoring";

const { latency, ...withoutLatency } = indicators;
const requests = (metric: string, where = {}) => ({
  indicators: { ...indicators, requests: { metric, where } },
});

describe("the monitoring of a workload is refused", () => {
  const refused: Record<string, [args: Partial<WatchArgs>, message: RegExp]> = {
    "an availability of everything": [
      { objectives: { availability: 1 } },
      /^The monitoring of shop has an objective for availability of 1\. Give a share between 0 and 1: 0\.999\.$/,
    ],
    "an availability of nothing": [{ objectives: { availability: 0 } }, /availability of 0\./],
    "an availability that is no number": [
      { objectives: { availability: Number.NaN } },
      /availability of NaN/,
    ],
    "an availability in percent": [
      { objectives: { availability: 99.9 } },
      /availability of 99\.9\. Give a share between 0 and 1: 0\.999 for 99\.9 %\./,
    ],
    "a share of fast requests in percent": [
      { objectives: { ...objectives, latency: { seconds: 0.5, share: 99 } } },
      /latency of 99\. Give a share between 0 and 1: 0\.99 for 99 %/,
    ],
    "a latency between two buckets": [
      { objectives: { ...objectives, latency: { seconds: 0.3, share: 0.99 } } },
      /latency of 0\.3 s, which its histogram can't tell: it counts requests up to 0\.1, 0\.5, 1, 5 s\. Choose one/,
    ],
    "a latency that nothing measures": [
      { indicators: withoutLatency },
      /objective for latency, but no indicator\. Name the histogram: indicators\.latency/,
    ],
    "buckets that do not ascend": [
      { indicators: { ...indicators, latency: { ...latency, buckets: [0.5, 0.1] } } },
      /has the buckets 0\.5, 0\.1\. Give the bounds of the histogram in seconds, from the smallest to the largest/,
    ],
    "no buckets": [
      { indicators: { ...indicators, latency: { ...latency, buckets: [] } } },
      /has the buckets \(none\)\./,
    ],
    "a bucket chosen by its label": [
      { indicators: { ...indicators, latency: { ...latency, where: { le: "0.5" } } } },
      /selects latency by the label le, which is the bucket's own/,
    ],
    "PromQL in place of a metric's name": [
      requests('http_requests_total{path="/predict"}'),
      /takes requests from "http_requests_total\{path="\/predict"\}", which is no name of a metric/,
    ],
    "a label that is none": [
      requests("http_requests_total", { 'path="/"} or up{a': "b" }),
      /selects requests by "path="\/"\} or up\{a", which is no name of a label/,
    ],
    "the namespace as a label": [
      requests("http_requests_total", { namespace: "other" }),
      /selects requests by the label namespace, which it adds by itself/,
    ],
    "a limit of nothing": [
      {
        indicators: {
          ...indicators,
          saturation: [{ what: "queue", used: { metric: "queue_length" }, limit: 0 }],
        },
      },
      /has a limit of 0 for queue\. Give a number above 0/,
    ],
    "alerts on half a request": [
      { objectives: { ...objectives, alertFrom: 0.5 } },
      /alerts from 0\.5 bad requests on\. Give a whole number of 1 or more/,
    ],
    "the path of a probe": [
      { path: "/health" },
      /reads \/health\. Give the path of its metrics, which is not that of a probe: \/metrics/,
    ],
    "a path from nowhere": [{ path: "metrics" }, /reads metrics\. Give the path of its metrics/],
    "a port without a name": [{ portName: "" }, /names no port\. Give the name of its Service's port: http/],
  };
  for (const [what, [args, message]] of Object.entries(refused)) {
    it(`for ${what}`, async () => {
      await assert.rejects(watched(args), (error: Error) => {
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
