// A stack on an object store and a database that are there already.
import * as assert from "node:assert/strict";
import { targetNames } from "../../support/fixtures";
import { findLeaks } from "../../support/leaks";
import type { TestGraph } from "../../support/program";
import { at, JOB, namesOf, SECRET } from "../../support/services";
import { both, platform, sharedOnly } from "./setup";

const VOLUME = "kubernetes:core/v1:PersistentVolumeClaim";

const credentials = (consumers: readonly string[], keys: readonly string[]) =>
  Object.fromEntries(
    consumers.map((consumer) => [
      consumer,
      Object.fromEntries(keys.map((key) => [key, `${consumer}-${key}`])),
    ]),
  );
const external = {
  minio: {
    external: {
      url: "https://s3.example.com:8443",
      region: "eu-central-1",
      credentials: credentials(["model-registry", "mlflow", "iris"], ["accessKeyId", "secretAccessKey"]),
    },
  },
  mysql: {
    external: {
      host: "mysql.example.com",
      port: 3307,
      credentials: credentials(["model-registry", "mlflow", "iris"], ["user", "password"]),
    },
  },
};

for (const target of targetNames) {
  describe(`external services on ${target}`, () => {
    let outside: TestGraph;
    before(async () => {
      const others = target === "openshift" ? { openshiftAi: { enabled: false } } : {};
      outside = await platform(target, { ...external, ...sharedOnly, ...others, consumers: { iris: both } });
    });

    it("says where they are, and knows of no administrator", () => {
      const { objectStore, database, namespaces } = outside.outputs;
      const cidrs = ["0.0.0.0/0"];
      assert.deepEqual(objectStore, {
        url: "https://s3.example.com:8443",
        host: "s3.example.com",
        port: 8443,
        endpoint: { kind: "addresses", cidrs, port: 8443 },
        region: "eu-central-1",
        buckets: ["irises", "model-registry-bucket"],
      });
      assert.deepEqual(database, {
        host: "mysql.example.com",
        port: 3307,
        endpoint: { kind: "addresses", cidrs, port: 3307 },
        encrypted: true,
      });
      assert.deepEqual(namespaces, { "rhoai-model-registries": "rhoai-model-registries" });
      assert.deepEqual(outside.secretOutputs, []);
    });

    it("makes no server, no disk and no Job", () => {
      for (const type of [JOB, VOLUME, "kubernetes:apps/v1:StatefulSet"]) outside.none(type);
      assert.deepEqual(namesOf(outside.all("random:index/randomPassword:RandomPassword")), []);
    });

    it("gives each consumer its own credential", () => {
      const { stringData } = outside.one(SECRET, "iris-s3-connection").inputs;
      assert.equal(at(stringData, "AWS_ACCESS_KEY_ID"), "iris-accessKeyId");
      assert.equal(at(stringData, "AWS_SECRET_ACCESS_KEY"), "iris-secretAccessKey");
      const database = outside.one(SECRET, "iris-db-connection").inputs.stringData;
      assert.equal(at(database, "DB_PASSWORD"), "iris-password");
    });

    it("shows no secret, wherever one looks", () => {
      const values = ["secretAccessKey", "password"].flatMap((key) =>
        ["iris", "model-registry"].map((consumer) => `${consumer}-${key}`),
      );
      assert.deepEqual(findLeaks(outside.graph, values), []);
    });
  });
}
