// The model registry as a custom resource: OpenShift AI's.
import * as assert from "node:assert/strict";
import { clusterPods, resources } from "../../../support/fixtures";
import type { TestGraph } from "../../../support/program";
import { at, DEPLOYMENT, JOB, POLICY, SECRET } from "../../../support/services";
import { CLIENT_POLICIES, identityOf, objectName, openShiftAi, PEM, specOf, teamPolicies } from "./setup";

const REGISTRY = "kubernetes:modelregistry.opendatahub.io/v1beta1:ModelRegistry";

describe("the model registry of OpenShift AI", () => {
  const expected = (graph: TestGraph) => ({
    host: "mysql.shared.svc.cluster.local",
    port: 3306,
    database: "model_registry",
    username: at(identityOf(graph), "user"),
    passwordSecret: { name: objectName(graph.one(SECRET, "model-registry-mysql-1")), key: "password" },
  });

  it("is a custom resource that names the Secret with its password, awaited until it is available", async () => {
    const graph = await openShiftAi();
    const registry = graph.one(REGISTRY, "model-registry");
    assert.deepEqual(registry.inputs.metadata, {
      name: "model-registry",
      namespace: "team",
      annotations: { "pulumi.com/waitFor": "condition=Available" },
    });
    assert.deepEqual(registry.inputs.spec, {
      rest: { resources },
      kubeRBACProxy: {},
      mysql: expected(graph),
    });
    const secret = graph.one(SECRET, "model-registry-mysql-1");
    assert.deepEqual(Object.keys(secret.inputs.stringData as object), ["password"]);
    assert.deepEqual(registry.secretInputs, []);
    graph.none(DEPLOYMENT);
  });

  it("asks who calls with the proxy that its operator knows", async () => {
    const older = await openShiftAi({ proxy: "oauthProxy" });
    assert.deepEqual(older.one(REGISTRY).inputs.spec, {
      rest: { resources },
      oauthProxy: {},
      mysql: expected(older),
    });
  });

  it("is made when its operator works, in a namespace that the dashboard shows", async () => {
    const graph = await openShiftAi();
    assert.ok(graph.one(REGISTRY).dependencies.includes(graph.one(JOB, "model-registry-works").urn));
    const project = graph.one("kubernetes:core/v1:NamespacePatch", "model-registry-project");
    assert.deepEqual(project.inputs.metadata, {
      name: "team",
      labels: { "opendatahub.io/dashboard": "true", "modelmesh-enabled": "false" },
    });
  });

  it("may take as long to become available as it is told", async () => {
    const timeouts = (graph: TestGraph) => graph.one(REGISTRY).customTimeouts;
    assert.deepEqual(timeouts(await openShiftAi()), { create: "615s", update: "615s" });
    const patient = await openShiftAi({}, { rolloutTimeout: 1800 });
    assert.deepEqual(timeouts(patient), { create: "1815s", update: "1815s" });
  });

  it("waits for its credential, and for all its ways to be open", async () => {
    const graph = await openShiftAi();
    const waited = graph.one(REGISTRY).dependencies;
    const policies = [
      "model-registry-to-mysql",
      "mysql-from-model-registry",
      "model-registry-to-api-server",
      "model-registry-from-ingress-controller",
      "team-default-deny",
    ];
    for (const policy of policies) assert.ok(waited.includes(graph.one(POLICY, policy).urn), policy);
    assert.ok(waited.includes(graph.one(JOB, "mysql-model-registry-1-provision").urn));
    assert.ok(graph.one(JOB, "mysql-sweep").dependencies.includes(graph.one(REGISTRY).urn));
  });

  it("has its pods reach the API server and the database, and be reached by the router", async () => {
    const graph = await openShiftAi();
    const pods = { matchLabels: { app: "model-registry", component: "model-registry" } };
    assert.deepEqual(teamPolicies(graph), [
      CLIENT_POLICIES[0],
      "model-registry-from-ingress-controller",
      CLIENT_POLICIES[1],
      "model-registry-to-api-server",
      "model-registry-to-minio",
      "model-registry-to-mysql",
    ]);
    assert.deepEqual(specOf(graph, "model-registry-to-api-server"), {
      podSelector: pods,
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ protocol: "TCP", port: 6443 }] }],
    });
    assert.deepEqual(specOf(graph, "model-registry-from-ingress-controller"), {
      podSelector: pods,
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: clusterPods.namespaceLabels } }],
          ports: [{ protocol: "TCP", port: 8443 }],
        },
      ],
    });
    assert.deepEqual(at(specOf(graph, "model-registry-to-mysql"), "podSelector"), pods);
    assert.equal(graph.outputs.url, "https://model-registry.team.svc.cluster.local:8443");
    assert.equal(graph.outputs.externalUrl, undefined);
  });

  it("encrypts to an external database, and gets private authorities in the same Secret", async () => {
    const plain = await openShiftAi({ external: {} });
    const outside = { host: "mysql.example.com", port: 3307, username: "registry" };
    const secretName = (graph: TestGraph) => objectName(graph.one(SECRET, "model-registry-mysql-external"));
    const mysql = (graph: TestGraph) => at(graph.one(REGISTRY).inputs, "spec", "mysql");
    const base = (graph: TestGraph) => ({
      ...outside,
      database: "model_registry",
      passwordSecret: { name: secretName(graph), key: "password" },
    });
    assert.deepEqual(mysql(plain), base(plain));
    const trusting = await openShiftAi({ external: { tls: {} } });
    assert.deepEqual(mysql(trusting), { ...base(trusting), verifyServerCert: true });
    const own = await openShiftAi({ external: { tls: { caBundle: PEM } } });
    assert.deepEqual(mysql(own), {
      ...base(own),
      sslRootCertificateSecret: { name: secretName(own), key: "ca.crt" },
      verifyServerCert: true,
    });
    assert.deepEqual(at(own.one(SECRET, "model-registry-mysql-external").inputs, "stringData"), {
      password: "p@ss/word",
      "ca.crt": PEM,
    });
  });

  it("holds no secret itself, with an external database either", async () => {
    const graph = await openShiftAi({ external: { tls: { caBundle: PEM } } });
    assert.deepEqual(graph.one(REGISTRY).secretInputs, []);
  });
});
