// A watched workload, and one that promises little: what the tests of monitoring start from.
import type * as pulumi from "@pulumi/pulumi";
import {
  prometheusMonitor,
  type Indicators,
  type PrometheusArgs,
  type WatchArgs,
} from "../../components/monitoring";
import { podLabels, serviceEndpoint } from "../../components/network";
import { isPlainObject, text, type Plain } from "../../tools/graph/values";
import { clusterPods, inPlaceProvider, testNamespace } from "./fixtures";
import { run, type TestGraph } from "./program";
import { at } from "./services";

export const SERVICE_MONITOR = "kubernetes:monitoring.coreos.com/v1:ServiceMonitor";
export const RULE = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";

export const indicators = {
  requests: { metric: "http_requests_total", where: { path: "/predict" } },
  errors: { metric: "http_requests_total", where: { path: "/predict", status: { matches: "5.." } } },
  latency: { metric: "http_request_duration_seconds_bucket", buckets: [0.1, 0.5, 1, 5] },
  saturation: [
    { what: "queue of frames", used: { metric: "queue_length" }, limit: { metric: "queue_limit" } },
    { what: "pool of connections", used: { metric: "connections" }, limit: 20 },
  ],
} as const satisfies Indicators;

export const objectives = { availability: 0.999, latency: { seconds: 0.5, share: 0.99 } } as const;

type Overrides = Partial<Omit<WatchArgs, "namespace" | "endpoint">>;

/** What a component called `shop` says of itself. */
function watchArgs(overrides: Overrides): WatchArgs {
  const namespace = testNamespace();
  return {
    namespace,
    endpoint: serviceEndpoint("shop", { namespace: namespace.name, pods: podLabels("shop"), port: 8000 }),
    service: podLabels("shop"),
    portName: "http",
    workload: { kind: "Deployment", name: "shop", autoscaler: "shop-hpa" },
    ready: [],
    indicators,
    objectives,
    ...overrides,
  };
}

/** Watches `shop`, as its component would. */
export function watched(
  overrides: Overrides = {},
  monitor: Partial<PrometheusArgs> = {},
  before: (parent: pulumi.Resource) => void = () => undefined,
): Promise<TestGraph> {
  return run(() => {
    const prometheus = prometheusMonitor({ scrapers: clusterPods, inPlace: inPlaceProvider(), ...monitor });
    const args = watchArgs(overrides);
    before(args.namespace);
    prometheus.watch("shop", args, { parent: args.namespace });
  });
}

export interface Rule {
  readonly group: string;
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The rules in a PrometheusRule, each with the name of its group. */
export function rulesIn(spec: Plain | undefined): Rule[] {
  const groups = JSON.parse(JSON.stringify(at(spec, "groups") ?? [])) as { name: string; rules: Rule[] }[];
  return groups.flatMap(({ name, rules }) => rules.map((rule) => ({ ...rule, group: name })));
}

export interface GrafanaPanel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: unknown }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  readonly panels: readonly GrafanaPanel[];
}

/** The dashboards in a ConfigMap, by the names of their files. */
export function dashboardsIn(data: Plain | undefined): Record<string, Dashboard> {
  const files = isPlainObject(data) ? Object.entries(data) : [];
  return Object.fromEntries(files.map(([file, json]) => [file, JSON.parse(text(json)) as Dashboard]));
}

/** All rules and dashboards of a workload: the one thing of each that the graph has. */
export function watchedThings(graph: TestGraph): {
  groups: Plain | undefined;
  rules: Rule[];
  dashboard: Dashboard;
} {
  const spec = graph.one(RULE).inputs.spec;
  const [found] = Object.values(dashboardsIn(graph.one("kubernetes:core/v1:ConfigMap").inputs.data));
  if (found === undefined) throw new Error("there is no dashboard");
  return { groups: at(spec, "groups"), rules: rulesIn(spec), dashboard: found };
}

/** The queries of a dashboard, by the titles of their panels. */
export function queriesOf(dashboard: Dashboard): { title: string; expr: string }[] {
  return dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
}
