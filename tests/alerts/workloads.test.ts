// Alerts on pods and on what they use up, evaluated by Prometheus itself: each fires when it should, is silent just
// below that, and ends.
import type { WatchedWorkload } from "../../components/monitoring";
import { watched, watchedThings } from "../support/monitoring";
import { firing, Promtool, type Question } from "./support/promtool";
import { course, PODS, series, SERVER, world, type World } from "./support/world";

interface Story {
  readonly changes: World;
  readonly then: readonly Question[];
}

const HOUR = 60;

/** Well for an hour, then something else, and well again. */
function episode(well: number, then: number, minutes: number): string {
  return course(
    { minutes: HOUR, value: well },
    { minutes, value: then },
    { minutes: 10 * HOUR, value: well },
  );
}

/** Restarts in the five minutes after an hour. */
function restarts(count: number): string {
  const times = Array.from({ length: count }, (_, at) => ({ minutes: 1, value: at + 1 }));
  return course({ minutes: HOUR, value: 0 }, ...times, { minutes: 10 * HOUR, value: count });
}

const deployment: Record<string, Story> = {
  "that the metrics are missing, when no pod answers": {
    changes: { [series.up]: episode(1, 0, 20) },
    then: [firing("1h4m"), firing("1h7m", "MetricsMissing"), firing("1h21m")],
  },
  "that the metrics are missing, when nothing is scraped at all": {
    changes: { [series.up]: course({ minutes: HOUR, value: 1 }, { minutes: HOUR, missing: true }) },
    then: [firing("1h4m"), firing("1h12m", "MetricsMissing")],
  },
  "nothing when one pod of two answers": {
    changes: { [series.up.replace(PODS[0], PODS[1])]: episode(1, 0, 30) },
    then: [firing("1h20m")],
  },
  "that no pod is available, and later that some are missing": {
    changes: { [series.available]: episode(2, 0, 30) },
    then: [
      firing("1h4m"),
      firing("1h7m", "NoPodAvailable"),
      firing("1h20m", "NoPodAvailable", "ReplicasMissing"),
      firing("1h31m"),
    ],
  },
  "nothing of a workload that is scaled to nothing": {
    changes: { [series.available]: episode(2, 0, 300), [series.wanted]: episode(2, 0, 300) },
    then: [firing("1h7m"), firing("3h")],
  },
  "that pods are missing": {
    changes: { [series.available]: episode(2, 1, 30) },
    then: [firing("1h13m"), firing("1h17m", "ReplicasMissing"), firing("1h31m")],
  },
  "that a pod restarts again and again, for half an hour": {
    changes: { [series.restarts()]: restarts(3) },
    then: [
      firing("1h1m"),
      firing("1h6m", "PodsRestarting"),
      firing("1h25m", "PodsRestarting"),
      firing("1h40m"),
    ],
  },
  "nothing when a pod restarts twice, and another one too": {
    changes: { [series.restarts()]: restarts(2), [series.restarts(PODS[1])]: restarts(1) },
    then: [firing("1h6m"), firing("1h25m")],
  },
  "that memory is almost used up": {
    changes: { [series.memory()]: episode(100e6, 0.91 * 256e6, 30) },
    then: [firing("1h13m"), firing("1h17m", "MemoryNearLimit"), firing("1h31m")],
  },
  "nothing when it is not quite": {
    changes: { [series.memory()]: episode(100e6, 0.89 * 256e6, 300) },
    then: [firing("1h17m"), firing("5h")],
  },
  "that CPU is short": {
    changes: {
      [series.throttled()]: course(
        { minutes: HOUR, perMinute: 10 },
        { minutes: 40, perMinute: 160 },
        { minutes: 10 * HOUR, perMinute: 10 },
      ),
    },
    then: [firing("1h13m"), firing("1h25m", "CpuThrottled"), firing("1h46m")],
  },
  "nothing when it is a little less short": {
    changes: {
      [series.throttled()]: course({ minutes: HOUR, perMinute: 10 }, { minutes: 300, perMinute: 145 }),
    },
    then: [firing("1h25m"), firing("5h")],
  },
  "that a queue is full": {
    changes: { [series.queue]: episode(10, 91, 30) },
    then: [firing("1h13m"), firing("1h17m", "Saturated"), firing("1h31m")],
  },
  "that a pool with a known size is full": {
    changes: { [series.connections]: episode(2, 19, 30) },
    then: [firing("1h13m"), firing("1h17m", "Saturated"), firing("1h31m")],
  },
  "nothing when both are nine tenths full": {
    changes: { [series.queue]: episode(10, 90, 300), [series.connections]: episode(2, 18, 300) },
    then: [firing("1h17m"), firing("5h")],
  },
  "that the autoscaler can do no more": {
    changes: { [series.replicas]: episode(2, 4, HOUR) },
    then: [firing("1h25m"), firing("1h35m", "AutoscalerAtLimit"), firing("2h1m")],
  },
  "nothing when it can add one more": {
    changes: { [series.replicas]: episode(2, 3, 5 * HOUR) },
    then: [firing("1h35m"), firing("5h")],
  },
  "nothing of an autoscaler that may not scale": {
    changes: { [series.replicas]: episode(4, 4, HOUR), [series.leastReplicas]: episode(4, 4, HOUR) },
    then: [firing("1h35m"), firing("5h")],
  },
};

