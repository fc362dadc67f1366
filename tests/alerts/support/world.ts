// What Prometheus sees of a workload called `shop`, minute by minute: everything is well unless a test says otherwise.

/** What a series does for a while: stay at a value, rise by so much a minute, or not be there. */
export type Phase = { readonly minutes: number } & (
  { readonly value: number } | { readonly perMinute: number } | { readonly missing: true }
);

const STEPS_A_MINUTE = 2;

/** Seconds between two samples, and between two evaluations. */
export const STEP = `${60 / STEPS_A_MINUTE}s`;

export const DAY = 24 * 60;

/** Phases as promtool writes the values of a series. A counter goes on where it was. */
export function course(...phases: readonly Phase[]): string {
  let last = 0;
  return phases
    .map((phase) => {
      const steps = phase.minutes * STEPS_A_MINUTE;
      if ("missing" in phase) return `_x${steps}`;
      if ("value" in phase) {
        last = phase.value;
        return `${last}+0x${steps - 1}`;
      }
      const rise = phase.perMinute / STEPS_A_MINUTE;
      const first = last + rise;
      last += rise * steps;
      return `${first}${rise < 0 ? "-" : "+"}${Math.abs(rise)}x${steps - 1}`;
    })
    .join(" ");
}

/** Values by series. */
export type World = Readonly<Record<string, string>>;

export const PODS = ["shop-7d9f8c6b5-x2k4z", "shop-7d9f8c6b5-b7wq9"] as const;
export const [POD] = PODS;

/** The one pod of a StatefulSet of the same name. */
export const SERVER = "shop-0";

const own = 'namespace="team",job="shop"';
const kube = 'namespace="team"';

/** Names of the series that tests change. */
export const series = {
  up: `up{${own},pod="${POD}"}`,
  good: `http_requests_total{${own},pod="${POD}",path="/predict",status="200"}`,
  failed: `http_requests_total{${own},pod="${POD}",path="/predict",status="503"}`,
  rejected: `http_requests_total{${own},pod="${POD}",path="/predict",status="422"}`,
  bucket: (le: string) => `http_request_duration_seconds_bucket{${own},pod="${POD}",le="${le}"}`,
  queue: `queue_length{${own},pod="${POD}"}`,
  connections: `connections{${own},pod="${POD}"}`,
  wanted: `kube_deployment_spec_replicas{${kube},deployment="shop"}`,
  available: `kube_deployment_status_replicas_available{${kube},deployment="shop"}`,
  ready: `kube_statefulset_status_replicas_ready{${kube},statefulset="shop"}`,
  restarts: (pod: string = POD) =>
    `kube_pod_container_status_restarts_total{${kube},pod="${pod}",container="server"}`,
  memory: (pod: string = POD) =>
    `container_memory_working_set_bytes{${kube},pod="${pod}",container="server"}`,
  throttled: (pod: string = POD) =>
    `container_cpu_cfs_throttled_periods_total{${kube},pod="${pod}",container="server"}`,
  free: `kubelet_volume_stats_available_bytes{${kube},persistentvolumeclaim="shop-data"}`,
  leastReplicas: `kube_horizontalpodautoscaler_spec_min_replicas{${kube},horizontalpodautoscaler="shop-hpa"}`,
  replicas: `kube_horizontalpodautoscaler_status_current_replicas{${kube},horizontalpodautoscaler="shop-hpa"}`,
} as const;

/** The world for so many minutes, in which everything is well but for `changes`. */
export function world(minutes: number, changes: World = {}): World {
  const steady = (value: number): string => course({ minutes, value });
  const rising = (perMinute: number): string => course({ minutes, perMinute });
  const limit = (pod: string): string =>
    `kube_pod_container_resource_limits{${kube},pod="${pod}",container="server",resource="memory"}`;
  return {
    [series.up]: steady(1),
    [series.good]: rising(1000),
    [series.failed]: steady(0),
    [series.rejected]: steady(0),
    [series.bucket("0.1")]: rising(500),
    [series.bucket("0.5")]: rising(1000),
    [series.bucket("1.0")]: rising(1000),
    [series.bucket("5.0")]: rising(1000),
    [series.bucket("+Inf")]: rising(1000),
    [series.queue]: steady(10),
    [`queue_limit{${own},pod="${POD}"}`]: steady(100),
    [series.connections]: steady(2),
    [series.wanted]: steady(2),
    [series.available]: steady(2),
    [`kube_statefulset_replicas{${kube},statefulset="shop"}`]: steady(1),
    [series.ready]: steady(1),
    [series.replicas]: steady(2),
    [series.leastReplicas]: steady(1),
    [`kube_horizontalpodautoscaler_spec_max_replicas{${kube},horizontalpodautoscaler="shop-hpa"}`]: steady(4),
    [series.free]: steady(8e9),
    [`kubelet_volume_stats_capacity_bytes{${kube},persistentvolumeclaim="shop-data"}`]: steady(10e9),
    ...Object.fromEntries(
      [...PODS, SERVER].flatMap((pod) => [
        [series.restarts(pod), steady(0)],
        [series.memory(pod), steady(100e6)],
        [limit(pod), steady(256e6)],
        [`container_cpu_cfs_periods_total{${kube},pod="${pod}",container="server"}`, rising(600)],
        [series.throttled(pod), rising(10)],
        [`container_cpu_usage_seconds_total{${kube},pod="${pod}",container="server"}`, rising(6)],
      ]),
    ),
    ...neighbours(minutes),
    ...changes,
  };
}

/** Other workloads that have every trouble there is: nothing of it is the shop's. */
function neighbours(minutes: number): World {
  const steady = (value: number): string => course({ minutes, value });
  const failing = 'pod="other",path="/predict",status="500"';
  const theirs = ["shop-train-x2k4z", "shop-7d9f8c6b5-x2k4z-debug", "my-shop-7d9f8c6b5-x2k4z", "shopper-0"];
  return {
    [`http_requests_total{namespace="team",job="other",${failing}}`]: course({ minutes, perMinute: 900 }),
    [`http_requests_total{namespace="elsewhere",job="shop",${failing}}`]: course({ minutes, perMinute: 900 }),
    [`http_requests_total{${own},pod="${POD}",path="/admin",status="500"}`]: course({
      minutes,
      perMinute: 900,
    }),
    'up{namespace="team",job="other"}': steady(0),
    'kube_deployment_spec_replicas{namespace="elsewhere",deployment="shop"}': steady(3),
    'kube_deployment_status_replicas_available{namespace="elsewhere",deployment="shop"}': steady(0),
    'kube_deployment_status_replicas_available{namespace="team",deployment="shopper"}': steady(0),
    ...Object.fromEntries(
      theirs.flatMap((pod) => [
        [series.restarts(pod), course({ minutes, perMinute: 1 })],
        [series.memory(pod), steady(255e6)],
        [
          `kube_pod_container_resource_limits{${kube},pod="${pod}",container="server",resource="memory"}`,
          steady(256e6),
        ],
      ]),
    ),
    [`kubelet_volume_stats_available_bytes{${kube},persistentvolumeclaim="shop-data-2"}`]: steady(1),
    [`kubelet_volume_stats_capacity_bytes{${kube},persistentvolumeclaim="shop-data-2"}`]: steady(10e9),
  };
}
