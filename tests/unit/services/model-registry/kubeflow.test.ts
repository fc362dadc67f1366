// The model registry as a workload: Kubeflow's server.
import * as assert from "node:assert/strict";
import { configSchema } from "../../../../stacks/config/schema";
import { minikube } from "../../../../stacks/minikube";
import { isSecretPath } from "../../../../tools/graph/graph";
import { text } from "../../../../tools/graph/values";
import type { TestGraph } from "../../../support/program";
import { at, CONFIG_MAP, DEPLOYMENT, mountsOf, SECRET } from "../../../support/services";
import {
  CLIENT_POLICIES,
  containerOf,
  identityOf,
  kubeflow,
  objectName,
  PEM,
  specOf,
  teamPolicies,
} from "./setup";

const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const SERVICE = "kubernetes:core/v1:Service";
const DSN = "MR_EMBEDMD_DATABASE_DSN";

const ARGS = [
  "proxy",
  "--hostname=0.0.0.0",
  "--port=8080",
  "--datastore-type=embedmd",
  "--embedmd-database-type=mysql",
];

describe("the Kubeflow model registry", () => {
  it("takes its database from one secret variable, and nothing secret in its arguments", async () => {
    const graph = await kubeflow();
    const secret = graph.one(SECRET, "model-registry-mysql-1");
    const { user, password } = identityOf(graph) as Record<string, string>;
    assert.deepEqual(secret.inputs.stringData, {
      [DSN]: `${user}:${password}@tcp(mysql.shared.svc.cluster.local:3306)/model_registry?charset=utf8mb4`,
    });
    assert.ok(isSecretPath(secret.secretInputs, `stringData.${DSN}`));
    assert.deepEqual(at(containerOf(graph), "env"), [
      { name: DSN, valueFrom: { secretKeyRef: { name: objectName(secret), key: DSN } } },
    ]);
    assert.deepEqual(at(containerOf(graph), "command"), ["/model-registry"]);
    assert.deepEqual(at(containerOf(graph), "args"), ARGS);
  });

  it("counts as started when its schema is migrated, and as ready when it is healthy", async () => {
    const container = containerOf(await kubeflow());
    const get = (path: string) => ({ httpGet: { path: `/readyz/${path}`, port: 8080 } });
    assert.deepEqual(at(container, "startupProbe"), {
      ...get("isDirty"),
      periodSeconds: 3,
      failureThreshold: 100,
    });
    assert.deepEqual(at(container, "readinessProbe"), {
      ...get("health"),
      periodSeconds: 10,
      timeoutSeconds: 5,
    });
    assert.deepEqual(at(container, "livenessProbe"), {
      ...get("isDirty"),
      periodSeconds: 20,
      timeoutSeconds: 5,
      failureThreshold: 4,
    });
  });

  it("is reached through its Service; pods of its namespace reach its database and, by label, its store", async () => {
    const graph = await kubeflow();
    assert.equal(graph.outputs.url, "http://model-registry.team.svc.cluster.local:8080");
    assert.deepEqual(at(graph.one(SERVICE, "model-registry").inputs, "spec", "ports"), [
      { name: "http", port: 8080, targetPort: 8080, protocol: "TCP" },
    ]);
    assert.deepEqual(teamPolicies(graph), [
      ...CLIENT_POLICIES,
      "model-registry-to-minio",
      "model-registry-to-mysql",
    ]);
    assert.deepEqual(at(specOf(graph, "model-registry-to-mysql"), "podSelector"), {
      matchLabels: { "app.kubernetes.io/name": "model-registry" },
    });
  });

  it("is not reachable from outside, unless it has a host", async () => {
    const closed = await kubeflow();
    closed.none(INGRESS);
    assert.equal(closed.outputs.externalUrl, undefined);
    const { expose } = minikube(configSchema("minikube").parse({ target: "minikube" }));
    const open = await kubeflow({}, { exposure: expose({ host: "registry.example.com" }) });
    assert.equal(open.outputs.externalUrl, "https://registry.example.com");
    assert.equal(
      at(open.one(INGRESS, "model-registry-ingress").inputs, "spec", "rules", 0, "host"),
      "registry.example.com",
    );
    assert.deepEqual(at(specOf(open, "model-registry-from-ingress-controller"), "ingress", 0, "ports"), [
      { protocol: "TCP", port: 8080 },
    ]);
  });

  describe("with an external database", () => {
    const dsn = (graph: TestGraph) =>
      at(graph.one(SECRET, "model-registry-mysql-external").inputs, "stringData", DSN);

    it("connects as it is told to, whatever the password is made of", async () => {
      const graph = await kubeflow({ external: {} });
      assert.equal(
        dsn(graph),
        "registry:p@ss/word@tcp(mysql.example.com:3307)/model_registry?charset=utf8mb4",
      );
      assert.deepEqual(at(specOf(graph, "model-registry-to-mysql"), "egress"), [
        {
          to: [{ ipBlock: { cidr: "203.0.113.7/32" } }],
          ports: [{ protocol: "TCP", port: 3307 }],
        },
      ]);
    });

    it("encrypts with public authorities through its DSN", async () => {
      const graph = await kubeflow({ external: { tls: {} } });
      assert.match(text(dsn(graph)), /\?charset=utf8mb4&tls=true$/);
      assert.deepEqual(at(containerOf(graph), "args"), ARGS);
      graph.none(CONFIG_MAP, "model-registry-database-ca");
    });

    it("encrypts with private authorities through their file", async () => {
      const graph = await kubeflow({ external: { tls: { caBundle: PEM } } });
      assert.match(text(dsn(graph)), /\?charset=utf8mb4$/);
      assert.deepEqual(at(containerOf(graph), "args"), [
        ...ARGS,
        "--embedmd-database-ssl-root-cert=/etc/database-ca/ca.crt",
        "--embedmd-database-ssl-verify-server-cert=true",
      ]);
      const authorities = graph.one(CONFIG_MAP, "model-registry-database-ca");
      assert.deepEqual(authorities.inputs.data, { "ca.crt": PEM });
      assert.deepEqual(mountsOf(graph.one(DEPLOYMENT))["/etc/database-ca"], {
        configMap: { name: objectName(authorities) },
        readOnly: true,
      });
    });

    it("finds a server that is known by an IPv6 address", async () => {
      const graph = await kubeflow({ external: { host: "2001:db8::7" } });
      assert.match(text(dsn(graph)), /@tcp\(\[2001:db8::7\]:3307\)\//);
    });
  });
});