const statefulSet: Record<string, Story> = {
  "that its pod is not available": {
    changes: { [series.ready]: episode(1, 0, 30) },
    then: [firing("1h4m"), firing("1h7m", "NoPodAvailable"), firing("1h31m")],
  },
  "that its pod restarts again and again": {
    changes: { [series.restarts(SERVER)]: restarts(4) },
    then: [firing("1h6m", "PodsRestarting"), firing("1h40m")],
  },
  "that its volume is almost full": {
    changes: { [series.free]: episode(8e9, 0.99e9, 30) },
    then: [firing("1h4m"), firing("1h7m", "VolumeAlmostFull"), firing("1h31m")],
  },
  "that its volume fills, days before it is full": {
    changes: {
      [series.free]: course(
        { minutes: HOUR, value: 4.2e9 },
        { minutes: 3 * HOUR, perMinute: -6e6 },
        { minutes: 10 * HOUR, perMinute: 0 },
      ),
    },
    then: [firing("2h15m"), firing("3h", "VolumeFills"), firing("11h")],
  },
  "nothing when a volume that is mostly free fills as fast": {
    changes: {
      [series.free]: course({ minutes: HOUR, value: 9.9e9 }, { minutes: 4 * HOUR, perMinute: -6e6 }),
    },
    then: [firing("3h"), firing("4h")],
  },
  "nothing when a volume is rather full, and stays so": {
    changes: { [series.free]: course({ minutes: 5 * HOUR, value: 1.1e9 }) },
    then: [firing("2h"), firing("4h")],
  },
};

const kinds: Record<string, { workload: WatchedWorkload; stories: Record<string, Story> }> = {
  "a Deployment": {
    workload: { kind: "Deployment", name: "shop", autoscaler: "shop-hpa" },
    stories: deployment,
  },
  "a StatefulSet": {
    workload: { kind: "StatefulSet", name: "shop", claims: ["shop-data"] },
    stories: statefulSet,
  },
};

for (const [kind, { workload, stories }] of Object.entries(kinds)) {
  describe(`the alerts on the pods of ${kind} say`, function () {
    this.timeout(120_000);
    let promtool: Promtool;

    before(async function () {
      promtool = await Promtool.find(this);
    });

    for (const [what, { changes, then }] of Object.entries(stories)) {
      it(what, async () => {
        const { groups } = watchedThings(await watched({ workload }));
        await promtool.ask(groups, world(12 * HOUR, changes), then);
      });
    }
  });
}
