// prometheusMonitor: watching by the Prometheus operator and Grafana. A workload gets a ServiceMonitor, a
// PrometheusRule and a dashboard in its own namespace, so that a tenant's Prometheus takes them too.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ClusterPeer, Edge, Labels } from "../network";
import { check } from "./check";
import { dashboard } from "./dashboard";
import { Monitor, WatchArgs } from "./monitor";
import { ruleGroups } from "./rules";
import { serviceMonitorSpec } from "./service-monitor";
import { Subject } from "./subject";

export interface PrometheusArgs {
  /** The pods that collect metrics. */
  scrapers: ClusterPeer;
  /** A provider that updates ConfigMaps in place: Grafana knows a dashboard by the name of its file. */
  inPlace: k8s.Provider;
  /** Labels by which Prometheus selects ServiceMonitors and PrometheusRules: `{ release: "prometheus" }`. @default none */
  labels?: Labels;
  /** Labels by which Grafana finds dashboards. @default `grafana_dashboard: "1"` */
  dashboardLabels?: Labels;
  /** Seconds between two scrapes, from 10 to 60. @default 30 */
  interval?: number;
  /** Address of the page that explains the alerts, for their `runbook_url`. @default "docs/monitoring.md" */
  runbooks?: string;
}

const GROUP = "monitoring.coreos.com/v1";

/** Watches by the objects of the Prometheus operator. */
export function prometheusMonitor(args: PrometheusArgs): Monitor {
  const { interval = 30 } = args;
  if (!(interval >= 10 && interval <= 60)) {
    throw new pulumi.RunError(
      `Metrics are to be collected every ${interval} s. Give 10 to 60: rates are computed over five minutes.`,
    );
  }
  return {
    watch: (name, watched, opts) => {
      check(name, watched);
      const subject = subjectOf(name, watched);
      collect(name, watched, { ...args, interval }, opts);
      alert(name, watched, subject, args, opts);
      show(name, watched, subject, args, opts);
    },
  };
}

/** The ServiceMonitor, and the way for those who scrape. */
function collect(
  name: string,
  watched: WatchArgs,
  { scrapers, labels, interval }: PrometheusArgs & { interval: number },
  opts: pulumi.CustomResourceOptions,
): void {
  const { endpoint, namespace, edge = true } = watched;
  const policies = edge
    ? new Edge(`monitoring-to-${endpoint.name}`, { from: "monitoring", source: scrapers, to: endpoint }, opts)
        .policies
    : [];
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: GROUP,
      kind: "ServiceMonitor",
      metadata: { name, namespace: namespace.name, ...(labels ? { labels } : {}) },
      spec: serviceMonitorSpec(name, watched, interval),
    },
    pulumi.mergeOptions(opts, { dependsOn: [...policies] }),
  );
}

function alert(
  name: string,
  { namespace, ready }: WatchArgs,
  subject: pulumi.Output<Subject>,
  { labels, runbooks = "docs/monitoring.md" }: PrometheusArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: GROUP,
      kind: "PrometheusRule",
      metadata: { name, namespace: namespace.name, ...(labels ? { labels } : {}) },
      spec: { groups: subject.apply((known) => ruleGroups(known, runbooks)) },
    },
    pulumi.mergeOptions(opts, { dependsOn: [...ready] }),
  );
}

/** The sidecar of Grafana writes every dashboard into one folder: its file is called after the namespace, too. */
function show(
  name: string,
  { namespace }: WatchArgs,
  subject: pulumi.Output<Subject>,
  { inPlace, dashboardLabels = { grafana_dashboard: "1" } }: PrometheusArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const metadata = { name: `${name}-dashboard`, namespace: namespace.name, labels: dashboardLabels };
  new k8s.core.v1.ConfigMap(
    metadata.name,
    {
      metadata,
      data: subject.apply((known) => ({ [`${known.namespace}-${name}.json`]: dashboard(known) })),
    },
    pulumi.mergeOptions(opts, { provider: inPlace }),
  );
}

function subjectOf(
  name: string,
  { namespace, workload, indicators, objectives }: WatchArgs,
): pulumi.Output<Subject> {
  const { kind, name: workloadName, autoscaler, claims = [] } = workload;
  return pulumi.all([namespace.name, pulumi.all([...claims])]).apply(([inNamespace, claimNames]) => ({
    name,
    namespace: inNamespace,
    kind,
    workload: workloadName,
    autoscaler,
    claims: claimNames,
    indicators,
    objectives,
  }));
}
