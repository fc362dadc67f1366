// The Grafana dashboard of a workload: what it promises and how much of the budget is left, then its requests, then
// what may explain them: saturation, pods, resources.
import { shortName } from "../network";
import { containerSeries, freeShare, memoryLimit, saturations, throttledShare } from "./cluster-alerts";
import { datasourceVariable, layOut, Panel, Row } from "./panels";
import { max, rate5m, select, sumBy, threshold } from "./promql";
import { badShare, Budget, budgets } from "./recordings";
import { cluster, own, podsOf, replicasOf, Subject, subjectLabels } from "./subject";

/** Grafana takes no more. */
const UID_LENGTH = 40;

/** The dashboard as JSON that Grafana reads from a file. */
export function dashboard(subject: Subject): string {
  const { namespace, name } = subject;
  return JSON.stringify(
    {
      uid: shortName(`${namespace}-${name}`, UID_LENGTH),
      title: `${namespace} / ${name}`,
      tags: ["mlops-platform"],
      editable: false,
      schemaVersion: 39,
      time: { from: "now-6h", to: "now" },
      refresh: "30s",
      templating: { list: [datasourceVariable] },
      annotations: { list: [] },
      panels: layOut(rows(subject)),
    },
    undefined,
    2,
  );
}

function rows(subject: Subject): Row[] {
  const saturation = saturationPanels(subject);
  return [
    { title: "Objectives, over thirty days", panels: budgets(subject).flatMap(objectivePanels) },
    { title: "Requests", panels: requestPanels(subject) },
    ...(saturation.length === 0 ? [] : [{ title: "Saturation", panels: saturation }]),
    { title: "Pods", panels: podPanels(subject) },
    { title: "Resources", panels: resourcePanels(subject) },
  ];
}

function objectivePanels(budget: Budget): Panel[] {
  const objective = 1 - budget.allowed;
  const [what, left] =
    budget.kind === "errors" ? ["Availability", "Error budget left"] : ["Fast enough", "Latency budget left"];
  const description =
    "Of thirty days, or of as many as Prometheus keeps. Below zero the promise of these days is broken.";
  const spent = `(${badShare(budget, "30d")}) / ${threshold(budget.allowed)}`;
  return [
    {
      kind: "stat",
      title: `${what} (objective ${threshold(objective * 100)}%)`,
      description: "Share of the requests that kept the promise.",
      unit: "percentunit",
      queries: [{ expr: `1 - ${badShare(budget, "30d")}`, legend: what }],
      limit: { below: Number(threshold(objective)) },
    },
    {
      kind: "stat",
      title: left,
      description,
      unit: "percentunit",
      queries: [{ expr: `1 - ${spent}`, legend: left }],
      limit: { below: 0 },
    },
  ];
}

function requestPanels(subject: Subject): Panel[] {
  const [errors] = budgets(subject);
  if (errors === undefined) return [];
  return [
    {
      kind: "timeseries",
      title: "Rate",
      description: "Requests that the objectives are about, and those of them that failed.",
      unit: "reqps",
      queries: [
        { expr: errors.all, legend: "requests" },
        { expr: errors.bad, legend: "failed" },
      ],
    },
    {
      kind: "timeseries",
      title: "Errors",
      description: "Share of the requests that fail; the line is what the objective allows.",
      unit: "percentunit",
      queries: [{ expr: badShare(errors, "5m"), legend: "failed" }],
      limit: { above: Number(threshold(errors.allowed)) },
    },
    ...latencyPanels(subject),
  ];
}

function latencyPanels(subject: Subject): Panel[] {
  const { latency } = subject.indicators;
  if (latency === undefined) return [];
  const promise = subject.objectives.latency;
  const buckets = sumBy("le", rate5m(own(subject, latency)));
  return [
    {
      kind: "timeseries",
      title: "Latency",
      description:
        promise === undefined
          ? "Seconds within which a share of the requests is answered."
          : `Seconds within which a share of the requests is answered; ${threshold(promise.share * 100)}% should be below the line.`,
      unit: "s",
      queries: [0.5, 0.9, 0.99].map((quantile) => ({
        expr: `histogram_quantile(${quantile}, ${buckets})`,
        legend: `p${quantile * 100}`,
      })),
      ...(promise === undefined ? {} : { limit: { above: promise.seconds } }),
    },
  ];
}

function saturationPanels(subject: Subject): Panel[] {
  return saturations(subject).map(({ what, expr }) => ({
    kind: "timeseries",
    title: what,
    description: "How full it is, by pod.",
    unit: "percentunit",
    queries: [{ expr, legend: "{{pod}}" }],
    limit: { above: 0.9 },
  }));
}

function podPanels(subject: Subject): Panel[] {
  const { wanted, available } = replicasOf(subject);
  const restarts = cluster(subject, "kube_pod_container_status_restarts_total", { pod: podsOf(subject) });
  const alerts = select({ metric: "ALERTS" }, { ...subjectLabels(subject), alertstate: "firing" });
  return [
    {
      kind: "timeseries",
      title: "Replicas",
      description: "Pods that should be there, and pods that are ready.",
      unit: "short",
      queries: [
        { expr: wanted, legend: "wanted" },
        { expr: available, legend: "available" },
      ],
    },
    {
      kind: "timeseries",
      title: "Restarts in an hour",
      description: "By pod and container.",
      unit: "short",
      queries: [
        { expr: sumBy("pod, container", `increase(${restarts}[1h])`), legend: "{{pod}} {{container}}" },
      ],
    },
    {
      kind: "timeseries",
      title: "Alerts",
      description: "Those that fire; docs/monitoring.md has a section for each.",
      unit: "short",
      queries: [{ expr: `${sumBy("alertname", alerts)} or vector(0)`, legend: "{{alertname}}" }],
    },
  ];
}

function resourcePanels(subject: Subject): Panel[] {
  const cpu = rate5m(containerSeries(subject, "container_cpu_usage_seconds_total"));
  const panels: Panel[] = [
    {
      kind: "timeseries",
      title: "Memory",
      description: "By pod, beside the limit of one container, at which it is killed.",
      unit: "bytes",
      queries: [
        {
          expr: sumBy("pod", containerSeries(subject, "container_memory_working_set_bytes")),
          legend: "{{pod}}",
        },
        { expr: max(memoryLimit(subject)), legend: "limit" },
      ],
    },
    {
      kind: "timeseries",
      title: "CPU",
      description: "Cores in use, by pod.",
      unit: "short",
      queries: [{ expr: sumBy("pod", cpu), legend: "{{pod}}" }],
    },
    {
      kind: "timeseries",
      title: "CPU throttled",
      description:
        "Share of the time that containers wait for their CPU limit; without a limit there is none.",
      unit: "percentunit",
      queries: [{ expr: throttledShare(subject), legend: "{{pod}} {{container}}" }],
      limit: { above: 0.25 },
    },
  ];
  if (subject.claims.length > 0) {
    panels.push({
      kind: "timeseries",
      title: "Volumes",
      description: "Share that is free.",
      unit: "percentunit",
      queries: [{ expr: freeShare(subject), legend: "{{persistentvolumeclaim}}" }],
      limit: { below: 0.1 },
    });
  }
  return panels;
}
