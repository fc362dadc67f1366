// The dashboard: what it shows of a workload that measures everything, and of one that measures little.
import * as assert from "node:assert/strict";
import {
  type GrafanaPanel,
  indicators,
  objectives,
  queriesOf,
  watched,
  watchedThings,
} from "../../support/monitoring";

const titles = (panels: readonly GrafanaPanel[]): string[] => panels.map(({ title }) => title);

describe("a dashboard", () => {
  it("shows promises first, then requests, and then what may explain them", async () => {
    const { dashboard } = watchedThings(await watched());
    assert.deepEqual(titles(dashboard.panels.filter(({ type }) => type === "row")), [
      "Objectives, over thirty days",
      "Requests",
      "Saturation",
      "Pods",
      "Resources",
    ]);
    assert.deepEqual(titles(dashboard.panels.filter(({ type }) => type === "stat")), [
      "Availability (objective 99.9%)",
      "Error budget left",
      "Fast enough (objective 99%)",
      "Latency budget left",
    ]);
  });

  it("shows nothing of what is not measured, and volumes where there are some", async () => {
    const { errors, requests } = indicators;
    const { dashboard } = watchedThings(
      await watched({
        indicators: { requests, errors },
        objectives: { availability: 0.99 },
        workload: { kind: "StatefulSet", name: "shop", claims: ["shop-data"] },
      }),
    );
    const shown = titles(dashboard.panels);
    for (const missing of ["Latency", "Saturation", "Latency budget left"])
      assert.ok(!shown.includes(missing), missing);
    assert.ok(shown.includes("Volumes"));
  });

  it("asks the Prometheus that its reader chooses, about this workload only", async () => {
    const { dashboard } = watchedThings(await watched());
    assert.deepEqual(
      dashboard.templating.list.map(({ name, type }) => ({ name, type })),
      [{ name: "datasource", type: "datasource" }],
    );
    for (const { title, targets = [] } of dashboard.panels)
      for (const { datasource } of targets)
        assert.deepEqual(datasource, { type: "prometheus", uid: "${datasource}" }, title);
    for (const { title, expr } of queriesOf(dashboard)) {
      const selectors = expr.match(/\{[^}]*="[^}]*\}/g) ?? [];
      assert.ok(selectors.length > 0, title);
      for (const selector of selectors) assert.match(selector, /namespace="team"/, title);
    }
  });

  it("has its panels side by side and none over another", async () => {
    const { panels } = watchedThings(await watched()).dashboard;
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      assert.ok(w > 0 && h > 0 && x + w <= 24);
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
    });
    assert.equal(new Set(places).size, places.length);
  });

  it("is known to Grafana by its namespace and name, cut to what Grafana takes", async () => {
    const { dashboard } = watchedThings(await watched({ objectives }));
    assert.equal(dashboard.uid, "team-shop");
    assert.equal(dashboard.title, "team / shop");
  });
});
