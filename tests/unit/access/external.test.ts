// External services: credentials that their administrators made, carried to where they are used, and no more.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { podLabels } from "../../../components/network";
import { ExternalObjectStore, type ExternalObjectStoreArgs } from "../../../components/object-store";
import { ExternalSqlDatabase, type ExternalSqlDatabaseArgs } from "../../../components/sql-database";
import { isSecretPath } from "../../../tools/graph/graph";
import { inPlaceProvider, testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import { at, CONFIG_MAP, JOB, namesOf, POLICY, SECRET } from "../../support/services";

const s3 = (args: Partial<ExternalObjectStoreArgs> = {}) =>
  new ExternalObjectStore("minio", {
    url: "https://s3.example.com",
    region: "eu-central-1",
    cidrs: ["203.0.113.0/24", "2001:db8::/32"],
    credentials: {
      iris: { accessKeyId: pulumi.secret("iris-key"), secretAccessKey: pulumi.secret("iris-secret") },
    },
    ...args,
  });

const sql = (args: Partial<ExternalSqlDatabaseArgs> = {}) =>
  new ExternalSqlDatabase("mysql", {
    host: "mysql.example.com",
    port: 3307,
    cidrs: ["203.0.113.7/32"],
    credentials: { iris: { user: pulumi.secret("iris-user"), password: pulumi.secret("iris-password") } },
    ...args,
  });

const claimS3 = (args: Partial<ExternalObjectStoreArgs> = {}): Promise<TestGraph> =>
  run(() => {
    const store = s3(args);
    const grant = store.grant("iris", { bucket: "irises", prefix: "models", access: "readWrite" });
    const claim = grant.claim({ namespace: testNamespace(), pods: podLabels("iris") });
    claim.usedBy(store);
    store.seal();
    return { secretName: claim.secretName, prefix: claim.connection.prefix, host: store.endpoint.host };
  });

const claimSql = (args: Partial<ExternalSqlDatabaseArgs> = {}): Promise<TestGraph> =>
  run(() => {
    const database = sql(args);
    const claim = database
      .grant("iris", { schema: "irises" })
      .claim({ namespace: testNamespace(), pods: podLabels("iris") });
    claim.usedBy(database);
    database.seal();
    return { tls: claim.connection.tls ?? "none" };
  });

const wayOut = (graph: TestGraph, service: string) =>
  at(graph.one(POLICY, `iris-to-${service}`).inputs, "spec", "egress");

describe("an external object store", () => {
  it("makes nothing but the consumer's Secret and its way out", async () => {
    const graph = await claimS3();
    graph.none(JOB);
    graph.none(CONFIG_MAP);
    graph.none("random:index/randomPassword:RandomPassword");
    assert.deepEqual(namesOf(graph.all(SECRET)), ["iris-minio-external"]);
    assert.deepEqual(namesOf(graph.all("kubernetes:core/v1:Namespace")), ["team"]);
    assert.deepEqual(
      namesOf(graph.all(POLICY)).filter((name) => !name.startsWith("team-")),
      ["iris-to-minio"],
    );
  });

  it("gives the consumer its own credential, as a secret", async () => {
    const graph = await claimS3();
    const secret = graph.one(SECRET, "iris-minio-external");
    assert.deepEqual(secret.inputs.stringData, {
      AWS_ACCESS_KEY_ID: "iris-key",
      AWS_SECRET_ACCESS_KEY: "iris-secret",
      AWS_S3_ENDPOINT: "https://s3.example.com",
      AWS_S3_BUCKET: "irises",
      AWS_DEFAULT_REGION: "eu-central-1",
    });
    assert.ok(isSecretPath(secret.secretInputs, "stringData"));
    assert.deepEqual(graph.secretOutputs, []);
  });

  it("is reached at the given addresses and the port of its URL", async () => {
    const to = [{ ipBlock: { cidr: "203.0.113.0/24" } }, { ipBlock: { cidr: "2001:db8::/32" } }];
    for (const [url, port] of [
      ["https://s3.example.com", 443],
      ["http://s3.example.com", 80],
      ["https://s3.example.com:8443", 8443],
    ] as const)
      assert.deepEqual(wayOut(await claimS3({ url }), "minio"), [{ to, ports: [{ protocol: "TCP", port }] }]);
  });

  it("has no administrator and no console to speak of", async () => {
    await run(() => {
      const store = s3();
      assert.equal(store.adminSecretName, undefined);
      assert.equal(store.consoleUrl, undefined);
    });
  });

  it("says where a missing credential belongs", async () => {
    const grant = (consumer: string) => run(() => s3().grant(consumer, { bucket: "data", access: "read" }));
    await assert.rejects(grant("rose"), {
      message:
        `There is no credential of "rose" for the external service minio. ` +
        `Set minio.external.credentials.rose in the stack's config, as a secret.`,
    });
    await assert.rejects(grant("constructor"), /no credential of "constructor"/);
  });
});

describe("an external database", () => {
  it("makes nothing but the consumer's Secret and its way out", async () => {
    const graph = await claimSql();
    graph.none(JOB);
    graph.none(CONFIG_MAP);
    assert.deepEqual(namesOf(graph.all(SECRET)), ["iris-mysql-external"]);
    const ports = [{ protocol: "TCP", port: 3307 }];
    assert.deepEqual(wayOut(graph, "mysql"), [{ to: [{ ipBlock: { cidr: "203.0.113.7/32" } }], ports }]);
  });

  it("gives the consumer its own user, as a secret", async () => {
    const secret = (await claimSql()).one(SECRET, "iris-mysql-external");
    assert.deepEqual(secret.inputs.stringData, {
      DB_HOST: "mysql.example.com",
      DB_PORT: "3307",
      DB_NAME: "irises",
      DB_USER: "iris-user",
      DB_PASSWORD: "iris-password",
    });
    assert.ok(isSecretPath(secret.secretInputs, "stringData"));
  });

  it("tells clients whether to encrypt, and whom to trust", async () => {
    assert.deepEqual((await claimSql()).outputs.tls, "none");
    assert.deepEqual((await claimSql({ tls: { caBundle: "PEM" } })).outputs.tls, { caBundle: "PEM" });
  });

  it("says where a missing credential belongs", async () => {
    await assert.rejects(
      run(() => sql().grant("rose", { schema: "roses" })),
      /no credential of "rose" for the external service mysql\. Set mysql\.external\.credentials\.rose/,
    );
  });
});

describe("an application that uses an external service", () => {
  const publish = (egress: boolean): Promise<TestGraph> =>
    run(() => {
      const database = sql();
      database.grant("iris", { schema: "irises" }).publish({
        namespace: "app",
        secretName: "iris-db-connection",
        pods: { app: "iris" },
        egress,
        inPlace: inPlaceProvider(),
      });
      database.seal();
    });

  it("gets its Secret and no policy, unless it asks for the way out", async () => {
    const graph = await publish(false);
    assert.ok(graph.one(SECRET, "iris-db-connection"));
    graph.none(POLICY);
    const isolated = await publish(true);
    assert.deepEqual(namesOf(isolated.all(POLICY)), ["iris-to-mysql"]);
  });
});

describe("the wiring of an external service is refused", () => {
  it("when an access is granted that nothing uses", async () => {
    const unused = run(() => {
      const store = s3();
      store.grant("iris", { bucket: "data", access: "read" });
      store.seal();
    });
    await assert.rejects(unused, /Access to minio was granted to "iris", but nothing uses it/);
  });

  it("when an access is granted after the sealing", async () => {
    const late = run(() => {
      const database = sql();
      database.seal();
      database.grant("iris", { schema: "irises" });
    });
    await assert.rejects(late, /"iris" asks for access to mysql after the granting was sealed/);
  });
});
