// Alerts on what the cluster says of a workload: its pods, and the resources that they use. They need the metrics
// of kube-state-metrics and the kubelet, which every installation of the Prometheus operator brings.
import { Alert } from "./alert";
import { literally, max, maxBy, rate5m, select, sumBy } from "./promql";
import { cluster, kubectlName, own, podsOf, replicasOf, Subject } from "./subject";

/** Every container but the one that holds the pod's network. */
const CONTAINERS = { notMatches: "|POD" };

export function podAlerts(subject: Subject): Alert[] {
  const { namespace, name } = subject;
  const { wanted, available } = replicasOf(subject);
  const target = kubectlName(subject);
  const describe = `kubectl -n ${namespace} describe ${target}`;
  const restarts = cluster(subject, "kube_pod_container_status_restarts_total", { pod: podsOf(subject) });
  return [
    {
      name: "MetricsMissing",
      severity: "critical",
      expr: `absent(${select({ metric: "up" }, { namespace, job: name })} == 1)`,
      for: "5m",
      summary: `nobody can read the metrics of ${name} in ${namespace}`,
      description: `No pod of ${name} answered a scrape for five minutes: it is down, or monitoring may not reach it. Every alert on its requests is silent until then. Look at its pods (kubectl -n ${namespace} get pods), then at the ServiceMonitor ${name} and the Secret that it names.`,
    },
    {
      name: "NoPodAvailable",
      severity: "critical",
      expr: `${available} == 0 and ${wanted} > 0`,
      for: "5m",
      summary: `no pod of ${name} in ${namespace} is available`,
      description: `${target} has no pod that is ready: nobody is served. Look at its events (${describe}) and at the logs of the last attempt (kubectl -n ${namespace} logs ${target} --previous).`,
    },
    {
      name: "ReplicasMissing",
      severity: "warning",
      expr: `${available} < ${wanted}`,
      for: "15m",
      summary: `only {{ $value }} pods of ${name} in ${namespace} are available`,
      description: `${target} has had fewer available pods than it should for fifteen minutes: a rollout is stuck, or the cluster has no room. Look at its events (${describe}) and at pods that are pending.`,
    },
    {
      name: "PodsRestarting",
      severity: "warning",
      expr: `${maxBy("pod, container", `increase(${restarts}[30m])`)} >= 3`,
      for: "1m",
      summary: `{{ $labels.pod }} in ${namespace} restarts again and again`,
      description: `The container {{ $labels.container }} of {{ $labels.pod }} restarted {{ $value | humanize }} times in half an hour. Look at how it ended (kubectl -n ${namespace} describe pod {{ $labels.pod }}: OOMKilled is memory, an exit code is in its logs with --previous).`,
    },
  ];
}

export function resourceAlerts(subject: Subject): Alert[] {
  const { namespace, name } = subject;
  const used = containerSeries(subject, "container_memory_working_set_bytes");
  const allowed = memoryLimit(subject);
  return [
    {
      name: "MemoryNearLimit",
      severity: "warning",
      expr: `${maxBy("pod, container", used)} / ${maxBy("pod, container", allowed)} > 0.9`,
      for: "15m",
      summary: `{{ $labels.pod }} in ${namespace} uses {{ $value | humanizePercentage }} of its memory`,
      description: `The container {{ $labels.container }} of {{ $labels.pod }} has been above 90% of its memory limit for fifteen minutes; at 100% it is killed. Look at memory on the dashboard of ${name}: where it only ever rises it leaks, otherwise raise the limit.`,
    },
    {
      name: "CpuThrottled",
      severity: "warning",
      expr: `${throttledShare(subject)} > 0.25`,
      for: "15m",
      summary: `{{ $labels.pod }} in ${namespace} waits for CPU {{ $value | humanizePercentage }} of the time`,
      description: `The container {{ $labels.container }} of {{ $labels.pod }} has been at its CPU limit for fifteen minutes, so that requests take longer. Raise or drop the limit, or add replicas.`,
    },
    ...volumeAlerts(subject),
    ...saturationAlerts(subject),
    ...autoscalerAlerts(subject),
  ];
}

/** Series of the kubelet about the containers of the workload. */
export function containerSeries(subject: Subject, metric: string): string {
  return cluster(subject, metric, { pod: podsOf(subject), container: CONTAINERS });
}

