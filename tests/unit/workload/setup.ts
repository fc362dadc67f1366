// What the builders make: a pod's template as it goes to the API server, and a workload called "shop".
import * as pulumi from "@pulumi/pulumi";
import { podLabels } from "../../../components/network";
import { type PodArgs, podTemplate, Workload, type WorkloadArgs } from "../../../components/workload";
import type { PlainObject } from "../../../tools/graph/values";
import { container, security, testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import { DEPLOYMENT } from "../../support/services";

export const labels = podLabels("shop");

export type Template = PlainObject & {
  metadata: PlainObject;
  spec: PlainObject & { containers: PlainObject[]; volumes: PlainObject[] };
};

/** The template of a pod with one container, unless `args` say otherwise. */
export async function template(args: Partial<PodArgs> = {}): Promise<Template> {
  const { outputs } = await run(() => ({
    template: pulumi.output(
      podTemplate({
        namespace: testNamespace(),
        security: security.openshift,
        labels,
        containers: [container()],
        ...args,
      }),
    ),
  }));
  return outputs.template as Template;
}

/** To be called inside the program that `run` runs. */
export function make(args: Partial<WorkloadArgs> = {}): Workload {
  return new Workload("shop", {
    namespace: args.namespace ?? testNamespace(),
    security: security.openshift,
    container: container({ ports: { http: 8000 } }),
    service: { name: "shop-service", port: 8000, portName: "http" },
    ...args,
  });
}

export const workload = (args: Partial<WorkloadArgs> = {}): Promise<TestGraph> => run(() => void make(args));

type DeploymentSpec = PlainObject & { template: { metadata: PlainObject; spec: PlainObject } };

/** The spec of the only Deployment. */
export const specOf = (graph: TestGraph): DeploymentSpec =>
  graph.one(DEPLOYMENT).inputs.spec as DeploymentSpec;
