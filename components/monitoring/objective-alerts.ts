// Alerts on objectives: a budget of failed (or slow) requests that is used up too fast. Each looks at a long window,
// to be sure, and at a short one, to end soon after the trouble does (Google's SRE Workbook, "Alerting on SLOs").
import { Alert } from "./alert";
import { bucketUpTo, EVERYTHING, sum, threshold } from "./promql";
import { badCount, badShare, Budget, budgets } from "./recordings";
import { kubectlName, own, Subject } from "./subject";

/** A pair of windows, and how many times as fast as planned the budget is used up in both. */
interface Burn {
  readonly long: string;
  readonly short: string;
  readonly factor: number;
}

/** The budget of thirty days is gone in two days, or in five. */
const FAST: readonly Burn[] = [
  { long: "1h", short: "5m", factor: 14.4 },
  { long: "6h", short: "30m", factor: 6 },
];

/** It is gone in ten days, or just in time. */
const SLOW: readonly Burn[] = [
  { long: "1d", short: "2h", factor: 3 },
  { long: "3d", short: "6h", factor: 1 },
];

const DEFAULT_ALERT_FROM = 10;

export function objectiveAlerts(subject: Subject): Alert[] {
  return [...budgets(subject).flatMap((budget) => burnAlerts(subject, budget)), ...notMeasured(subject)];
}

function burnAlerts(subject: Subject, budget: Budget): Alert[] {
  const { alertFrom = DEFAULT_ALERT_FROM } = subject.objectives;
  const burns = (pairs: readonly Burn[]): string =>
    pairs.map((pair) => burning(budget, pair, alertFrom)).join("\nor\n");
  const { name, what, look } = wording(subject, budget.kind);
  const share = "{{ $value | humanizePercentage }}";
  const allowed = `its objective allows ${percent(budget.allowed)}`;
  return [
    {
      name: `${name}BurnsFast`,
      severity: "critical",
      expr: burns(FAST),
      for: "2m",
      summary: `${share} of the requests to ${subject.name} in ${subject.namespace} ${what}`,
      description: `${share} of the requests to ${subject.name} ${what}; ${allowed}. At this rate the budget of thirty days is gone within days. ${look}`,
    },
    {
      name: `${name}BurnsSlowly`,
      severity: "warning",
      expr: burns(SLOW),
      for: "15m",
      summary: `${share} of the requests to ${subject.name} in ${subject.namespace} ${what}, for hours`,
      description: `${share} of the requests to ${subject.name} ${what}, over a day or more; ${allowed}. At this rate the budget of thirty days does not last. ${look}`,
    },
  ];
}

function burning(budget: Budget, { long, short, factor }: Burn, alertFrom: number): string {
  const limit = threshold(reachable(factor * budget.allowed, budget.allowed));
  return [
    `(${badShare(budget, long)} > ${limit})`,
    `(${badShare(budget, short)} > ${limit})`,
    `(${badCount(budget, long)} >= ${alertFrom})`,
  ].join(" and ");
}

/** Of a modest objective, not even every request failing uses the budget up that fast: then half of what is left does. */
function reachable(share: number, allowed: number): number {
  return Math.min(share, (1 + allowed) / 2);
}

function wording(subject: Subject, kind: Budget["kind"]): { name: string; what: string; look: string } {
  const logs = `kubectl -n ${subject.namespace} logs ${kubectlName(subject)}`;
  if (kind === "errors") {
    const look = `Look at its logs (${logs}) and at what changed last.`;
    return { name: "ErrorBudget", what: "fail", look };
  }
  const seconds = subject.objectives.latency?.seconds ?? 0;
  const look = `Look at CPU and saturation on its dashboard, then at what it waits for (${logs}).`;
  return { name: "LatencyBudget", what: `take longer than ${seconds} s`, look };
}

/** The server's buckets are not those it was said to have: without this, the latency alerts would be silent for good. */
function notMeasured(subject: Subject): Alert[] {
  const { latency } = subject.indicators;
  const promise = subject.objectives.latency;
  if (latency === undefined || promise === undefined) return [];
  const buckets = (le: typeof EVERYTHING): string => sum(own(subject, latency, { le }));
  return [
    {
      name: "LatencyNotMeasured",
      severity: "warning",
      expr: `${buckets(EVERYTHING)} unless ${buckets(bucketUpTo(promise.seconds))}`,
      for: "15m",
      summary: `the latency objective of ${subject.name} in ${subject.namespace} is not measured`,
      description: `${latency.metric} of ${subject.name} has no bucket that ends at ${promise.seconds} s, so that nothing alerts when requests are slow. Choose an objective at one of its buckets, or add the bucket.`,
    },
  ];
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}