export function memoryLimit(subject: Subject): string {
  const where = { pod: podsOf(subject), container: CONTAINERS, resource: "memory" };
  return cluster(subject, "kube_pod_container_resource_limits", where);
}

/** Share of the periods in which a container had to stop for its CPU limit. A container without one has none. */
export function throttledShare(subject: Subject): string {
  const periods = (metric: string): string =>
    sumBy("pod, container", rate5m(containerSeries(subject, metric)));
  return `${periods("container_cpu_cfs_throttled_periods_total")} / ${periods("container_cpu_cfs_periods_total")}`;
}

/** What the kubelet says of the workload's volumes, each by the name of its claim. */
function volumeSeries(subject: Subject, metric: string): string {
  const claims = { matches: subject.claims.map(literally).join("|") };
  return cluster(subject, metric, { persistentvolumeclaim: claims });
}

/** Share of each volume that is free. */
export function freeShare(subject: Subject): string {
  const of = (what: string): string =>
    maxBy("persistentvolumeclaim", volumeSeries(subject, `kubelet_volume_stats_${what}_bytes`));
  return `${of("available")} / ${of("capacity")}`;
}

function volumeAlerts(subject: Subject): Alert[] {
  if (subject.claims.length === 0) return [];
  const { namespace, name } = subject;
  const free = freeShare(subject);
  const available = volumeSeries(subject, "kubelet_volume_stats_available_bytes");
  const inFourDays = maxBy("persistentvolumeclaim", `predict_linear(${available}[6h], 4 * 86400)`);
  const claim = "{{ $labels.persistentvolumeclaim }}";
  const look = `Grow it, or remove what is not needed; the dashboard of ${name} shows how it filled up.`;
  return [
    {
      name: "VolumeFills",
      severity: "warning",
      expr: `${free} < 0.4 and ${inFourDays} < 0`,
      for: "1h",
      summary: `the volume ${claim} in ${namespace} is full in four days`,
      description: `${claim} has {{ $value | humanizePercentage }} left, and at the pace of the last six hours that lasts less than four days. ${look}`,
    },
    {
      name: "VolumeAlmostFull",
      severity: "critical",
      expr: `${free} < 0.1`,
      for: "5m",
      summary: `the volume ${claim} in ${namespace} has {{ $value | humanizePercentage }} left`,
      description: `${claim} of ${name} is almost full; then nothing more can be written. ${look}`,
    },
  ];
}

/** How full each pod's queue or pool is. */
export function saturations(subject: Subject): { what: string; expr: string }[] {
  return (subject.indicators.saturation ?? []).map(({ what, used, limit }) => {
    const full = typeof limit === "number" ? String(limit) : maxBy("pod", own(subject, limit));
    return { what, expr: `${maxBy("pod", own(subject, used))} / ${full}` };
  });
}

function saturationAlerts(subject: Subject): Alert[] {
  const { namespace, name } = subject;
  return saturations(subject).map(({ what, expr }) => ({
    name: "Saturated",
    severity: "warning",
    // Two of them on one workload are two alerts.
    labels: { what },
    expr: `${expr} > 0.9`,
    for: "15m",
    summary: `{{ $labels.what }} of {{ $labels.pod }} in ${namespace}: {{ $value | humanizePercentage }} full`,
    description: `{{ $labels.what }} of {{ $labels.pod }} has been more than 90% full for fifteen minutes: ${name} gets more than it can do, and requests wait or are refused. Add replicas, or find out what slows it down.`,
  }));
}

function autoscalerAlerts(subject: Subject): Alert[] {
  const { namespace, name, autoscaler } = subject;
  if (autoscaler === undefined) return [];
  const replicas = (which: string): string =>
    max(
      cluster(subject, `kube_horizontalpodautoscaler_${which}_replicas`, {
        horizontalpodautoscaler: autoscaler,
      }),
    );
  return [
    {
      name: "AutoscalerAtLimit",
      severity: "warning",
      expr: `${replicas("status_current")} >= ${replicas("spec_max")} and ${replicas("spec_min")} < ${replicas("spec_max")}`,
      for: "30m",
      summary: `${name} in ${namespace} has all the {{ $value }} replicas it may have`,
      description: `${autoscaler} can't add another replica, and has been there for half an hour: more load makes every request slower. Raise its maximum, or find out why one replica does so little.`,
    },
  ];
}
