// OpenShift AI and Triton in whole stacks: what is made when the config says otherwise than Pulumi.prod.yaml.
import * as assert from "node:assert/strict";
import { text } from "../../../tools/graph/values";
import type { TestGraph } from "../../support/program";
import { at, JOB } from "../../support/services";
import { platform, sharedOnly } from "./setup";

const openshift = (settings: Record<string, unknown>): Promise<TestGraph> =>
  platform("openshift", {
    ...sharedOnly,
    triton: { enabled: true, host: "triton.example.com" },
    ...settings,
  });

const kinds = (graph: TestGraph, kind: string): string[] =>
  graph.objects
    .filter(({ manifest }) => manifest.kind === kind)
    .map(({ manifest }) => manifest.metadata.name);
const versionOf = (graph: TestGraph, kind: string, name: string): string =>
  text(graph.object(kind, name).apiVersion);
const jobsOf = (graph: TestGraph, namespace: string): string[] =>
  graph
    .all(JOB)
    .filter(({ inputs }) => at(inputs, "metadata", "namespace") === namespace)
    .map(({ name }) => name);
const serving = (graph: TestGraph) => graph.object("InferenceService", "triton");
const variablesOf = (graph: TestGraph, job: string): Record<string, string> =>
  Object.fromEntries(
    (
      at(graph.one(JOB, job).inputs, "spec", "template", "spec", "containers", 0, "env") as {
        name: string;
        value: string;
      }[]
    ).map(({ name, value }) => [name, value]),
  );

describe("a stack on OpenShift", () => {
  it("makes the operators of OpenShift AI 3.4, and serves in the mode as that calls it", async () => {
    const graph = await openshift({ openshiftAi: { version: "3.4" } });
    assert.deepEqual(kinds(graph, "Subscription").sort(), [
      "openshift-cert-manager-operator",
      "rhods-operator",
    ]);
    assert.equal(
      versionOf(graph, "DataScienceCluster", "default-dsc"),
      "datasciencecluster.opendatahub.io/v2",
    );
    assert.equal(
      versionOf(graph, "DSCInitialization", "default-dsci"),
      "dscinitialization.opendatahub.io/v2",
    );
    assert.equal(at(serving(graph).metadata, "annotations", "serving.kserve.io/deploymentMode"), "Standard");
    assert.deepEqual(at(graph.object("ModelRegistry", "model-registry").spec, "kubeRBACProxy"), {});
  });

  it("installs only what the components take", async () => {
    const components = ["modelRegistry", "serving"];
    const graph = await openshift({ openshiftAi: { components } });
    assert.deepEqual(kinds(graph, "Subscription"), ["rhods-operator"]);
    assert.deepEqual(jobsOf(graph, "operators").sort(), [
      "openshift-ai-model-registry",
      "openshift-ai-model-serving",
      "rhods-operator-install",
    ]);
  });

  it("waits for operators that an administrator installs, and makes nothing for them", async () => {
    const graph = await openshift({ openshiftAi: { operators: { install: false } } });
    for (const kind of ["Subscription", "OperatorGroup"]) assert.deepEqual(kinds(graph, kind), []);
    assert.ok(!kinds(graph, "Namespace").includes("redhat-ods-operator"));
    const installers = jobsOf(graph, "operators").filter((name) => name.endsWith("-install"));
    assert.equal(installers.length, 4);
    for (const installer of installers) assert.equal(variablesOf(graph, installer).APPROVAL, "None");
    const cluster = graph.all("kubernetes:datasciencecluster.opendatahub.io/v1:DataScienceCluster")[0]!;
    const before = graph.prerequisitesOf(cluster).map(({ name }) => name);
    assert.deepEqual(
      installers.filter((installer) => !before.includes(installer)),
      [],
    );
  });

  it("has every version that is pinned approved by its own Job, where approval is manual", async () => {
    const graph = await openshift({
      openshiftAi: {
        operators: {
          approval: "Manual",
          packages: { "rhods-operator": { version: "rhods-operator.2.25.12" } },
        },
      },
    });
    const subscription = graph.object("Subscription", "rhods-operator").spec;
    assert.equal(at(subscription, "installPlanApproval"), "Manual");
    assert.equal(at(subscription, "startingCSV"), "rhods-operator.2.25.12");
    assert.equal(variablesOf(graph, "rhods-operator-install").PINNED, "rhods-operator.2.25.12");
  });

  it("leaves OpenShift AI to whoever set it up: a registry and Triton of its own, no operator, nothing to wait for", async () => {
    const graph = await openshift({ openshiftAi: { enabled: false } });
    for (const kind of ["Subscription", "OperatorGroup", "DataScienceCluster", "DSCInitialization"])
      assert.deepEqual(kinds(graph, kind), [], kind);
    assert.ok(!kinds(graph, "Namespace").includes("operators"));
    assert.deepEqual(jobsOf(graph, "operators"), []);
    assert.deepEqual(kinds(graph, "ModelRegistry"), ["model-registry"]);
    assert.deepEqual(kinds(graph, "InferenceService"), ["triton"]);
  });

  it("leads straight to a Triton that asks nobody for a token, with no account for clients", async () => {
    const triton = { enabled: true, host: "triton.example.com", rateLimit: 50, authentication: "none" };
    const graph = await openshift({ triton });
    assert.equal(
      at(serving(graph).metadata, "annotations", "security.opendatahub.io/enable-auth"),
      undefined,
    );
    const route = graph.object("Route", "triton-api");
    assert.equal(at(route.spec, "tls", "termination"), "edge");
    assert.equal(at(route.spec, "port", "targetPort"), 8080);
    assert.ok(!kinds(graph, "ServiceAccount").includes("triton-client"));
    assert.ok(!kinds(graph, "NetworkPolicy").includes("triton-to-api-server"));
  });

  it("uploads no sample where the models are there already, and gives nobody the right to write", async () => {
    const models = { bucket: "zoo", prefix: "animals" };
    const graph = await openshift({ triton: { enabled: true, models } });
    assert.deepEqual(jobsOf(graph, "triton"), []);
    assert.equal(at(serving(graph).spec, "predictor", "model", "storageUri"), "s3://zoo/animals/");
    const grants = graph.all("mlops:access:Grant").map(({ name }) => name);
    assert.ok(grants.includes("minio-triton") && !grants.includes("minio-triton-upload"));
  });

  it("uploads it into a repository of somebody's own when told to", async () => {
    const graph = await openshift({ triton: { enabled: true, models: { bucket: "zoo", sample: true } } });
    assert.deepEqual(jobsOf(graph, "triton"), ["triton-upload"]);
  });
});
