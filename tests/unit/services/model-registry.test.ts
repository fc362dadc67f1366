// The model registry in its two forms: Kubeflow's server as a workload, OpenShift AI's as a custom resource.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  KubeflowModelRegistry,
  type KubeflowModelRegistryArgs,
  OpenShiftAiModelRegistry,
  type OpenShiftAiModelRegistryArgs,
} from "../../../components/model-registry";
import type { ModelRegistryArgs } from "../../../components/model-registry";
import { ExternalSqlDatabase, type ExternalSqlDatabaseArgs } from "../../../components/sql-database";
import { configSchema } from "../../../stacks/config/schema";
import { minikube } from "../../../stacks/minikube";
import { apiServer } from "../../../stacks/target";
import { isSecretPath, type Resource } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import { clusterPods, IMAGE, resources, security } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  CONFIG_MAP,
  DEPLOYMENT,
  JOB,
  minioStore,
  mountsOf,
  mySql,
  namesOf,
  POLICY,
  SECRET,
  type Surroundings,
  surroundings,
} from "../../support/services";

/** Let the pods that carry the clients' label use the registry. */
const CLIENT_POLICIES = [
  "model-registry-clients-to-model-registry",
  "model-registry-from-model-registry-clients",
];
const REGISTRY = "kubernetes:modelregistry.opendatahub.io/v1beta1:ModelRegistry";
const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const SERVICE = "kubernetes:core/v1:Service";

const DSN = "MR_EMBEDMD_DATABASE_DSN";
const PEM = "-----BEGIN CERTIFICATE-----\n";

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

const kubeflow = (options: Options = {}, args: Partial<KubeflowModelRegistryArgs> = {}) =>
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

const openShiftAi = (options: Options = {}, args: Partial<OpenShiftAiModelRegistryArgs> = {}) =>
  deployed(
    options,
    (_, common) =>
      new OpenShiftAiModelRegistry("model-registry", {
        ...common,
        apiServer: apiServer({ cidrs: ["198.51.100.0/24"], port: 6443 }),
        router: clusterPods,
        resources,
        ...args,
      }),
  );

const containerOf = (graph: TestGraph) =>
  at(graph.one(DEPLOYMENT).inputs, "spec", "template", "spec", "containers", 0);
const identityOf = (graph: TestGraph) =>
  graph.one(SECRET, "mysql-model-registry-1-identity").inputs.stringData;
const specOf = (graph: TestGraph, policy: string) => graph.one(POLICY, policy).inputs.spec;
const objectName = (resource: Resource) => text(at(resource.outputs, "metadata", "name"));
const teamPolicies = (graph: TestGraph) =>
  namesOf(
    graph
      .all(POLICY)
      .filter(({ name, inputs }) => at(inputs, "metadata", "namespace") === "team" && !/^team-/.test(name)),
  );

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
      at(open.one(INGRESS, "model-registry").inputs, "spec", "rules", 0, "host"),
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

for (const [form, deploy] of [
  ["Kubeflow", kubeflow],
  ["OpenShift AI", openShiftAi],
] as const) {
  describe(`the connection to the models' files, with ${form}`, () => {
    it("is a data connection of the dashboard, under a fixed name in the registry's namespace", async () => {
      const graph = await deploy();
      const secret = graph.one(SECRET, "model-registry-artifacts");
      assert.deepEqual(secret.inputs.metadata, {
        name: "model-registry-artifacts",
        namespace: "team",
        labels: { "opendatahub.io/dashboard": "true" },
        annotations: {
          "opendatahub.io/connection-type": "s3",
          "openshift.io/display-name": "Models of model-registry",
        },
      });
      assert.equal(at(secret.inputs, "stringData", "AWS_S3_BUCKET"), "models");
      assert.equal(graph.outputs.artifactsSecretName, "model-registry-artifacts");
      assert.deepEqual(graph.secretOutputs, []);
    });

    it("is open to pods of the namespace that carry its label", async () => {
      const spec = specOf(await deploy(), "model-registry-to-minio");
      assert.deepEqual(at(spec, "podSelector"), {
        matchLabels: { "mlops-platform/client-of": "model-registry" },
      });
    });

    it("comes with the authorities of an external store, where they are private ones", async () => {
      (await deploy()).none(CONFIG_MAP, "model-registry-ca-bundle");
      const bundle = (await deploy({ caBundle: PEM })).one(CONFIG_MAP, "model-registry-ca-bundle");
      assert.deepEqual(bundle.inputs.data, { "ca-bundle.crt": PEM });
      assert.equal(at(bundle.inputs, "metadata", "name"), "model-registry-ca-bundle");
    });
  });
}
