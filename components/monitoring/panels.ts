// Panels of a Grafana dashboard, in the few forms that are used here, and their places in rows.

/** The variable by which a reader chooses among Prometheus servers. */
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

/** How Grafana writes a value. */
export type Unit = "percentunit" | "reqps" | "s" | "bytes" | "short";

export interface Query {
  readonly expr: string;
  /** What to call the series; `{{pod}}` stands for a label. */
  readonly legend: string;
}

export interface Panel {
  readonly kind: "stat" | "timeseries";
  readonly title: string;
  /** What a person has to know to read it. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** A value from which on, or below which, it is shown in red. @default never */
  readonly limit?: { readonly above: number } | { readonly below: number };
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const WIDTH = 24;
const HEIGHT = { row: 1, stat: 4, timeseries: 8 };

type Json = Readonly<Record<string, unknown>>;

/** Grafana's own form of the rows, one below the other, the panels of each side by side. */
export function layOut(rows: readonly Row[]): Json[] {
  const laidOut: Json[] = [];
  let top = 0;
  const add = (panel: Json, width: number, height: number, left: number): void => {
    laidOut.push({ id: laidOut.length + 1, ...panel, gridPos: { x: left, y: top, w: width, h: height } });
  };
  for (const { title, panels } of rows) {
    add({ type: "row", title, collapsed: false, panels: [] }, WIDTH, HEIGHT.row, 0);
    top += HEIGHT.row;
    const width = Math.floor(WIDTH / panels.length);
    panels.forEach((panel, at) => add(grafanaPanel(panel), width, HEIGHT[panel.kind], at * width));
    top += Math.max(...panels.map(({ kind }) => HEIGHT[kind]));
  }
  return laidOut;
}

function grafanaPanel({ kind, title, description, unit, queries, limit }: Panel): Json {
  const isStat = kind === "stat";
  return {
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    targets: queries.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + at),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
    fieldConfig: {
      defaults: {
        unit,
        // All that is measured here is a count, a share or an amount.
        ...(isStat ? {} : { min: 0 }),
        color: { mode: isStat ? "thresholds" : "palette-classic" },
        thresholds: { mode: "absolute", steps: steps(limit) },
        ...(isStat ? {} : { custom: { fillOpacity: 10, thresholdsStyle: { mode: limit ? "line" : "off" } } }),
      },
      overrides: [],
    },
    options: isStat
      ? { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "value", graphMode: "none" }
      : { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
  };
}

function steps(limit: Panel["limit"]): Json[] {
  if (limit === undefined) return [{ color: "green", value: null }];
  return "above" in limit
    ? [
        { color: "green", value: null },
        { color: "red", value: limit.above },
      ]
    : [
        { color: "red", value: null },
        { color: "green", value: limit.below },
      ];
}

/** The variable itself, as a dashboard declares it. */
export const datasourceVariable: Json = {
  name: "datasource",
  label: "Prometheus",
  type: "datasource",
  query: "prometheus",
  current: {},
  hide: 0,
  includeAll: false,
  multi: false,
  refresh: 1,
};
