// Autoscaler: what a HorizontalPodAutoscaler is told, where it is, and what it did, as its events tell.
import * as assert from "node:assert/strict";
import { objectsIn, text, type Plain, type PlainObject } from "../../../tools/graph/values";
import type { LiveObject } from "../../../tools/stack/state";
import type { Platform } from "../../live/support/platform";
import { at } from "../../support/services";

export type Direction = "scaleUp" | "scaleDown";

export interface Step {
  /** Milliseconds since 1970; events know whole seconds. */
  readonly time: number;
  readonly direction: Direction;
  /** How many pods it asked for. */
  readonly size: number;
}

export interface Settings {
  readonly min: number;
  readonly max: number;
  /** Seconds in which every recommendation counts before there are fewer. */
  readonly window: number;
  /** The size that its policies allow at most to be the next one, or at least. */
  readonly furthest: (direction: Direction, from: number) => number;
}

export class Autoscaler {
  constructor(
    private readonly platform: Platform,
    readonly namespace: string,
    readonly name: string,
  ) {}

  async settings(): Promise<Settings> {
    const { spec } = await this.read();
    const numberAt = (...keys: string[]): number => {
      const found = at(spec, ...keys);
      assert.equal(typeof found, "number", `${this.name} says ${keys.join(".")}`);
      return Number(found);
    };
    return {
      min: numberAt("minReplicas"),
      max: numberAt("maxReplicas"),
      window: numberAt("behavior", "scaleDown", "stabilizationWindowSeconds"),
      furthest: (direction, from) => {
        const sign = direction === "scaleUp" ? 1 : -1;
        const policies = objectsIn(at(spec, "behavior", direction, "policies"));
        const changes = policies.map(({ type, value }) =>
          type === "Percent" ? (from * Number(value)) / 100 : Number(value),
        );
        // The policy that allows the most counts. A part of a pod is a whole one.
        return from + sign * Math.ceil(Math.max(...changes));
      },
    };
  }

  /** Where it is: the replicas it asked for, and whether it knows what they use. */
  async state(): Promise<{ readonly replicas: number; readonly isMeasuring: boolean }> {
    const { status } = await this.read();
    const conditions = objectsIn(at(status, "conditions"));
    const isOn = ({ type, status: value }: PlainObject): boolean =>
      type === "ScalingActive" && value === "True";
    return {
      replicas: Number(at(status, "desiredReplicas")),
      isMeasuring: conditions.some(isOn) && objectsIn(at(status, "currentMetrics")).length > 0,
    };
  }

  /** Forgets what it did so far. */
  async forget(): Promise<void> {
    await this.platform.kubectl.text(["delete", "events", ...this.ofEvents]);
  }

  /** What it did since then, the first first. */
  async steps(): Promise<readonly Step[]> {
    const events = await this.platform.get("events", ...this.ofEvents);
    return events
      .filter(({ reason }) => reason === "SuccessfulRescale")
      .map(stepOf)
      .sort((one, other) => one.time - other.time);
  }

  private async read(): Promise<LiveObject> {
    const [found] = await this.platform.get(
      "horizontalpodautoscalers",
      this.name,
      `--namespace=${this.namespace}`,
    );
    assert.ok(found, `there is an autoscaler ${this.namespace}/${this.name}`);
    return found;
  }

  private get ofEvents(): readonly string[] {
    return [`--namespace=${this.namespace}`, `--field-selector=involvedObject.name=${this.name}`];
  }
}

function stepOf({ message, lastTimestamp }: { [key: string]: Plain }): Step {
  const [, size, reason = ""] = /^New size: (\d+); reason: (.*)$/.exec(text(message)) ?? [];
  assert.ok(size, text(message));
  const time = Date.parse(text(lastTimestamp));
  return { time, size: Number(size), direction: /below target/.test(reason) ? "scaleDown" : "scaleUp" };
}
