// Whole stacks for tests: with everything on, or with the shared services alone.
import { parseConfig } from "../../../stacks/config";
import { deploy } from "../../../stacks/platform";
import type { TargetName } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";

type Settings = Record<string, unknown>;

/** A consumer of both shared services. */
export const both = { namespace: "garden", bucket: { name: "irises" }, schema: "irises" };

/** Everything that a stack can have turned on. */
const everything = {
  monitoring: { enabled: true },
  tracking: { host: "mlflow.example.com" },
  iris: { host: "iris-api.example.com", cors: ["https://iris.example.com"], rateLimit: 50 },
  aiWorkload: {
    image: "registry.example.com/ai:1",
    host: "ai.example.com",
    gpu: {},
    models: { accessMode: "ReadWriteMany" },
  },
  crimePrediction: { enabled: true, host: "crime.example.com" },
};

export const program = (target: TargetName, settings: Settings) => () =>
  deploy(
    parseConfig({ values: { target, ...everything, ...settings }, secretKeys: new Set(["minio", "mysql"]) }),
  );

export const platform = (target: TargetName, settings: Settings = {}): Promise<TestGraph> =>
  run(program(target, settings), { stack: "dev" });

/** The shared services alone. */
export const sharedOnly = {
  tracking: { enabled: false },
  iris: { enabled: false },
  aiWorkload: {},
  crimePrediction: { enabled: false },
};

/** How the contract says where pods of a component listen. */
export function located(
  component: string,
  namespace: string,
  port: number,
  others: { service?: string; pods?: Record<string, string> } = {},
) {
  const { service = component, pods = { "app.kubernetes.io/name": component } } = others;
  return {
    host: `${service}.${namespace}.svc.cluster.local`,
    port,
    endpoint: { kind: "pods", namespace, pods, port },
  };
}
