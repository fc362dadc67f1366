// What preflight makes of the facts about a cluster.
import * as assert from "node:assert/strict";
import { judge, type Facts } from "../../../tools/stack/findings";

const perfect: Facts = {
  stack: "dev",
  config: { namespacePrefix: "", target: "minikube", monitoring: { enabled: true } },
  embedded: false,
  needs: [
    { apiVersion: "v1", kind: "Namespace", namespace: "", patch: false },
    { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "minio", patch: false },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      namespace: "minio",
      patch: false,
      ingressClass: "nginx",
    },
  ],
  created: ["minio"],
  patched: [],
  namespaces: [],
  openShiftAi: { recorded: undefined, wanted: undefined },
  givenUp: [],
  initializations: [],
  appsDomain: "",
  wanted: [{ what: "port 30001 of the nodes", owner: "Service crime-prediction/frontend-service" }],
  taken: [{ what: "host other.local", owner: "Ingress other/web" }],
  served: [
    "/Namespace",
    "/PersistentVolumeClaim",
    "networking.k8s.io/Ingress",
    "metrics.k8s.io/PodMetrics",
    "monitoring.coreos.com/ServiceMonitor",
  ],
  daemonSets: ["kube-proxy", "calico-node"],
  storageClasses: [{ name: "standard", isDefault: true }],
  ingressClasses: ["nginx"],
  refused: [],
};

const custom: Facts["needs"][number] = {
  apiVersion: "modelregistry.opendatahub.io/v1beta1",
  kind: "ModelRegistry",
  namespace: "minio",
  patch: false,
};

const messages = (facts: Partial<Facts>): string[] =>
  judge({ ...perfect, ...facts }).map(({ severity, message }) => `${severity}: ${message}`);

