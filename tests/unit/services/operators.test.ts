// Operators: what is asked of Operator Lifecycle Manager, and the Job that sees it done.
import * as assert from "node:assert/strict";
import {
  GLOBAL_NAMESPACE,
  Operator,
  type OperatorArgs,
  type OperatorPackage,
  packages,
} from "../../../components/operators";
import { apiServer } from "../../../stacks/target";
import type { Resource } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import { IMAGE, security, testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import { at, CONFIG_MAP, JOB, mountsOf, namesOf, NAMESPACE_OBJECT, POLICY } from "../../support/services";

const SUBSCRIPTION = "kubernetes:operators.coreos.com/v1alpha1:Subscription";
const GROUP = "kubernetes:operators.coreos.com/v1:OperatorGroup";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
const CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";
const LIFECYCLE = "operators.coreos.com";

const operator: OperatorPackage = {
  name: "example-operator",
  channel: "stable-1",
  source: "examples",
  sourceNamespace: "catalogs",
  namespace: "example-home",
  version: "example-operator.v1.2.3",
  env: { MODE: "quiet" },
  definitions: ["widgets.example.com", "gadgets.example.com/v2"],
};

function deployed(args: Partial<OperatorArgs> = {}): Promise<TestGraph> {
  return run(() => {
    const { ready } = new Operator("example", {
      package: operator,
      namespace: testNamespace("operators"),
      security: security.openshift,
      image: IMAGE,
      apiServer: apiServer({ cidrs: ["198.51.100.0/24"], port: 6443 }),
      ...args,
    });
    return { ready: ready.map(({ urn }) => urn) };
  });
}

const rulesOf = (resource: Resource) => resource.inputs.rules;

function environment(graph: TestGraph): Record<string, string> {
  const env = at(graph.one(JOB).inputs, "spec", "template", "spec", "containers", 0, "env");
  assert.ok(Array.isArray(env));
  return Object.fromEntries(env.map((variable) => [text(at(variable, "name")), text(at(variable, "value"))]));
}

describe("an operator", () => {
  it("is subscribed to under its package's name, in a namespace of its own that it may watch all others from", async () => {
    const graph = await deployed();
    const subscription = graph.one(SUBSCRIPTION);
    assert.deepEqual(subscription.inputs.metadata, { name: "example-operator", namespace: "example-home" });
    assert.deepEqual(subscription.inputs.spec, {
      name: "example-operator",
      channel: "stable-1",
      source: "examples",
      sourceNamespace: "catalogs",
      installPlanApproval: "Automatic",
      config: { env: [{ name: "MODE", value: "quiet" }] },
    });
    const group = graph.one(GROUP);
    assert.deepEqual(group.inputs.metadata, { name: "example-operator", namespace: "example-home" });
    assert.deepEqual(group.inputs.spec, { upgradeStrategy: "Default" });
    assert.ok(subscription.dependencies.includes(group.urn));
    // The network of that namespace is the operator's business.
    assert.deepEqual(
      graph.all(POLICY).filter(({ inputs }) => at(inputs, "metadata", "namespace") === "example-home"),
      [],
    );
  });

  it("makes neither a namespace nor a group where the cluster has one for operators of everybody", async () => {
    const graph = await deployed({ package: { ...operator, namespace: GLOBAL_NAMESPACE, env: undefined } });
    graph.none(GROUP);
    assert.deepEqual(namesOf(graph.all(NAMESPACE_OBJECT)), ["operators"]);
    const { metadata, spec } = graph.one(SUBSCRIPTION).inputs;
    assert.equal(at(metadata, "namespace"), "openshift-operators");
    assert.equal(at(spec, "config"), undefined);
  });

  it("starts with its pinned version where that is approved by hand", async () => {
    const graph = await deployed({ approval: "Manual" });
    const { spec } = graph.one(SUBSCRIPTION).inputs;
    assert.equal(at(spec, "installPlanApproval"), "Manual");
    assert.equal(at(spec, "startingCSV"), "example-operator.v1.2.3");
  });

  it("is refused without a version to approve", async () => {
    const unpinned = { ...operator, version: undefined };
    await assert.rejects(
      deployed({ package: unpinned, approval: "Manual" }),
      /"example-operator" is to be installed with approval Manual, but no version of it is pinned\. Name the/,
    );
    await deployed({ package: unpinned });
  });

  it("is ready when its Job is over: a leaf, so that nothing waits for what it does not need", async () => {
    const graph = await deployed();
    assert.deepEqual(graph.outputs.ready, [graph.one(JOB).urn]);
    const { dependencies } = graph.one(JOB);
    for (const needed of [
      graph.one(SUBSCRIPTION),
      graph.one(ROLE),
      graph.one("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"),
      graph.one(CLUSTER_ROLE),
      graph.one("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"),
      graph.one(POLICY, "example-install-to-api-server"),
      graph.one(POLICY, "operators-default-deny"),
    ])
      assert.ok(dependencies.includes(needed.urn), needed.urn);
  });

  it("goes after its Job, which goes after what depends on it: a destroy runs the other way", async () => {
    const graph = await deployed();
    const prerequisites = graph.prerequisitesOf(graph.one(JOB)).map(({ urn }) => urn);
    const home = graph.one(NAMESPACE_OBJECT, "example-namespace");
    for (const { urn } of [graph.one(SUBSCRIPTION), graph.one(GROUP), home])
      assert.ok(prerequisites.includes(urn), urn);
  });
});

describe("the Job that installs an operator", () => {
  it("tells its script what to wait for, and what to approve", async () => {
    assert.deepEqual(environment(await deployed({ approval: "Manual", timeout: 900 })), {
      HOME: "/tmp",
      API_SERVER: "https://kubernetes.default.svc",
      OPERATOR: "example-operator",
      NAMESPACE: "example-home",
      CHANNEL: "stable-1",
      SOURCE: "examples",
      SOURCE_NAMESPACE: "catalogs",
      APPROVAL: "Manual",
      VERSION: "example-operator.v1.2.3",
      PINNED: "example-operator.v1.2.3",
      DEFINITIONS: "widgets.example.com gadgets.example.com/v2",
      PATIENCE: "120",
      TIMEOUT: "900",
      INTERVAL: "5",
    });
  });

  it("has nothing to approve where the channel is followed", async () => {
    const { APPROVAL, VERSION, PINNED } = environment(await deployed());
    assert.deepEqual([APPROVAL, VERSION, PINNED], ["Automatic", "", ""]);
  });

  it("may approve others of the stack along with it, in its namespace only", async () => {
    const other = (name: string, namespace: string) => ({
      ...operator,
      name,
      namespace,
      version: `${name}.v9`,
    });
    const { PINNED } = environment(
      await deployed({
        approval: "Manual",
        together: [operator, other("near", "example-home"), other("far", "elsewhere")],
      }),
    );
    assert.equal(PINNED, "example-operator.v1.2.3 near.v9");
  });

  it("proves who it is with a token of its own, mounted by hand, and knows the API server's authority", async () => {
    const graph = await deployed();
    const job = graph.one(JOB);
    const pod = at(job.inputs, "spec", "template", "spec");
    assert.equal(at(pod, "automountServiceAccountToken"), false);
    assert.equal(at(pod, "serviceAccountName"), "example-install");
    const token = { serviceAccountToken: { path: "token", expirationSeconds: 3600 } };
    assert.deepEqual(mountsOf(job), {
      "/scripts": {
        configMap: { name: at(graph.one(CONFIG_MAP).outputs, "metadata", "name") },
        readOnly: true,
      },
      "/credentials/api": { projected: { defaultMode: 0o440, sources: [token] }, readOnly: true },
      "/authority": { configMap: { name: "kube-root-ca.crt" }, readOnly: true },
      "/tmp": { emptyDir: { sizeLimit: "32Mi" } },
    });
  });

  it("reaches the API server, and nothing else", async () => {
    const graph = await deployed();
    const { metadata, spec } = graph.one(POLICY, "example-install-to-api-server").inputs;
    assert.deepEqual(
      { metadata, spec },
      {
        metadata: { name: "example-install-to-api-server", namespace: "operators" },
        spec: {
          podSelector: { matchLabels: { "app.kubernetes.io/name": "example-install" } },
          policyTypes: ["Egress"],
          egress: [
            { to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ protocol: "TCP", port: 6443 }] },
          ],
        },
      },
    );
  });

  it("has its say before its deadline, which would take the message along", async () => {
    const job = (await deployed({ timeout: 900 })).one(JOB);
    assert.equal(at(job.inputs, "spec", "activeDeadlineSeconds"), 1200);
    assert.equal(at(job.inputs, "spec", "backoffLimit"), 0);
    const container = at(job.inputs, "spec", "template", "spec", "containers", 0);
    assert.equal(at(container, "terminationMessagePolicy"), "FallbackToLogsOnError");
    assert.deepEqual(job.customTimeouts, { create: "1260s" });
  });

  it("runs again for another version, and for another Subscription, but not for nothing", async () => {
    const template = async (args: Partial<OperatorArgs>) =>
      at((await deployed({ approval: "Manual", ...args })).one(JOB).inputs, "spec", "template");
    const first = await template({});
    assert.deepEqual(await template({}), first);
    const next = { ...operator, version: "example-operator.v1.3.0" };
    assert.notDeepEqual(await template({ package: next }), first);
    const uid = at((await deployed()).one(SUBSCRIPTION).outputs, "metadata", "uid");
    assert.ok(uid);
    assert.deepEqual(at(first, "metadata", "annotations"), { "inputs.mlops-platform/subscription": uid });
  });

  it("may look at this operator alone", async () => {
    const graph = await deployed();
    assert.deepEqual(rulesOf(graph.one(ROLE)), [
      {
        apiGroups: [LIFECYCLE],
        resources: ["subscriptions"],
        resourceNames: ["example-operator"],
        verbs: ["get"],
      },
      { apiGroups: [LIFECYCLE], resources: ["clusterserviceversions"], verbs: ["get"] },
      { apiGroups: [LIFECYCLE], resources: ["installplans"], verbs: ["get"] },
    ]);
    assert.equal(at(graph.one(ROLE).inputs, "metadata", "namespace"), "example-home");
    assert.deepEqual(rulesOf(graph.one(CLUSTER_ROLE)), [
      {
        apiGroups: ["apiextensions.k8s.io"],
        resources: ["customresourcedefinitions"],
        resourceNames: ["widgets.example.com", "gadgets.example.com"],
        verbs: ["get"],
      },
    ]);
  });

  it("may approve only where it has to", async () => {
    const graph = await deployed({ approval: "Manual" });
    assert.deepEqual(at(rulesOf(graph.one(ROLE)), 2), {
      apiGroups: [LIFECYCLE],
      resources: ["installplans"],
      verbs: ["get", "patch"],
    });
  });
});

