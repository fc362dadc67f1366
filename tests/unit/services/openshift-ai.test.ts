// OpenShift AI in its two generations: what its operators are told, and in which order things come and go.
import * as assert from "node:assert/strict";
import {
  type ComponentName,
  OpenShiftAi,
  type OpenShiftAiArgs,
  type RecipeName,
} from "../../../components/openshift-ai";
import { apiServer } from "../../../stacks/target";
import { readNetwork } from "../../../tools/network/network";
import { expectedPods } from "../../../tools/network/peers";
import { connections, describeConnections } from "../../../tools/network/reachability";
import { IMAGE, security, testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import { at, JOB, NAMESPACE_OBJECT, POLICY } from "../../support/services";

/** An address among those that the stack gives for the API server. */
const API_SERVER = { kind: "address", name: "api-server", ip: "198.51.100.1" } as const;

const SUBSCRIPTION = "kubernetes:operators.coreos.com/v1alpha1:Subscription";
const CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";

const versions = { "2.25": "v1", "3.4": "v2" } as const;
const cluster = (graph: TestGraph, recipe: RecipeName) =>
  graph.one(`kubernetes:datasciencecluster.opendatahub.io/${versions[recipe]}:DataScienceCluster`);
const initialization = (graph: TestGraph, recipe: RecipeName) =>
  graph.one(`kubernetes:dscinitialization.opendatahub.io/${versions[recipe]}:DSCInitialization`);

/** Called inside the program that `run` runs. */
function openShiftAi(
  recipe: RecipeName,
  components: readonly ComponentName[],
  args: Partial<OpenShiftAiArgs> = {},
) {
  return new OpenShiftAi("openshift-ai", {
    recipe,
    components,
    registriesNamespace: testNamespace("rhoai-model-registries"),
    operators: {},
    namespace: testNamespace("operators"),
    security: security.openshift,
    image: IMAGE,
    apiServer: apiServer({ cidrs: ["198.51.100.0/24"], port: 6443 }),
    ...args,
  });
}

const deployed = (...args: Parameters<typeof openShiftAi>): Promise<TestGraph> =>
  run(() => {
    openShiftAi(...args);
  });

const states = (graph: TestGraph, recipe: RecipeName) => {
  const components = at(cluster(graph, recipe).inputs, "spec", "components") as Record<
    string,
    { managementState: string }
  >;
  return Object.keys(components)
    .filter((name) => components[name]!.managementState === "Managed")
    .sort();
};

const isInstaller = ({ name }: { name: string }): boolean => name.endsWith("-install");

const subscriptions = (graph: TestGraph) =>
  graph
    .all(SUBSCRIPTION)
    .map(({ inputs }) => at(inputs, "metadata", "name"))
    .sort();

describe("OpenShift AI", () => {
  it("runs what is asked for under each generation's names, and says that all else is removed", async () => {
    const old = await deployed("2.25", ["dashboard", "serving", "pipelines", "modelRegistry"]);
    assert.deepEqual(states(old, "2.25"), ["dashboard", "datasciencepipelines", "kserve", "modelregistry"]);
    const recent = await deployed("3.4", ["serving", "pipelines"]);
    assert.deepEqual(states(recent, "3.4"), ["aipipelines", "kserve"]);
  });

  it("serves without Knative: with it only where that is asked for, and Istio with it", async () => {
    const kserve = (graph: TestGraph, recipe: RecipeName) =>
      at(cluster(graph, recipe).inputs, "spec", "components", "kserve");
    const nim = { managementState: "Removed" };
    const plain = await deployed("2.25", ["serving"]);
    assert.deepEqual(kserve(plain, "2.25"), {
      managementState: "Managed",
      defaultDeploymentMode: "RawDeployment",
      nim,
      serving: { managementState: "Removed", name: "knative-serving" },
    });
    assert.deepEqual(at(initialization(plain, "2.25").inputs, "spec", "serviceMesh"), nim);
    const serverless = await deployed("2.25", ["serving", "serverless"]);
    assert.equal(at(kserve(serverless, "2.25"), "serving", "managementState"), "Managed");
    assert.deepEqual(at(initialization(serverless, "2.25").inputs, "spec", "serviceMesh"), {
      managementState: "Managed",
    });
    assert.deepEqual(kserve(await deployed("3.4", ["serving"]), "3.4"), {
      managementState: "Managed",
      nim,
      rawDeploymentServiceConfig: "Headless",
    });
  });

  it("is initialized in its own namespaces, and trusts the stack's authorities", async () => {
    const spec = (graph: TestGraph) => initialization(graph, "3.4").inputs.spec;
    assert.deepEqual(spec(await deployed("3.4", ["serving"], { caBundle: "PEM" })), {
      applicationsNamespace: "redhat-ods-applications",
      monitoring: { managementState: "Managed", namespace: "redhat-ods-monitoring" },
      trustedCABundle: { managementState: "Managed", customCABundle: "PEM" },
    });
    const own = await deployed("3.4", ["serving"]);
    assert.equal(at(spec(own), "trustedCABundle", "customCABundle"), "");
  });

  it("keeps its registries in the stack's namespace, which is there before it is told", async () => {
    for (const recipe of ["2.25", "3.4"] as const) {
      const graph = await deployed(recipe, ["modelRegistry"]);
      const { inputs, dependencies } = cluster(graph, recipe);
      assert.deepEqual(at(inputs, "spec", "components", "modelregistry"), {
        managementState: "Managed",
        registriesNamespace: "rhoai-model-registries",
      });
      assert.ok(dependencies.includes(graph.one(NAMESPACE_OBJECT, "rhoai-model-registries").urn));
    }
  });

  it("opens the ways that its model catalog takes from where registries are, before it is told to run it", async () => {
    const ways = async (recipe: RecipeName, components: readonly ComponentName[]) => {
      const graph = await deployed(recipe, components);
      const policies = graph
        .all(POLICY)
        .filter(({ name }) => name.includes("model-catalog"))
        .map(({ urn }) => urn);
      const before = cluster(graph, recipe).dependencies;
      for (const urn of policies) assert.ok(before.includes(urn), urn);
      const manifests = graph.objects.map(({ manifest }) => manifest);
      const peers = expectedPods(manifests, readNetwork(manifests, []));
      const network = readNetwork(manifests, peers);
      return describeConnections(connections(network, [...peers, API_SERVER])).filter(
        (way) => way.startsWith("rhoai-model-registries/") && !way.includes("-> dns-system/"),
      );
    };
    const pods = (labels: string): string => `rhoai-model-registries/pods with app=model-catalog,${labels}`;
    const named = (name: string): string => pods(`app.kubernetes.io/name=${name},component=model-catalog`);
    assert.deepEqual(await ways("2.25", ["modelRegistry"]), [
      `${pods("component=model-catalog")} -> api-server 6443/TCP`,
    ]);
    assert.deepEqual(await ways("3.4", ["modelRegistry"]), [
      `${named("model-catalog")} -> api-server 6443/TCP`,
      `${named("model-catalog")} -> ${named("model-catalog-postgres")} 5432/TCP`,
    ]);
    assert.deepEqual(await ways("3.4", ["serving"]), []);
  });

  it("installs the operators that its components take, and no other", async () => {
    assert.deepEqual(subscriptions(await deployed("2.25", ["serving", "modelRegistry"])), ["rhods-operator"]);
    const all = ["dashboard", "serving", "serverless", "pipelines", "modelRegistry"] as const;
    assert.deepEqual(subscriptions(await deployed("2.25", all)), [
      "openshift-pipelines-operator-rh",
      "rhods-operator",
      "serverless-operator",
      "servicemeshoperator",
    ]);
    assert.deepEqual(subscriptions(await deployed("3.4", ["serving", "pipelines"])), [
      "openshift-cert-manager-operator",
      "rhods-operator",
    ]);
  });

  it("is told what to run when its operators are there, and goes before they do", async () => {
    const graph = await deployed("2.25", ["serving", "serverless"]);
    const names = graph.prerequisitesOf(cluster(graph, "2.25")).map(({ name }) => name);
    for (const operator of ["rhods-operator", "serverless-operator", "servicemeshoperator"])
      assert.ok(names.includes(`${operator}-install`), operator);
    assert.ok(names.includes("openshift-ai-initialization"));
    assert.deepEqual(cluster(graph, "2.25").customTimeouts, { delete: "1800s" });
  });

  it("is seen to work component by component: who uses one does not wait for another", async () => {
    let waited: readonly unknown[] = [];
    const graph = await run(() => {
      const ai = openShiftAi("3.4", ["serving", "pipelines", "modelRegistry"]);
      assert.deepEqual([ai.serving.mode, ai.registries.proxy], ["Standard", "kubeRBACProxy"]);
      waited = [...ai.serving.ready, ...ai.registries.ready];
    });
    assert.equal(waited.length, 2);
    const conditions = (name: string) => {
      const env = at(graph.one(JOB, name).inputs, "spec", "template", "spec", "containers", 0, "env");
      assert.ok(Array.isArray(env));
      return env
        .map((each) => [at(each, "name"), at(each, "value")])
        .find(([key]) => key === "CONDITIONS")?.[1];
    };
    assert.equal(conditions("openshift-ai-model-serving"), "KserveReady ModelControllerReady");
    assert.equal(conditions("openshift-ai-pipelines"), "AIPipelinesReady");
    assert.equal(conditions("openshift-ai-model-registry"), "ModelRegistryReady");
    const names = graph
      .prerequisitesOf(graph.one(JOB, "openshift-ai-model-registry"))
      .map(({ name }) => name);
    assert.ok(names.includes("openshift-ai-cluster"));
    assert.ok(!names.includes("openshift-ai-model-serving"));
  });

  it("is watched by an account that may read two objects, through a way that is open", async () => {
    const graph = await deployed("3.4", ["serving"]);
    const rule = (resource: string, name: string) => ({
      apiGroups: [`${resource.slice(0, -1)}.opendatahub.io`],
      resources: [resource],
      resourceNames: [name],
      verbs: ["get"],
    });
    assert.deepEqual(graph.one(CLUSTER_ROLE, "openshift-ai-ready").inputs.rules, [
      rule("datascienceclusters", "default-dsc"),
      rule("dscinitializations", "default-dsci"),
    ]);
    const job = graph.one(JOB, "openshift-ai-model-serving");
    assert.ok(job.dependencies.includes(graph.one(POLICY, "openshift-ai-ready-to-api-server").urn));
    const pod = at(job.inputs, "spec", "template", "spec");
    assert.equal(at(pod, "serviceAccountName"), "openshift-ai-ready");
    assert.equal(at(pod, "containers", 0, "terminationMessagePolicy"), "FallbackToLogsOnError");
  });

  it("is looked at again when it is asked for something else", async () => {
    const inputs = async (components: ComponentName[]) =>
      at(
        (await deployed("3.4", components)).one(JOB, "openshift-ai-model-serving").inputs,
        ...["spec", "template", "metadata", "annotations", "inputs.mlops-platform/spec"],
      );
    assert.equal(await inputs(["serving"]), await inputs(["serving"]));
    assert.notEqual(await inputs(["serving"]), await inputs(["serving", "dashboard"]));
  });

  it("takes its operators from where the stack says", async () => {
    const packages = { "rhods-operator": { source: "mirror", channel: "stable-3.4-own" } };
    const graph = await deployed("3.4", ["modelRegistry"], { operators: { packages } });
    const { spec } = graph.one(SUBSCRIPTION, "rhods-operator").inputs;
    assert.deepEqual([at(spec, "source"), at(spec, "channel")], ["mirror", "stable-3.4-own"]);
    assert.deepEqual(at(spec, "config", "env"), [{ name: "DISABLE_DSC_CONFIG", value: "true" }]);
    await assert.rejects(
      deployed("3.4", ["modelRegistry"], { operators: { packages: { servicemeshoperator: {} } } }),
      /servicemeshoperator, which it does not install\. It installs rhods-operator/,
    );
  });

  it("leaves one operator to others, and installs the rest", async () => {
    const approvers = async (packages: Record<string, { install: boolean }>, install?: boolean) => {
      const graph = await deployed("2.25", ["serving", "serverless"], { operators: { install, packages } });
      return { subscriptions: subscriptions(graph), jobs: graph.all(JOB).filter(isInstaller).length };
    };
    assert.deepEqual(await approvers({ servicemeshoperator: { install: false } }), {
      subscriptions: ["rhods-operator", "serverless-operator"],
      jobs: 3,
    });
    assert.deepEqual(await approvers({ servicemeshoperator: { install: true } }, false), {
      subscriptions: ["servicemeshoperator"],
      jobs: 3,
    });
  });

  it("refuses what does not go together", async () => {
    await assert.rejects(deployed("3.4", ["serving", "serverless"]), /3\.4 has no serverless model serving/);
    await assert.rejects(deployed("2.25", ["serverless"]), /but no model serving\. Add serving/);
    await assert.rejects(
      deployed("3.4", ["modelRegistry"], { registriesNamespace: undefined }),
      /no namespace for it\. Give it registriesNamespace/,
    );
    const used = run(() => openShiftAi("3.4", ["serving"]).registries);
    await assert.rejects(
      used,
      /has no model registry, which is used\. Add modelRegistry .*serving, modelRegistry/,
    );
  });
});
