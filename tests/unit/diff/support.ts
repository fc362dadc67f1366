// Two programs, and the difference between what they register.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Program } from "../../../tools/graph/collect";
import { pathText } from "../../../tools/diff/changes";
import type { Step } from "../../../tools/diff/plan";
import { diffOf, titleOf, type StackDiff } from "../../../tools/diff/stack-diff";
import { reportOf } from "../../../tools/diff/sections";
import { run } from "../../support/program";

/** The difference between two programs, without the facts that need a configuration. */
export async function differenceOf(before: Program, after: Program): Promise<StackDiff> {
  const [base, tree] = [(await run(before)).graph, (await run(after)).graph];
  return diffOf("test", { graph: base, facts: undefined }, { graph: tree, facts: undefined });
}

export function stepsOf(diff: StackDiff): Step[] {
  return diff.components.flatMap(({ steps }) => steps);
}

/** `replace Job here/job [spec.template]`, one a step. */
export async function plan(before: Program, after: Program): Promise<string[]> {
  return stepsOf(await differenceOf(before, after))
    .map((step) => {
      const fields = step.replacing.map(pathText).sort().join(" ");
      return `${step.action} ${titleOf(step.resource)}${fields === "" ? "" : ` [${fields}]`}`;
    })
    .sort();
}

/** Every line that a reviewer sees. */
export function linesOf(diff: StackDiff): string[] {
  const { dangers, sections } = reportOf(diff);
  return [...dangers, ...sections.flatMap(({ lines }) => lines.map(({ text }) => text))];
}

export const metadata = (name?: string) => ({ namespace: "here", ...(name === undefined ? {} : { name }) });

/** The specification of pods with one container. */
export function podSpec(container: Partial<k8s.types.input.core.v1.Container> = {}) {
  return { containers: [{ name: "main", image: "image:1", ...container }] };
}

/** A ConfigMap, with a generated name unless one is given. */
export const config = (data: Record<string, string>, name?: string, opts?: pulumi.CustomResourceOptions) =>
  new k8s.core.v1.ConfigMap("settings", { metadata: metadata(name), data }, opts);

export function deployment(
  name: string,
  container: Partial<k8s.types.input.core.v1.Container> = {},
  opts?: pulumi.CustomResourceOptions,
): k8s.apps.v1.Deployment {
  const labels = { app: name };
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: metadata(name),
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(container) },
      },
    },
    opts,
  );
}

export function claim(
  name: string,
  spec: { size?: string; storageClassName?: string } = {},
  opts?: pulumi.CustomResourceOptions,
): k8s.core.v1.PersistentVolumeClaim {
  const { size = "1Gi", ...rest } = spec;
  return new k8s.core.v1.PersistentVolumeClaim(
    name,
    {
      metadata: metadata(name),
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: size } }, ...rest },
    },
    opts,
  );
}

export class Part extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Part", name, {}, opts);
  }
}