describe("an operator that an administrator installs", () => {
  it("is only waited for: nothing of it is made, and nothing but its kinds is looked at", async () => {
    const graph = await deployed({ install: false });
    graph.none(SUBSCRIPTION);
    graph.none(GROUP);
    graph.none(ROLE);
    assert.deepEqual(namesOf(graph.all(NAMESPACE_OBJECT)), ["operators"]);
    assert.equal(graph.all(CLUSTER_ROLE).length, 1);
    assert.equal(environment(graph).APPROVAL, "None");
    assert.deepEqual(graph.outputs.ready, [graph.one(JOB).urn]);
  });
});

describe("the catalog of operators", () => {
  for (const [name, { version, channel, definitions, namespace }] of Object.entries(packages)) {
    it(`pins a version of ${name}, and knows its kinds and its place`, () => {
      assert.match(version, /^[a-z-]+\.v?\d+\.\d+\.\d+$/);
      for (const definition of definitions) assert.match(definition, /^[a-z]+(\.[a-z-]+){2,}(\/v\d+)?$/);
      assert.ok(channel.length > 0 && namespace.length > 0);
    });
  }

  it("has a channel of the pinned version's own line, wherever its name says a line", () => {
    for (const { version, channel } of Object.values(packages)) {
      const line = /\d+\.\d+/.exec(channel)?.[0];
      if (line !== undefined) assert.ok(version.includes(`${line}.`), `${version} in ${channel}`);
    }
  });
});
