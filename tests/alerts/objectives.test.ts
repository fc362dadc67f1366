// Alerts on objectives, evaluated by Prometheus itself: each fires when its budget is used up too fast, is silent
// just below that, ends when the trouble does, and says nothing about a handful of requests.
import type { WatchArgs } from "../../components/monitoring";
import { watched, watchedThings } from "../support/monitoring";
import { firing, Promtool, type Question } from "./support/promtool";
import { course, DAY, series, type World, world } from "./support/world";

interface Story {
  readonly minutes: number;
  readonly changes: World;
  readonly then: readonly Question[];
  /** How often the rules run: over days, seldom is enough. @default as they do in a cluster */
  readonly every?: string;
  readonly objectives?: WatchArgs["objectives"];
}

const HOUR = 60;

const BUCKETS = ["0.1", "0.5", "1.0", "5.0", "+Inf"].map(series.bucket);
const REQUESTS = [series.good, series.failed, series.rejected, ...BUCKETS];

const all = (names: readonly string[], values: string): World =>
  Object.fromEntries(names.map((name) => [name, values]));

/** What falls from 1000 a minute to so many less, for a while, some time after the start. */
function dip(less: number, during: number, start: number): string {
  return course(
    { minutes: start, perMinute: 1000 },
    { minutes: during, perMinute: 1000 - less },
    { minutes: DAY, perMinute: 1000 },
  );
}

/** So many of a thousand requests a minute fail for a while. */
function failing(perThousand: number, during: number, start = DAY): World {
  const failed = course(
    { minutes: start, value: 0 },
    { minutes: during, perMinute: perThousand },
    { minutes: DAY, perMinute: 0 },
  );
  return { [series.good]: dip(perThousand, during, start), [series.failed]: failed };
}

/** So many of a thousand requests a minute take longer than half a second for a while. */
function slow(perThousand: number, during: number, start = DAY): World {
  return all([series.bucket("0.1"), series.bucket("0.5")], dip(perThousand, during, start));
}

/** So many good and failed requests in the ten minutes after an hour, and not one before or after. */
function rare(good: number, failed: number): World {
  const burst = (count: number): string =>
    course(
      { minutes: HOUR, value: 0 },
      { minutes: 10, perMinute: count / 10 },
      { minutes: DAY, perMinute: 0 },
    );
  return {
    ...all(BUCKETS, burst(good + failed)),
    [series.rejected]: burst(0),
    [series.good]: burst(good),
    [series.failed]: burst(failed),
  };
}

const modest = { availability: 0.9 };
const eager = { availability: 0.999, alertFrom: 3 };

