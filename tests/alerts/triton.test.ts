// Alerts on what Triton promises, evaluated by Prometheus itself on the counters that Triton has: it counts requests that
// succeed, and beside them those that fail, by reason.
import * as k8s from "@pulumi/kubernetes";
import { prometheusMonitor } from "../../components/monitoring";
import { watchTriton } from "../../components/triton-server/watch";
import { clusterPods, inPlaceProvider, testNamespace } from "../support/fixtures";
import { watchedThings } from "../support/monitoring";
import { run, type TestGraph } from "../support/program";
import { firing, Promtool, type Question } from "./support/promtool";
import { course, DAY, POD, series, type World } from "./support/world";

/** A Triton called as the workload of the other tests. */
const watchedTriton = (availability: number): Promise<TestGraph> =>
  run(() => {
    const namespace = testNamespace();
    const server = new k8s.apiextensions.CustomResource("shop", {
      apiVersion: "serving.kserve.io/v1beta1",
      kind: "InferenceService",
      metadata: { name: "shop", namespace: namespace.name },
      spec: {},
    });
    const monitor = prometheusMonitor({ scrapers: clusterPods, inPlace: inPlaceProvider() });
    watchTriton("shop", { monitor, availability, namespace, replicas: 1, server }, { parent: namespace });
  });

const of = (metric: string, more = ""): string =>
  `${metric}{namespace="team",job="shop",pod="${POD}",model="iris",version="1"${more}}`;
const SUCCEEDED = of("nv_inference_request_success");
const REASONS = ["REJECTED", "CANCELED", "BACKEND", "OTHER"] as const;
const failed = (reason: (typeof REASONS)[number]): string =>
  of("nv_inference_request_failure", `,reason="${reason}"`);

/** A thousand requests a minute, of which so many fail for more than an hour, after a day of peace. */
function requests(perThousand: number, reason: (typeof REASONS)[number]): World {
  const counted = (usually: number, then: number): string =>
    course(
      { minutes: DAY, perMinute: usually },
      { minutes: 75, perMinute: then },
      { minutes: DAY, perMinute: usually },
    );
  return {
    [series.up]: course({ minutes: 2 * DAY + 75, value: 1 }),
    ...Object.fromEntries(REASONS.map((each) => [failed(each), counted(0, 0)])),
    [SUCCEEDED]: counted(1000, 1000 - perThousand),
    [failed(reason)]: counted(0, perThousand),
  };
}

interface Story {
  readonly availability: number;
  readonly changes: World;
  readonly then: readonly Question[];
}

const stories: Record<string, Story> = {
  "that the budget of an hour burns, once it has for an hour, and stop when it does": {
    availability: 0.999,
    changes: requests(15, "BACKEND"),
    then: [firing("24h50m"), firing("25h10m", "ErrorBudgetBurnsFast"), firing("25h20m")],
  },
  "that everything fails": {
    availability: 0.999,
    changes: requests(1000, "REJECTED"),
    then: [firing("23h"), firing("24h10m", "ErrorBudgetBurnsFast")],
  },
  "nothing when requests were given up by their clients": {
    availability: 0.999,
    changes: requests(500, "CANCELED"),
    then: [firing("24h10m"), firing("25h10m")],
  },
  "of a modest objective that more than half of all requests fail": {
    availability: 0.9,
    changes: requests(600, "BACKEND"),
    then: [firing("25h10m", "ErrorBudgetBurnsFast")],
  },
  "nothing when fewer fail, though they are many beside those that succeed": {
    availability: 0.9,
    changes: requests(450, "BACKEND"),
    then: [firing("24h50m"), firing("25h10m")],
  },
};

describe("the alerts on Triton say", function () {
  this.timeout(120_000);
  let promtool: Promtool;

  before(async function () {
    promtool = await Promtool.find(this);
  });

  for (const [what, { availability, changes, then }] of Object.entries(stories)) {
    it(what, async () => {
      const { groups } = watchedThings(await watchedTriton(availability));
      await promtool.ask(groups, changes, then, "2m");
    });
  }
});