describe("preflight", () => {
  it("finds nothing wrong with a cluster that has everything", () => {
    assert.deepEqual(messages({}), []);
  });

  const cases: [what: string, facts: Partial<Facts>, expected: RegExp][] = [
    [
      "a namespace of another stack",
      { namespaces: [{ name: "minio", stack: "prod", inState: false }] },
      /^error: the namespace minio belongs to the stack prod; .*namespacePrefix dev-/,
    ],
    [
      "a port or a host that somebody has",
      { taken: [{ what: "port 30001 of the nodes", owner: "Service other/web" }] },
      /^error: the port 30001 of the nodes belongs to the Service other\/web already, and the Service crime-prediction/,
    ],
    [
      "hosts that the cluster has to complete, and nobody says with what",
      { appsDomain: undefined },
      /^error: hosts of this stack end in the cluster's domain .*pulumi config set appsDomain .*ingresses\.config/,
    ],
    [
      "a namespace of nobody's",
      { namespaces: [{ name: "minio", stack: "", inState: false }] },
      /^error: the namespace minio exists, and no stack .*existing.*namespacePrefix dev-/,
    ],
    [
      "a namespace of this stack that the state does not know",
      { namespaces: [{ name: "minio", stack: "dev", inState: false }] },
      /^error: .*make recover.*stack of the same name/,
    ],
    [
      "a missing namespace that the configuration takes for granted",
      { created: [] },
      /^error: the namespace minio does not exist/,
    ],
    [
      "a kind that is not served",
      { served: perfect.served.slice(1) },
      /^error: .*does not know the kind Namespace/,
    ],
    [
      "another generation of OpenShift AI than the one that is there",
      {
        openShiftAi: {
          recorded: "datasciencecluster.opendatahub.io/v1",
          wanted: "datasciencecluster.opendatahub.io/v2",
        },
      },
      /^error: openshiftAi.version is of another generation .*Set the version back; or .*openshiftAi\.enabled false/,
    ],
    [
      "operators that would go before what they look after",
      { givenUp: ["rhods-operator", "serverless-operator"] },
      /^error: openshiftAi.operators says that somebody else installs rhods-operator, serverless-operator, .*Set `install` back/,
    ],
    [
      "an OpenShift AI that somebody else has initialized",
      { initializations: ["default-dsci"] },
      /^warning: the cluster has the DSCInitialization default-dsci already.*openshiftAi\.enabled false.*DISABLE_DSC_CONFIG=true/,
    ],
    [
      "a kind that no operator of the stack brings",
      { needs: [{ ...custom, later: false }] },
      /^error: the cluster does not know the kind ModelRegistry .*openshiftAi\.enabled true/,
    ],
    [
      "missing rights, once for each place",
      {
        refused: [
          { verb: "create", group: "", resource: "secrets", namespace: "minio" },
          { verb: "delete", group: "", resource: "secrets", namespace: "minio" },
        ],
      },
      /^error: you may not do this in minio: create\/delete secrets\./,
    ],
    [
      "no default storage class",
      { storageClasses: [{ name: "fast", isDefault: false }] },
      /^error: .*no default storage class \(it has: fast\)/,
    ],
    [
      "no ingress class of the name",
      { ingressClasses: ["traefik"] },
      /^error: .*no ingress class nginx \(it has: traefik\)/,
    ],
    [
      "a network that enforces nothing",
      { daemonSets: ["kindnet"] },
      /^warning: no network plugin.*--cni calico/,
    ],
    [
      "a network that enforces policies only where somebody has turned that on",
      { daemonSets: ["aws-node"] },
      /^warning: no network plugin/,
    ],
    [
      "a network that the user may not look at",
      { daemonSets: undefined },
      /^warning: you may not list DaemonSets.*enforce NetworkPolicies/,
    ],
    [
      "no metrics server",
      { served: perfect.served.filter((kind) => !kind.startsWith("metrics")) },
      /^warning: there is no metrics server, so `kubectl top`/,
    ],
    [
      "no Prometheus operator",
      {
        config: { ...perfect.config, monitoring: { enabled: false } },
        served: perfect.served.filter((kind) => !kind.startsWith("monitoring")),
      },
      /^warning: there is no Prometheus operator/,
    ],
    [
      "a Prometheus operator that is not used",
      { config: { ...perfect.config, monitoring: { enabled: false } } },
      /^warning: the cluster has the Prometheus operator.*monitoring\.enabled true/,
    ],
  ];
  for (const [what, facts, expected] of cases)
    it(`reports ${what}, and nothing else`, () => {
      const found = messages(facts);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0]!, expected);
    });

  it("accepts the stack's own namespaces at its second run", () => {
    assert.deepEqual(messages({ namespaces: [{ name: "minio", stack: "dev", inState: true }] }), []);
  });

  it("accepts a namespace that the stack only patches, there or not", () => {
    assert.deepEqual(messages({ created: [], patched: ["minio"] }), []);
  });

  it("does not ask for kinds that an operator of the stack brings", () => {
    assert.deepEqual(messages({ needs: [{ ...custom, later: true }] }), []);
  });

  it("accepts OpenShift AI as it is, for the first time, and no more", () => {
    const version = "datasciencecluster.opendatahub.io/v1";
    for (const recorded of [version, undefined])
      for (const wanted of [version, undefined])
        assert.deepEqual(messages({ openShiftAi: { recorded, wanted } }), []);
  });

  it("says nothing about classes that the user may not look at", () => {
    assert.deepEqual(messages({ storageClasses: undefined, ingressClasses: undefined }), []);
  });

  it("takes the network of OpenShift for what it is, also when the user may not look", () => {
    const config = { ...perfect.config, target: "openshift" } as const;
    assert.deepEqual(messages({ config, daemonSets: undefined }), []);
  });

  it("looks for other stacks' namespaces only on the embedded control plane", () => {
    const facts = { embedded: true, daemonSets: [], served: [], storageClasses: [], ingressClasses: [] };
    assert.deepEqual(messages(facts), []);
    const foreign = { ...facts, namespaces: [{ name: "minio", stack: "prod", inState: false }] };
    assert.equal(messages(foreign).length, 1);
  });
});
