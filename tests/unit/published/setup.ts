// Another program, in the namespace `churn`, to which a stack of the platform published three connections.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { InferenceService } from "../../../components/inference-service";
import { type ManagedNamespace, podLabels } from "../../../components/network";
import { S3_VARIABLES } from "../../../components/object-store";
import { SQL_VARIABLES } from "../../../components/sql-database";
import { secretVariables, Workload } from "../../../components/workload";
import { platform as read } from "../../../stacks/contract/client";
import { type PublishedArgs, type PublishedGrants, publishedGrants } from "../../../stacks/published";
import type { Plain, PlainObject } from "../../../tools/graph/values";
import { container, IMAGE, resources, security, testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import { at, DEPLOYMENT } from "../../support/services";
import { platform as deployed } from "../stacks/setup";

const STACK = "organization/mlops-platform/dev";

/** What the platform's config says of it. */
export const churn = {
  namespace: "churn",
  bucket: { name: "churn", prefix: "models", access: "read" },
  schema: "churn",
  tracking: { experiments: ["churn"], models: ["churn"], access: "edit" },
};

/** The platform's object store, outside the cluster. */
export const external = {
  minio: {
    external: {
      url: "https://s3.example.com",
      region: "eu-central-1",
      cidrs: ["203.0.113.0/24"],
      credentials: Object.fromEntries(
        ["model-registry", "mlflow", "churn"].map((name) => [
          name,
          { accessKeyId: "id", secretAccessKey: "key" },
        ]),
      ),
    },
  },
};

/** The platform's database, outside the cluster. */
export const externalDatabase = {
  mysql: {
    external: {
      host: "mysql.example.com",
      credentials: Object.fromEntries(
        ["model-registry", "mlflow", "churn"].map((name) => [name, { user: name, password: "secret" }]),
      ),
    },
  },
};

/** The outputs of a stack that knows this consumer. */
export const outputsFor = async (
  consumer: object = churn,
  settings: Record<string, unknown> = {},
): Promise<PlainObject> =>
  (await deployed("minikube", { ...settings, consumers: { churn: consumer } })).outputs;

let usual: Promise<PlainObject> | undefined;

interface Options extends PublishedArgs {
  /** Of the platform's stack. */
  outputs?: PlainObject;
  preview?: boolean;
}

type Make = (grants: PublishedGrants, namespace: ManagedNamespace) => unknown;

export async function program(make: Make, options: Options = {}): Promise<TestGraph> {
  const outputs = options.outputs ?? (await (usual ??= outputsFor()));
  return run(
    () => {
      make(publishedGrants(read(STACK), "churn", options), testNamespace("churn", { existing: true }));
      return {};
    },
    { project: "churn", preview: options.preview ?? false, stackReferences: { [STACK]: { outputs } } },
  );
}

/** What the program is told. */
export async function refusal(make: Make, options: Options = {}): Promise<string> {
  let message = "";
  await assert.rejects(program(make, options), (error: Error) => {
    assert.ok(pulumi.RunError.isInstance(error), `a stack trace helps nobody: ${error.stack}`);
    message = error.message;
    return true;
  });
  return message;
}

export const common = (namespace: ManagedNamespace) => ({
  namespace,
  security: security.minikube,
  image: IMAGE,
  resources,
});

/** A service with a model from its bucket. */
export function fromBucket({ objectStore }: PublishedGrants, namespace: ManagedNamespace): void {
  new InferenceService("churn-api", {
    ...common(namespace),
    service: { name: "churn-api", port: 8000 },
    probes: { live: "/health", ready: "/ready" },
    model: { bucket: objectStore, folder: "champion", client: IMAGE, size: "1Gi" },
  });
}

/** A workload with its bucket and its schema. */
export function features({ objectStore, database }: PublishedGrants, namespace: ManagedNamespace): void {
  const pods = { namespace, pods: podLabels("features") };
  const [files, tables] = [objectStore.claim(pods), database.claim(pods)];
  new Workload("features", {
    namespace,
    security: security.minikube,
    container: container({
      env: {
        ...secretVariables(files.secretName, S3_VARIABLES),
        ...secretVariables(tables.secretName, SQL_VARIABLES),
      },
    }),
    service: { name: "features", port: 8080, portName: "http" },
    uses: [files, tables],
  });
}

export const templateOf = (graph: TestGraph, name: string): Plain | undefined =>
  at(graph.one(DEPLOYMENT, name).inputs, "spec", "template");
