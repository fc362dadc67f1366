// A model registry in either form, on its services.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  KubeflowModelRegistry,
  type KubeflowModelRegistryArgs,
  type ModelRegistryArgs,
  OpenShiftAiModelRegistry,
  type OpenShiftAiModelRegistryArgs,
} from "../../../../components/model-registry";
import type { RegistryOperator } from "../../../../components/openshift-ai";
import { ExternalSqlDatabase, type ExternalSqlDatabaseArgs } from "../../../../components/sql-database";
import { apiServer } from "../../../../stacks/target";
import type { Resource } from "../../../../tools/graph/graph";
import { text } from "../../../../tools/graph/values";
import { clusterPods, IMAGE, resources, security } from "../../../support/fixtures";
import { run, type TestGraph } from "../../../support/program";
import {
  at,
  DEPLOYMENT,
  minioStore,
  mySql,
  namesOf,
  POLICY,
  SECRET,
  type Surroundings,
  surroundings,
} from "../../../support/services";

/** Let the pods that carry the clients' label use the registry. */
export const CLIENT_POLICIES = [
  "model-registry-clients-to-model-registry",
  "model-registry-from-model-registry-clients",
];

export const PEM = "-----BEGIN CERTIFICATE-----\n";

interface Options {
  /** An external database instead of the one in the cluster. */
  external?: Partial<ExternalSqlDatabaseArgs>;
  caBundle?: string;
}

/** A registry on its services; `make` is the form under test. */
function deployed(
  { external, caBundle }: Options,
  make: (here: Surroundings, args: ModelRegistryArgs) => KubeflowModelRegistry | OpenShiftAiModelRegistry,
): Promise<TestGraph> {
  return run(() => {
    const here = surroundings();
    const store = minioStore(here);
    const credentials = {
      "model-registry": { user: pulumi.output("registry"), password: pulumi.secret("p@ss/word") },
    };
    const database =
      external === undefined
        ? mySql(here)
        : new ExternalSqlDatabase("mysql", {
            host: "mysql.example.com",
            port: 3307,
            cidrs: ["203.0.113.7/32"],
            credentials,
            ...external,
          });
    const { url, externalUrl, artifactsSecretName } = make(here, {
      namespace: here.team,
      database: database.grant("model-registry", { schema: "model_registry" }),
      artifacts: store.grant("model-registry", { bucket: "models", access: "readWrite" }),
      caBundle,
      inPlace: here.access.inPlace,
    });
    store.seal();
    database.seal();
    return { url, artifactsSecretName, ...(externalUrl === undefined ? {} : { externalUrl }) };
  });
}

export const kubeflow = (options: Options = {}, args: Partial<KubeflowModelRegistryArgs> = {}) =>
  deployed(
    options,
    (_, common) =>
      new KubeflowModelRegistry("model-registry", {
        ...common,
        security: security.minikube,
        image: IMAGE,
        resources,
        ...args,
      }),
  );

export const openShiftAi = (
  { proxy, ...options }: Options & { proxy?: RegistryOperator["proxy"] } = {},
  args: Partial<OpenShiftAiModelRegistryArgs> = {},
) =>
  deployed(
    options,
    (_, common) =>
      new OpenShiftAiModelRegistry("model-registry", {
        ...common,
        operator: registryOperator(proxy),
        apiServer: apiServer({ cidrs: ["198.51.100.0/24"], port: 6443 }),
        router: clusterPods,
        resources,
        ...args,
      }),
  );

/** What sees an operator work, and which proxy its registries have. */
export const registryOperator = (proxy: RegistryOperator["proxy"] = "kubeRBACProxy"): RegistryOperator => ({
  ready: [new k8s.batch.v1.Job("model-registry-works", {})],
  proxy,
});

export const containerOf = (graph: TestGraph) =>
  at(graph.one(DEPLOYMENT).inputs, "spec", "template", "spec", "containers", 0);
export const identityOf = (graph: TestGraph) =>
  graph.one(SECRET, "mysql-model-registry-1-identity").inputs.stringData;
export const specOf = (graph: TestGraph, policy: string) => graph.one(POLICY, policy).inputs.spec;
export const objectName = (resource: Resource) => text(at(resource.outputs, "metadata", "name"));
export const teamPolicies = (graph: TestGraph) =>
  namesOf(
    graph
      .all(POLICY)
      .filter(({ name, inputs }) => at(inputs, "metadata", "namespace") === "team" && !/^team-/.test(name)),
  );
