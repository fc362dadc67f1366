// The PrometheusRule of a workload: what is recorded for its objectives, and every alert.
import { Alert, alertRule } from "./alert";
import { podAlerts, resourceAlerts } from "./cluster-alerts";
import { objectiveAlerts } from "./objective-alerts";
import { recordings, Rule, STEP_SECONDS } from "./recordings";
import { Subject } from "./subject";

export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

/** All groups, the one that the others read first. `runbooks` is the address of the page that explains the alerts. */
export function ruleGroups(subject: Subject, runbooks: string): RuleGroup[] {
  const group = (name: string, alerts: readonly Alert[]): RuleGroup => ({
    name: `${subject.name}-${name}`,
    rules: alerts.map((alert) => alertRule(subject, alert, runbooks)),
  });
  return [
    { name: `${subject.name}-recordings`, interval: `${STEP_SECONDS}s`, rules: recordings(subject) },
    group("objectives", objectiveAlerts(subject)),
    group("pods", podAlerts(subject)),
    group("resources", resourceAlerts(subject)),
  ];
}
