// What the live test expects of identities: read from the Grants of the stacks, one for each identity, in words of actions and places.
import * as assert from "node:assert/strict";
import { expectedActions, grantedIdentities, isNamed, unlistedPlaces } from "../../live/support/grants";
import { stack } from "../../support/stacks";

describe("what identities are expected to be able to do", () => {
  it("is one entry for each generation of each Grant, with the Secret beside its server", async () => {
    const identities = grantedIdentities(await stack("dev"));
    assert.deepEqual(
      identities.map(({ name, secret }) => `${name}: ${secret.namespace}/${secret.stem}`).sort(),
      [
        "minio-mlflow-1: minio/minio-mlflow-1-identity",
        "minio-model-registry-1: minio/minio-model-registry-1-identity",
        "minio-monitoring-1: minio/minio-monitoring-1-identity",
        "mlflow-server-iris-api-1: mlops/mlflow-server-iris-api-1-identity",
        "mlflow-server-iris-train-1: mlops/mlflow-server-iris-train-1-identity",
        "mlflow-server-monitoring-1: mlops/mlflow-server-monitoring-1-identity",
        "mysql-mlflow-1: db-ai/mysql-mlflow-1-identity",
        "mysql-model-registry-1: db-ai/mysql-model-registry-1-identity",
      ],
    );
  });

  it("is what each Grant of dev says, and nothing on anybody else's places", async () => {
    const expected = expectedActions(grantedIdentities(await stack("dev")));
    const of = (name: string): string[] =>
      expected.filter((line) => line.startsWith(`${name} | `)).map((line) => line.slice(name.length + 3));
    assert.deepEqual(
      of("minio-mlflow-1"),
      ["delete", "get", "list", "put", "see"].map((action) => `${action} | minio: mlflow`),
    );
    assert.deepEqual(of("minio-monitoring-1"), []);
    assert.deepEqual(
      of("mysql-model-registry-1"),
      ["create", "drop", "insert", "see", "select"].map((action) => `${action} | mysql: model_registry`),
    );
    assert.deepEqual(of("mlflow-server-iris-api-1"), [
      "read | mlflow-server: experiment iris",
      "read | mlflow-server: model iris",
      "see | mlflow-server: experiment iris",
      "see | mlflow-server: model iris",
    ]);
    assert.deepEqual(
      of("mlflow-server-iris-train-1").filter((line) => line.startsWith("write")),
      ["write | mlflow-server: experiment iris", "write | mlflow-server: model iris"],
    );
    assert.deepEqual(of("mlflow-server-monitoring-1"), ["read | mlflow-server: metrics"]);
  });

  it("keeps to a folder of a bucket, and to one way", async () => {
    const identities = grantedIdentities(await stack("prod"));
    assert.deepEqual(unlistedPlaces(identities, { name: "minio", kind: "object-store" }), ["models/triton/"]);
    const triton = expectedActions(identities).filter((line) => line.includes("models"));
    const by = (folderOf: (line: string) => boolean): string[] =>
      [...new Set(triton.filter(folderOf).map((line) => line.split(" | ")[1] ?? ""))].sort();
    assert.deepEqual(
      by((line) => line.endsWith(": models/triton/")),
      ["delete", "get", "list", "put"],
    );
    assert.deepEqual(
      by((line) => line.endsWith(": models")),
      ["see"],
    );
    // One of them reads and the other one writes.
    const both = new Set(
      triton.filter((line) => / \| (get|put) \| /.test(line)).map((line) => line.split(" | ")[0]),
    );
    assert.equal(both.size, 2);
  });

  it("is to read and write the documents of one database, which nobody may have written to yet", async () => {
    const identities = grantedIdentities(await stack("prod"));
    const mongodb = identities.find(({ service }) => service.kind === "document-database")?.service;
    assert.ok(mongodb);
    assert.deepEqual(unlistedPlaces(identities, mongodb), ["vidp_db"]);
    const expected = expectedActions(identities).filter((line) => line.includes(`| ${mongodb.name}: `));
    assert.deepEqual(
      [...new Set(expected.map((line) => line.split(" | ").slice(1).join(" | ")))],
      ["create", "delete", "drop", "index", "insert", "list", "read", "update"].map(
        (action) => `${action} | mongodb: vidp_db`,
      ),
    );
  });

  it("finds a Secret by its name without what the deployment added, and no other one", () => {
    assert.ok(isNamed("minio-mlflow-1-identity-0a1b2c3d", "minio-mlflow-1-identity"));
    assert.ok(isNamed("minio-mlflow-1-identity", "minio-mlflow-1-identity"));
    for (const other of [
      "minio-mlflow-10-identity-0a1b2c3d",
      "minio-mlflow-1-identity-0a1b2c3d-0a1b2c3d",
      "minio-mlflow-1",
    ])
      assert.equal(isNamed(other, "minio-mlflow-1-identity"), false, other);
  });
});
