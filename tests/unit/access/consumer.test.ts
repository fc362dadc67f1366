// Consumers: applications that are not the platform's, with their connection Secrets under fixed names.
import * as assert from "node:assert/strict";
import { Consumer, type ConsumerArgs } from "../../../components/access";
import { isSecretPath } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import { dns } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  CONFIG_MAP,
  JOB,
  minioStore,
  mySql,
  namesOf,
  NAMESPACE_OBJECT,
  POLICY,
  SECRET,
  surroundings,
} from "../../support/services";

const PROVIDER = "pulumi:providers:kubernetes";

/** The application `iris` with both connections. */
function consumer(
  args: Partial<Omit<ConsumerArgs, "connections">> = {},
  generations: readonly string[] = ["1"],
): Promise<TestGraph> {
  return run(() => {
    const here = surroundings({ iris: generations });
    const [store, database] = [minioStore(here), mySql(here)];
    const iris = new Consumer("iris", {
      namespace: "app",
      inPlace: here.access.inPlace,
      dns,
      connections: {
        "s3-connection": store.grant("iris", { bucket: "irises", access: "read" }),
        "db-connection": database.grant("iris", { schema: "irises" }),
      },
      ...args,
    });
    store.seal();
    database.seal();
    const { namespace, pods, connections, caBundleName } = iris;
    return { namespace, pods, connections, ...(caBundleName && { caBundleName }) };
  });
}

const policiesIn = (graph: TestGraph, namespace: string) =>
  graph.all(POLICY).filter(({ inputs }) => at(inputs, "metadata", "namespace") === namespace);
const identity = (graph: TestGraph, service: string, generation: string) =>
  graph.one(SECRET, `${service}-iris-${generation}-identity`).inputs.stringData;

