// Alert: what wakes somebody, or waits for the morning, and what it tells them.
import { Rule } from "./recordings";
import { Subject, subjectLabels } from "./subject";

export interface Alert {
  /** Also the heading of its section in docs/monitoring.md. */
  readonly name: string;
  /** `critical`: users notice, now. `warning`: they will, unless somebody does something in the next days. */
  readonly severity: "critical" | "warning";
  readonly expr: string;
  /** Labels besides the usual ones. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** How long it has to be so. */
  readonly for: string;
  /** One line; `{{ $value }}` and labels of the series may occur in it. */
  readonly summary: string;
  /** What is wrong, and where to look. */
  readonly description: string;
}

export function alertRule(subject: Subject, alert: Alert, runbooks: string): Rule {
  return {
    alert: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: { ...alert.labels, ...subjectLabels(subject), severity: alert.severity },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook_url: `${runbooks}#${alert.name.toLowerCase()}`,
    },
  };
}
