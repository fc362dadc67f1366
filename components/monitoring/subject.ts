// Subject: a watched workload with everything known that its queries contain, and the series that are its own.
import { Indicators, Objectives } from "./monitor";
import { literally, Matcher, max, select, Selector } from "./promql";

export interface Subject {
  /** Of the component; also the job of its series, and the label `workload` of its alerts. */
  readonly name: string;
  readonly namespace: string;
  readonly kind: "Deployment" | "StatefulSet";
  readonly workload: string;
  readonly autoscaler: string | undefined;
  readonly claims: readonly string[];
  readonly indicators: Indicators;
  readonly objectives: Objectives;
}

/** Labels of whatever is recorded or alerted. */
export function subjectLabels({ namespace, name }: Subject): Readonly<Record<string, string>> {
  return { namespace, workload: name };
}

/** Series that the workload itself exports. */
export function own(
  subject: Subject,
  selector: Selector,
  more: Readonly<Record<string, Matcher>> = {},
): string {
  return select(selector, { namespace: subject.namespace, job: subject.name, ...more });
}

/** Series of this namespace that the cluster exports. */
export function cluster(subject: Subject, metric: string, where: Readonly<Record<string, Matcher>>): string {
  return select({ metric, where }, { namespace: subject.namespace });
}

/** The letters and digits of generated names; they make no words, and so no names of other workloads. */
const GENERATED = "[bcdfghjklmnpqrstvwxz2456789]";

/** The names of the workload's pods. */
export function podsOf({ kind, workload }: Subject): Matcher {
  const ending = kind === "StatefulSet" ? "[0-9]+" : `${GENERATED}{1,10}-${GENERATED}{5}`;
  return { matches: `${literally(workload)}-${ending}` };
}

/** How many pods there should be, and how many there are. */
export function replicasOf(subject: Subject): { wanted: string; available: string } {
  const { kind, workload } = subject;
  const count = (metric: string): string => max(cluster(subject, metric, { [kind.toLowerCase()]: workload }));
  return kind === "Deployment"
    ? {
        wanted: count("kube_deployment_spec_replicas"),
        available: count("kube_deployment_status_replicas_available"),
      }
    : {
        wanted: count("kube_statefulset_replicas"),
        available: count("kube_statefulset_status_replicas_ready"),
      };
}

/** As kubectl names it: `deployment/iris-api`. */
export function kubectlName({ kind, workload }: Subject): string {
  return `${kind.toLowerCase()}/${workload}`;
}