describe("a consumer", () => {
  let graph: TestGraph;
  before(async () => {
    graph = await consumer();
  });

  it("gets exactly the keys that S3 clients look for", () => {
    assert.deepEqual(graph.one(SECRET, "iris-s3-connection").inputs.stringData, {
      AWS_ACCESS_KEY_ID: at(identity(graph, "minio", "1"), "user"),
      AWS_SECRET_ACCESS_KEY: at(identity(graph, "minio", "1"), "password"),
      AWS_S3_ENDPOINT: "http://minio-api.shared.svc.cluster.local:9000",
      AWS_S3_BUCKET: "irises",
      AWS_DEFAULT_REGION: "us-east-1",
    });
  });

  it("gets exactly the keys that database clients look for", () => {
    assert.deepEqual(graph.one(SECRET, "iris-db-connection").inputs.stringData, {
      DB_HOST: "mysql.shared.svc.cluster.local",
      DB_PORT: "3306",
      DB_NAME: "irises",
      DB_USER: at(identity(graph, "mysql", "1"), "user"),
      DB_PASSWORD: at(identity(graph, "mysql", "1"), "password"),
    });
  });

  it("finds its Secrets under fixed names in its namespace, updated in place", () => {
    for (const name of ["iris-s3-connection", "iris-db-connection"]) {
      const secret = graph.one(SECRET, name);
      assert.equal(at(secret.inputs, "metadata", "name"), name);
      assert.equal(at(secret.inputs, "metadata", "namespace"), "app");
      assert.equal(secret.provider, graph.one(PROVIDER, "in-place").urn);
      assert.ok(isSecretPath(secret.secretInputs, "stringData"));
    }
    const provider = graph.one(PROVIDER, "in-place").inputs;
    assert.equal(provider.enableSecretMutable, "true");
    assert.equal(provider.enableConfigMapMutable, "true");
  });

  it("never reads a credential before it works, and the way to the service is open", () => {
    for (const [secret, service] of [
      ["iris-s3-connection", "minio"],
      ["iris-db-connection", "mysql"],
    ] as const) {
      const { dependencies } = graph.one(SECRET, secret);
      assert.ok(dependencies.includes(graph.one(JOB, `${service}-iris-1-provision`).urn));
      assert.ok(dependencies.includes(graph.one(POLICY, `${service}-from-iris`).urn));
    }
  });

  it("keeps its Secrets when a generation is added: the same URNs and names, with the newest values", async () => {
    const rotated = await consumer({}, ["2", "1"]);
    for (const [secret, service, key] of [
      ["iris-s3-connection", "minio", "AWS_ACCESS_KEY_ID"],
      ["iris-db-connection", "mysql", "DB_USER"],
    ] as const) {
      const [before, after] = [graph.one(SECRET, secret), rotated.one(SECRET, secret)];
      assert.equal(after.urn, before.urn);
      assert.deepEqual(after.inputs.metadata, before.inputs.metadata);
      assert.equal(at(after.inputs, "stringData", key), at(identity(rotated, service, "2"), "user"));
      assert.deepEqual(identity(rotated, service, "1"), identity(graph, service, "1"));
      assert.ok(after.dependencies.includes(rotated.one(JOB, `${service}-iris-2-provision`).urn));
    }
  });

  it("is let in by the services, and not cut off from everything else in its own namespace", () => {
    assert.deepEqual(namesOf(policiesIn(graph, "app")), []);
    for (const [service, port] of [
      ["minio", 9000],
      ["mysql", 3306],
    ] as const)
      assert.deepEqual(at(graph.one(POLICY, `${service}-from-iris`).inputs, "spec", "ingress"), [
        {
          from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "app" } } }],
          ports: [{ protocol: "TCP", port }],
        },
      ]);
  });

  it("is let in by its pods' labels where it names them", async () => {
    const narrow = await consumer({ pods: { app: "iris" } });
    assert.deepEqual(at(narrow.one(POLICY, "minio-from-iris").inputs, "spec", "ingress", 0, "from"), [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "app" } },
        podSelector: { matchLabels: { app: "iris" } },
      },
    ]);
  });

  it("gets the way out of its namespace only when it asks for it", async () => {
    const isolated = await consumer({ egress: true, pods: { app: "iris" } });
    assert.deepEqual(namesOf(policiesIn(isolated, "app")), ["iris-to-dns", "iris-to-minio", "iris-to-mysql"]);
    // The first way out closes all others: not before names can be found.
    const names = isolated.one(POLICY, "iris-to-dns").urn;
    for (const edge of isolated.all("mlops:network:Edge").filter(({ name }) => name.startsWith("iris-to-")))
      assert.ok(edge.dependencies.includes(names), edge.name);
    for (const policy of policiesIn(isolated, "app")) {
      assert.deepEqual(at(policy.inputs, "spec", "policyTypes"), ["Egress"]);
      assert.deepEqual(at(policy.inputs, "spec", "podSelector"), { matchLabels: { app: "iris" } });
    }
  });

  it("brings its namespace", () => {
    assert.deepEqual(namesOf(graph.all(NAMESPACE_OBJECT)), ["shared", "team"]);
  });

  it("gets the authorities of external services only where there are any, under a fixed name", async () => {
    graph.none(CONFIG_MAP, "iris-ca-bundle");
    const trusting = await consumer({ caBundle: "PEM" });
    const bundle = trusting.one(CONFIG_MAP, "iris-ca-bundle");
    assert.deepEqual(bundle.inputs.data, { "ca-bundle.crt": "PEM" });
    assert.equal(text(at(bundle.inputs, "metadata", "namespace")), "app");
    assert.equal(bundle.provider, trusting.one(PROVIDER, "in-place").urn);
  });

  it("is known by its namespace, its pods, and the names of its Secrets with the generation in them", () => {
    assert.deepEqual(graph.outputs, {
      namespace: "app",
      pods: {},
      connections: {
        "s3-connection": { secretName: "iris-s3-connection", generation: "1" },
        "db-connection": { secretName: "iris-db-connection", generation: "1" },
      },
    });
    assert.deepEqual(graph.secretOutputs, []);
  });

  it("is told of the newest generation, the labels that let it in, and the authorities", async () => {
    const { outputs } = await consumer({ pods: { app: "iris" }, caBundle: "PEM" }, ["2", "1"]);
    assert.equal(at(outputs, "connections", "s3-connection", "generation"), "2");
    assert.deepEqual(outputs.pods, { app: "iris" });
    assert.equal(outputs.caBundleName, "iris-ca-bundle");
  });
});