const stories: Record<string, Story> = {
  "nothing while everything is well, whatever happens to other workloads": {
    minutes: DAY,
    every: "2m",
    changes: {},
    then: [firing("10m"), firing("2h"), firing("23h")],
  },
  "nothing while nobody asks": {
    minutes: DAY,
    every: "2m",
    changes: all(REQUESTS, course({ minutes: DAY, value: 7 })),
    then: [firing("10m"), firing("2h"), firing("23h")],
  },
  "nothing before the first request": {
    minutes: DAY,
    every: "2m",
    changes: all(REQUESTS, course({ minutes: DAY, missing: true })),
    then: [firing("10m"), firing("2h"), firing("23h")],
  },
  "nothing when requests are refused for the caller's fault": {
    minutes: DAY,
    every: "2m",
    changes: { [series.rejected]: course({ minutes: DAY, perMinute: 5000 }) },
    then: [firing("2h"), firing("23h")],
  },

  "that the budget of an hour burns, once it has for an hour, and stop when it does": {
    minutes: DAY + 3 * HOUR,
    every: "2m",
    changes: failing(15, 75),
    then: [firing("24h50m"), firing("25h10m", "ErrorBudgetBurnsFast"), firing("25h20m")],
  },
  "nothing when it burns a little slower": {
    minutes: DAY + 3 * HOUR,
    every: "2m",
    changes: failing(14, 75),
    then: [firing("24h50m"), firing("25h10m"), firing("25h20m")],
  },
  "at once that everything fails, and then how much of the budget that was": {
    minutes: DAY + 3 * HOUR,
    every: "2m",
    changes: failing(1000, 10),
    then: [firing("24h1m"), firing("24h6m", "ErrorBudgetBurnsFast"), firing("25h", "ErrorBudgetBurnsSlowly")],
  },
  "that a budget of six hours burns": {
    minutes: DAY + 9 * HOUR,
    every: "2m",
    changes: failing(7, 7 * HOUR),
    then: [firing("27h"), firing("30h", "ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly")],
  },
  "that it burns slowly, when it burns a little slower than that": {
    minutes: DAY + 9 * HOUR,
    every: "2m",
    changes: failing(5.5, 7 * HOUR),
    then: [firing("27h"), firing("30h", "ErrorBudgetBurnsSlowly")],
  },
  "that a budget does not last, after most of a day, and stop some hours after it does": {
    minutes: 5 * DAY,
    every: "5m",
    changes: failing(4, 19 * HOUR, 3 * DAY),
    then: [
      firing("89h"),
      firing("90h40m", "ErrorBudgetBurnsSlowly"),
      firing("94h", "ErrorBudgetBurnsSlowly"),
      firing("96h"),
    ],
  },
  "nothing when the budget just lasts": {
    minutes: 4 * DAY,
    every: "5m",
    changes: failing(0.9, 4 * DAY, HOUR),
    then: [firing("10h"), firing("24h"), firing("72h"), firing("95h")],
  },

  "nothing when one request of two fails": {
    minutes: 8 * HOUR,
    changes: rare(1, 1),
    then: [firing("1h12m"), firing("1h20m"), firing("2h"), firing("7h")],
  },
  "nothing when nine requests of nine fail": {
    minutes: 8 * HOUR,
    changes: rare(0, 9),
    then: [firing("1h12m"), firing("1h20m"), firing("2h"), firing("7h")],
  },
  "that eleven of eleven did": {
    minutes: 8 * HOUR,
    changes: rare(0, 11),
    then: [
      firing("1h5m"),
      firing("1h20m", "ErrorBudgetBurnsFast"),
      firing("2h15m", "ErrorBudgetBurnsSlowly"),
    ],
  },
  "that four of four did, where so few are to be told": {
    minutes: 3 * HOUR,
    changes: rare(0, 4),
    objectives: eager,
    then: [firing("1h20m", "ErrorBudgetBurnsFast")],
  },

  "that requests are slow, once they have been for an hour, and stop when they are": {
    minutes: DAY + 3 * HOUR,
    every: "2m",
    changes: slow(150, 75),
    then: [firing("24h50m"), firing("25h10m", "LatencyBudgetBurnsFast"), firing("25h20m")],
  },
  "nothing when a few less are slow": {
    minutes: DAY + 3 * HOUR,
    every: "2m",
    changes: slow(140, 75),
    then: [firing("24h50m"), firing("25h10m"), firing("25h20m")],
  },
  "that requests are a little slow for most of a day": {
    minutes: 5 * DAY,
    every: "5m",
    changes: slow(40, 19 * HOUR, 3 * DAY),
    then: [
      firing("89h"),
      firing("90h40m", "LatencyBudgetBurnsSlowly"),
      firing("94h", "LatencyBudgetBurnsSlowly"),
      firing("96h"),
    ],
  },
  "that a latency can't be told, when the server has no such bucket": {
    minutes: HOUR,
    changes: { [series.bucket("0.5")]: course({ minutes: HOUR, missing: true }) },
    then: [firing("10m"), firing("17m", "LatencyNotMeasured")],
  },
  "nothing of the kind when the server writes the bucket's end in another way": {
    minutes: HOUR,
    changes: {
      [series.bucket("0.5")]: course({ minutes: HOUR, missing: true }),
      [series.bucket("0.500")]: course({ minutes: HOUR, perMinute: 1000 }),
    },
    then: [firing("17m"), firing("50m")],
  },

  "of a modest objective that more than half of the requests fail": {
    minutes: DAY + 3 * HOUR,
    every: "2m",
    changes: failing(600, 75),
    objectives: modest,
    then: [firing("24h45m"), firing("25h10m", "ErrorBudgetBurnsFast"), firing("25h20m")],
  },
  "nothing when it is just half of them": {
    minutes: DAY + 3 * HOUR,
    every: "2m",
    changes: failing(500, 75),
    objectives: modest,
    then: [firing("24h45m"), firing("25h10m"), firing("25h20m")],
  },
};

describe("the alerts on objectives say", function () {
  this.timeout(120_000);
  let promtool: Promtool;

  before(async function () {
    promtool = await Promtool.find(this);
  });

  for (const [what, { minutes, changes, then, objectives, every }] of Object.entries(stories)) {
    it(what, async () => {
      const { groups } = watchedThings(await watched(objectives ? { objectives } : {}));
      await promtool.ask(groups, world(minutes, changes), then, every);
    });
  }
});
