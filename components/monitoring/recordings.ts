// Recordings: the few series of a workload from which its objectives are computed. Over days the raw ones would be
// thousands of times as many; and a failure that never happened is recorded as zero, not as nothing.
import { bucketUpTo, EVERYTHING, rate5m, select, sum } from "./promql";
import { own, Subject, subjectLabels } from "./subject";

/** The rules run at this interval: so much time each recorded value stands for. */
export const STEP_SECONDS = 30;

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A promise about requests as it is measured: recorded series, and the share of the requests that may break it. */
export interface Budget {
  readonly kind: "errors" | "latency";
  readonly all: string;
  readonly bad: string;
  /** 0.001 */
  readonly allowed: number;
}

const names = {
  errors: { all: "workload:requests:rate5m", bad: "workload:failed_requests:rate5m" },
  latency: { all: "workload:timed_requests:rate5m", bad: "workload:slow_requests:rate5m" },
};

export function recordings(subject: Subject): Rule[] {
  const { indicators } = subject;
  const requests = sum(rate5m(own(subject, indicators.requests)));
  const failed = `${sum(rate5m(own(subject, indicators.errors)))} or 0 * ${requests}`;
  return [
    record(subject, names.errors.all, indicators.failuresApart ? `${requests} + (${failed})` : requests),
    record(subject, names.errors.bad, failed),
    ...latencyRecordings(subject),
  ];
}

function latencyRecordings(subject: Subject): Rule[] {
  const { latency } = subject.objectives;
  if (latency === undefined) return [];
  const all = bucketRate(subject);
  const inTime = bucketRate(subject, latency.seconds);
  return [
    record(subject, names.latency.all, all),
    // Both are estimates, so their difference may fall a little below zero.
    record(subject, names.latency.bad, `clamp_min(${all} - ${inTime}, 0)`),
  ];
}

function record(subject: Subject, name: string, expr: string): Rule {
  return { record: name, expr, labels: subjectLabels(subject) };
}

/** Requests a second that were answered within so many seconds; all of them when none are given. */
export function bucketRate(subject: Subject, seconds?: number): string {
  const { latency } = subject.indicators;
  const le = seconds === undefined ? EVERYTHING : bucketUpTo(seconds);
  return latency === undefined ? "" : sum(rate5m(own(subject, latency, { le })));
}

export function budgets(subject: Subject): Budget[] {
  const { availability, latency } = subject.objectives;
  return [
    budget(subject, "errors", availability),
    ...(latency === undefined ? [] : [budget(subject, "latency", latency.share)]),
  ];
}

function budget(subject: Subject, kind: Budget["kind"], objective: number): Budget {
  const recorded = (metric: string): string => select({ metric, where: subjectLabels(subject) });
  return { kind, all: recorded(names[kind].all), bad: recorded(names[kind].bad), allowed: 1 - objective };
}

/** Share of the requests of a window that broke the promise. Without any request it is no number, which alerts nobody. */
export function badShare({ all, bad }: Budget, window: string): string {
  // Five minutes are in every recorded value already.
  if (window === "5m") return `${bad} / ${all}`;
  return `sum_over_time(${bad}[${window}]) / sum_over_time(${all}[${window}])`;
}

/** Number of requests of a window that broke the promise. */
export function badCount({ bad }: Budget, window: string): string {
  return `sum_over_time(${bad}[${window}]) * ${STEP_SECONDS}`;
}
