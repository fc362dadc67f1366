// Prometheus, as whoever is on duty asks it: what it collects, what it computes, and which alerts are on.
import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { applyMonitoring, removeMonitoring } from "../../../tools/live/monitoring";
import type { Platform } from "../../live/support/platform";

const API = "/api/v1/namespaces/monitoring/services/prometheus-operated:web/proxy/api/v1";

/** A pod whose network is that of whoever collects metrics. */
export const COLLECTOR = "monitoring/prometheus-prometheus-0";

type Labels = Readonly<Record<string, string>>;

export interface Target {
  /** `serviceMonitor/NAMESPACE/NAME/NUMBER` */
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly labels: Labels;
  readonly health: string;
  readonly lastError: string;
}

export interface Rule {
  readonly name: string;
  readonly type: "recording" | "alerting";
  /** `ok`, `err` or `unknown` */
  readonly health: string;
  readonly lastError?: string;
  readonly labels?: Labels;
  /** Of an alert: the worst of its series. */
  readonly state?: string;
  /** Of an alert: the rule's `for`, in seconds. */
  readonly duration?: number;
  readonly alerts?: readonly { readonly state: string; readonly activeAt: string }[];
}

export interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** An alert of one workload. */
export interface Wanted {
  readonly name: string;
  readonly namespace: string;
  readonly workload: string;
}

/** Brings monitoring to the platform for a file's tests, and takes it away after them: others have a machine without. */
export function useMonitoring(platform: () => Platform): () => Prometheus {
  before(async function () {
    this.timeout(15 * 60_000);
    await applyMonitoring(platform().machine);
  });
  after(async function () {
    this.timeout(5 * 60_000);
    await removeMonitoring(platform().machine);
  });
  return () => new Prometheus(platform());
}

export class Prometheus {
  constructor(private readonly platform: Platform) {}

  async targets(): Promise<readonly Target[]> {
    return (await this.ask<{ activeTargets: Target[] }>("targets?state=active")).activeTargets;
  }

  async groups(): Promise<readonly Group[]> {
    return (await this.ask<{ groups: Group[] }>("rules")).groups;
  }

  /** The labels of every series that an expression has now. */
  async series(expression: string): Promise<readonly Labels[]> {
    const { result } = await this.ask<{ result: { metric: Labels }[] }>(
      `query?query=${encodeURIComponent(expression)}`,
    );
    return result.map(({ metric }) => metric);
  }

  async alert({ name, namespace, workload }: Wanted): Promise<Rule> {
    const rules = (await this.groups()).flatMap((group) => group.rules);
    const found = rules.find(
      (rule) =>
        rule.name === name && rule.labels?.namespace === namespace && rule.labels.workload === workload,
    );
    assert.ok(found, `there is an alert ${name} of ${namespace}/${workload}`);
    return found;
  }

  /** Waits until an alert fires. It has to be pending before, for as long as its rule says. */
  async fires(wanted: Wanted, seconds: number): Promise<void> {
    const states: string[] = [];
    const rule = await this.until(wanted, seconds, (now) => {
      if (states.at(-1) !== now.state) states.push(now.state ?? "");
      return now.state === "firing";
    });
    assert.deepEqual(states.slice(-2), ["pending", "firing"], `${wanted.name} was ${states.join(", then ")}`);
    const since = Math.min(...(rule.alerts ?? []).map(({ activeAt }) => Date.parse(activeAt)));
    const pending = (Date.now() - since) / 1000;
    assert.ok(pending >= (rule.duration ?? Infinity), `${wanted.name} fired after ${pending} s`);
  }

  /** Waits until an alert is over. */
  async ends(wanted: Wanted, seconds: number): Promise<void> {
    await this.until(wanted, seconds, ({ state }) => state === "inactive");
  }

  private async until(wanted: Wanted, seconds: number, isSo: (rule: Rule) => boolean): Promise<Rule> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const rule = await this.alert(wanted);
      if (isSo(rule)) return rule;
      assert.ok(Date.now() < deadline, `after ${seconds} s ${wanted.name} is ${rule.state}`);
      await delay(2000);
    }
  }

  private async ask<T>(query: string): Promise<T> {
    const { status, data } = JSON.parse(
      await this.platform.kubectl.text(["get", "--raw", `${API}/${query}`]),
    ) as {
      status: string;
      data: T;
    };
    assert.equal(status, "success", query);
    return data;
  }
}
