// ManagedNamespace: what holds in every namespace of the platform before the first pod starts there.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ManagedNamespaceArgs } from "../../../components/network";
import type { Resource } from "../../../tools/graph/graph";
import { NAMESPACE, testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";

const NAMESPACE_TYPE = "kubernetes:core/v1:Namespace";
const PATCH = "kubernetes:core/v1:NamespacePatch";
const SECRET = "kubernetes:core/v1:Secret";
const CREDENTIALS = '{"auths":{"registry.example.com":{"auth":"c2VjcmV0"}}}';

const RESTRICTED = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/enforce-version": "latest",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
};

const inNamespace = (args: Partial<ManagedNamespaceArgs> = {}): Promise<TestGraph> =>
  run(() => {
    const { name, pullSecrets } = testNamespace(NAMESPACE, args);
    return { name, pullSecrets };
  });

describe("a managed namespace", () => {
  it("enforces Pod Security `restricted`, and can't be deleted by accident", async () => {
    const namespace = (await inNamespace()).one(NAMESPACE_TYPE);
    assert.deepEqual(namespace.inputs.metadata, { name: "team", labels: RESTRICTED });
    assert.equal(namespace.protect, true);
  });

  it("can be deleted when it holds nothing worth keeping", async () => {
    assert.equal((await inNamespace({ protect: false })).one(NAMESPACE_TYPE).protect, false);
  });

  it("may be called otherwise in the cluster than in the program", async () => {
    const graph = await inNamespace({ name: "prefix-team" });
    assert.equal(graph.one(NAMESPACE_TYPE).name, "team");
    assert.equal(graph.outputs.name, "prefix-team");
    assert.equal(graph.object("NetworkPolicy", "default-deny").metadata.namespace, "prefix-team");
  });

  it("denies all traffic both ways", async () => {
    const policy = (await inNamespace()).object("NetworkPolicy", "default-deny");
    assert.deepEqual(policy.spec, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  it("lets every pod ask the cluster's DNS, over UDP and TCP, and nothing else", async () => {
    const dns = { namespaceLabels: { team: "dns" }, podLabels: { app: "resolver" }, ports: [53, 5353] };
    assert.deepEqual((await inNamespace({ dns })).object("NetworkPolicy", "allow-dns").spec, {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { team: "dns" } },
              podSelector: { matchLabels: { app: "resolver" } },
            },
          ],
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
            { protocol: "UDP", port: 5353 },
            { protocol: "TCP", port: 5353 },
          ],
        },
      ],
    });
  });

  it("lets them ask any pod of the DNS namespace when its pods have no known labels", async () => {
    const dns = { namespaceLabels: { team: "dns" }, ports: [53] };
    const { spec } = (await inNamespace({ dns })).object("NetworkPolicy", "allow-dns");
    const [rule] = (spec as { egress: { to: unknown }[] }).egress;
    assert.deepEqual(rule!.to, [{ namespaceSelector: { matchLabels: { team: "dns" } } }]);
  });

  it("bounds what its pods and volumes may ask for together", async () => {
    const quota = { cpu: "4", memory: "8Gi", storage: "200Gi", pods: 40 };
    assert.deepEqual((await inNamespace({ quota })).object("ResourceQuota", "quota").spec, {
      hard: { "requests.cpu": "4", "requests.memory": "8Gi", "requests.storage": "200Gi", pods: "40" },
    });
  });

  it("leaves unbounded what the quota does not name", async () => {
    const graph = await inNamespace({ quota: { memory: "8Gi" } });
    assert.deepEqual(graph.object("ResourceQuota", "quota").spec, { hard: { "requests.memory": "8Gi" } });
  });

  it("gives containers that say nothing a modest request and a memory limit", async () => {
    assert.deepEqual((await inNamespace()).object("LimitRange", "defaults").spec, {
      limits: [
        {
          type: "Container",
          defaultRequest: { cpu: "50m", memory: "64Mi" },
          default: { memory: "256Mi" },
        },
      ],
    });
  });

  it("has all of this in place before it counts as ready", async () => {
    let ready: readonly pulumi.Resource[] = [];
    const graph = await run(() => {
      ({ ready } = testNamespace(NAMESPACE, { pullCredentials: pulumi.output(CREDENTIALS) }));
      return { urns: ready.map(({ urn }) => urn) };
    });
    const names = (graph.outputs.urns as string[]).map((urn) => graph.byUrn(urn).name);
    assert.deepEqual(names.sort(), [
      "team-allow-dns",
      "team-default-deny",
      "team-defaults",
      "team-pull-credentials",
      "team-quota",
    ]);
  });

  it("owns everything in it, and each part waits for the namespace", async () => {
    const graph = await inNamespace({ pullCredentials: pulumi.output(CREDENTIALS) });
    const component = graph.one("mlops:network:ManagedNamespace");
    const namespace = graph.one(NAMESPACE_TYPE);
    const parts = graph.childrenOf(component).filter(({ urn }) => urn !== namespace.urn);
    assert.equal(parts.length, 5);
    for (const part of parts) assert.deepEqual(part.dependencies, [namespace.urn], part.name);
    assert.deepEqual(component.outputs, { name: "team" });
  });
});

describe("a managed namespace that is there already", () => {
  const existing = () => inNamespace({ existing: true });

  it("is labelled, neither made nor protected", async () => {
    const graph = await existing();
    graph.none(NAMESPACE_TYPE);
    const patch = graph.one(PATCH);
    assert.deepEqual(patch.inputs.metadata, {
      name: "team",
      labels: RESTRICTED,
      // An administrator may have set weaker ones.
      annotations: { "pulumi.com/patchForce": "true" },
    });
    assert.equal(patch.protect, false);
  });

  it("gets the same policies, quota and defaults as a new one", async () => {
    const specs = (graph: TestGraph) =>
      graph.objects
        .filter(({ manifest }) => manifest.kind !== "Namespace")
        .map(({ namespace, manifest }) => ({ namespace, ...manifest }));
    assert.deepEqual(specs(await existing()), specs(await inNamespace()));
  });
});

describe("a managed namespace's pull secrets", () => {
  const onlySecret = (graph: TestGraph): Resource => graph.one(SECRET);

  it("are none by default", async () => {
    const graph = await inNamespace();
    assert.deepEqual(graph.outputs.pullSecrets, []);
    graph.none(SECRET);
  });

  it("are those that are there already, by name", async () => {
    const graph = await inNamespace({ pullSecrets: ["registry-one", "registry-two"] });
    assert.deepEqual(graph.outputs.pullSecrets, [{ name: "registry-one" }, { name: "registry-two" }]);
    graph.none(SECRET);
  });

  it("include one of the given credentials, which stay secret", async () => {
    const graph = await inNamespace({
      pullSecrets: ["registry-one"],
      // Not marked as secret: the namespace sees to it.
      pullCredentials: pulumi.output(CREDENTIALS),
    });
    const secret = onlySecret(graph);
    assert.equal(secret.inputs.type, "kubernetes.io/dockerconfigjson");
    assert.deepEqual(secret.inputs.metadata, { namespace: "team" });
    assert.deepEqual(secret.inputs.stringData, { ".dockerconfigjson": CREDENTIALS });
    assert.deepEqual(secret.secretInputs, ["stringData"]);
    const { name } = secret.outputs.metadata as { name: string };
    assert.match(name, /^team-pull-credentials-[0-9a-f]{8}$/);
    assert.deepEqual(graph.outputs.pullSecrets, [{ name: "registry-one" }, { name }]);
    assert.deepEqual(graph.secretOutputs, []);
  });
});
