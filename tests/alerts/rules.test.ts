// Every rule and every dashboard of the stacks that this project ships, and of a workload with everything: Prometheus
// can read them, and each panel shows something of a workload that is well.
import * as assert from "node:assert/strict";
import type { WatchArgs } from "../../components/monitoring";
import { prometheusMonitor } from "../../components/monitoring";
import { isPlainObject, type Plain } from "../../tools/graph/values";
import { clusterPods } from "../support/fixtures";
import { type Dashboard, dashboardsIn, queriesOf, RULE, watched, watchedThings } from "../support/monitoring";
import { run } from "../support/program";
import { at, CONFIG_MAP, minioStore, surroundings } from "../support/services";
import { stack, stackNames } from "../support/stacks";
import { Promtool } from "./support/promtool";
import { world } from "./support/world";

interface Watched {
  readonly groups: Plain | undefined;
  readonly dashboards: readonly Dashboard[];
}

/** A workload with every indicator there is, as a Deployment and as a StatefulSet. */
const samples: Record<string, Partial<WatchArgs>> = {
  "a Deployment with everything": {},
  "a StatefulSet with everything": {
    workload: { kind: "StatefulSet", name: "shop", claims: ["shop-data", "b.c"] },
  },
};

async function sample(args: Partial<WatchArgs>): Promise<Watched> {
  const { groups, dashboard } = watchedThings(await watched(args));
  return { groups, dashboards: [dashboard] };
}

async function store(): Promise<Watched> {
  const graph = await run(() => {
    const here = surroundings();
    const monitor = prometheusMonitor({ scrapers: clusterPods, inPlace: here.access.inPlace });
    minioStore(here, { monitor }).seal();
  });
  return {
    groups: at(graph.one(RULE).inputs.spec, "groups"),
    dashboards: Object.values(dashboardsIn(graph.one(CONFIG_MAP, "minio-dashboard").inputs.data)),
  };
}

/** Everything that a stack has of monitoring, as one. */
async function shipped(name: (typeof stackNames)[number]): Promise<Watched> {
  const manifests = (await stack(name)).objects.map(({ manifest }) => manifest);
  const groups = manifests
    .filter(({ kind }) => kind === "PrometheusRule")
    .flatMap(({ spec }) => {
      const found = at(spec, "groups");
      return Array.isArray(found) ? found : [];
    });
  const dashboards = manifests
    .filter(
      ({ kind, metadata }) =>
        kind === "ConfigMap" && isPlainObject(metadata.labels) && "grafana_dashboard" in metadata.labels,
    )
    .flatMap(({ data }) => Object.values(dashboardsIn(data)));
  return { groups, dashboards };
}

const all: Record<string, () => Promise<Watched>> = {
  ...Object.fromEntries(Object.entries(samples).map(([name, args]) => [name, () => sample(args)])),
  "the object store": store,
  ...Object.fromEntries(stackNames.map((name) => [`the stack ${name}`, () => shipped(name)])),
};

describe("Prometheus can read", function () {
  this.timeout(120_000);
  let promtool: Promtool;

  before(async function () {
    promtool = await Promtool.find(this);
  });

  for (const [what, find] of Object.entries(all)) {
    it(`every rule of ${what}`, async () => {
      await promtool.check((await find()).groups);
    });

    it(`every query of the dashboards of ${what}`, async () => {
      const queries = (await find()).dashboards.flatMap(queriesOf);
      await promtool.check([
        { name: "queries", rules: queries.map(({ expr }, number) => ({ record: `query:${number}`, expr })) },
      ]);
    });
  }

  it("nothing that is no PromQL", async () => {
    await assert.rejects(
      promtool.check([{ name: "broken", rules: [{ record: "a:b", expr: "sum(" }] }]),
      /could not parse expression/,
    );
  });

  for (const [what, args] of Object.entries(samples)) {
    it(`something for each panel of ${what}`, async () => {
      const { groups, dashboard } = watchedThings(await watched(args));
      const asked = queriesOf(dashboard).map(({ expr }) => ({
        time: "2h",
        query: `count(${expr}) > bool 0`,
        answer: { "{}": 1 },
      }));
      await promtool.ask(groups, world(121), asked);
    });
  }
});
