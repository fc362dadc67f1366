// The buckets of a MinioStore and the policies of its consumers, and the Jobs that make them.
import * as assert from "node:assert/strict";
import { Consumer } from "../../../components/access";
import type { MinioStore, MinioStoreArgs } from "../../../components/object-store";
import { bucketPolicy } from "../../../components/object-store/policy";
import type { Resource } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import { dns, IMAGE } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  CONFIG_MAP,
  JOB,
  minioStore,
  mountsOf,
  namesOf,
  SECRET,
  type Surroundings,
  surroundings,
} from "../../support/services";

function deployed(
  args: Partial<MinioStoreArgs> = {},
  grants: (store: MinioStore, here: Surroundings) => void = () => undefined,
): Promise<TestGraph> {
  return run(() => {
    const here = surroundings();
    const store = minioStore(here, args);
    grants(store, here);
    store.seal();
  });
}

const podOf = (resource: Resource) => at(resource.inputs, "spec", "template", "spec");
const containerOf = (resource: Resource) => at(podOf(resource), "containers", 0);
const objectName = (resource: Resource) => text(at(resource.outputs, "metadata", "name"));

describe("the buckets", () => {
  it("are made with their options by a Job each, by the server's own image", async () => {
    const graph = await deployed({ buckets: { plain: {}, kept: { versioning: true, quota: "10Gi" } } });
    const given = (bucket: string) => {
      const container = containerOf(graph.one(JOB, `minio-bucket-${bucket}`));
      assert.equal(at(container, "image"), IMAGE);
      assert.deepEqual(at(container, "command"), ["sh", "/scripts/bucket.sh"]);
      assert.equal(at(container, "args"), undefined);
      return at(container, "env");
    };
    const common = [
      { name: "HOME", value: "/tmp" },
      { name: "MC_CONFIG_DIR", value: "/tmp/mc" },
      { name: "S3_URL", value: "http://minio-api.shared.svc.cluster.local:9000" },
    ];
    assert.deepEqual(given("plain"), [
      ...common,
      { name: "BUCKET", value: "plain" },
      { name: "VERSIONING", value: "suspended" },
      { name: "QUOTA", value: "" },
    ]);
    assert.deepEqual(given("kept"), [
      ...common,
      { name: "BUCKET", value: "kept" },
      { name: "VERSIONING", value: "enabled" },
      { name: "QUOTA", value: "10Gi" },
    ]);
  });

  it("find the scripts in a ConfigMap of a new name whenever one changes, and the administrator's Secret", async () => {
    const graph = await deployed({ buckets: { plain: {} } });
    const scripts = graph.one(CONFIG_MAP, "minio-scripts");
    assert.deepEqual(Object.keys(scripts.inputs.data as object), [
      "bucket.sh",
      "connect.sh",
      "provision.sh",
      "sweep.sh",
    ]);
    assert.equal(at(scripts.inputs, "metadata", "name"), undefined);
    const admin = { secretName: objectName(graph.one(SECRET, "minio-admin")), defaultMode: 0o440 };
    assert.deepEqual(mountsOf(graph.one(JOB, "minio-bucket-plain")), {
      "/scripts": { configMap: { name: objectName(scripts) }, readOnly: true },
      "/credentials/admin": { secret: admin, readOnly: true },
      "/tmp": { emptyDir: { sizeLimit: "16Mi" } },
    });
  });

  it("are made once, whoever is granted them, and before any of their consumers' identities", async () => {
    const graph = await deployed(
      { buckets: { shared: { versioning: true } } },
      (store, { access: { inPlace } }) => {
        for (const [name, bucket] of [
          ["iris", "shared"],
          ["rose", "shared"],
          ["lily", "own"],
        ] as const)
          new Consumer(name, {
            namespace: "app",
            inPlace,
            dns,
            connections: { s3: store.grant(name, { bucket, access: "read" }) },
          });
      },
    );
    const buckets = graph.all(JOB).filter(({ name }) => name.startsWith("minio-bucket-"));
    assert.deepEqual(namesOf(buckets), ["minio-bucket-own", "minio-bucket-shared"]);
    for (const [consumer, bucket] of [
      ["iris", "shared"],
      ["rose", "shared"],
      ["lily", "own"],
    ] as const) {
      const { dependencies } = graph.one(JOB, `minio-${consumer}-1-provision`);
      assert.ok(dependencies.includes(graph.one(JOB, `minio-bucket-${bucket}`).urn));
    }
  });

  it("may have names as long as S3 allows", async () => {
    const graph = await deployed({ buckets: { ["b".repeat(63)]: {} } });
    for (const job of graph.all(JOB)) assert.ok(objectName(job).length <= 63);
  });

  it("may have a dot wherever their Job's name is cut", async () => {
    for (let dot = 25; dot < 38; dot++)
      await deployed({ buckets: { [`${"b".repeat(dot)}.${"b".repeat(62 - dot)}`]: {} } });
  });
});

describe("a consumer's policy", () => {
  const access = { bucket: "data", prefix: "models", access: "read" } as const;
  const granted = (changed: Partial<Parameters<MinioStore["grant"]>[1]> = {}) =>
    deployed(
      {},
      (store, { access: { inPlace } }) =>
        new Consumer("iris", {
          namespace: "app",
          inPlace,
          dns,
          connections: { s3: store.grant("iris", { ...access, ...changed }) },
        }),
    );

  it("is the least that the access needs, and reaches the provision Job in a ConfigMap", async () => {
    const graph = await granted();
    const policy = graph.one(CONFIG_MAP, "minio-iris-policy");
    assert.deepEqual(JSON.parse(text(at(policy.inputs, "data", "policy.json"))), bucketPolicy(access));
    assert.equal(at(policy.inputs, "metadata", "namespace"), "shared");
    const job = graph.one(JOB, "minio-iris-1-provision");
    assert.deepEqual(mountsOf(job)["/config"], { configMap: { name: objectName(policy) }, readOnly: true });
    assert.deepEqual(at(containerOf(job), "command"), ["sh", "/scripts/provision.sh"]);
  });

  it("takes effect when it changes, because the Job reads a ConfigMap of a new name", async () => {
    const policy = (await granted()).one(CONFIG_MAP, "minio-iris-policy");
    assert.equal(at(policy.inputs, "metadata", "name"), undefined);
    assert.notDeepEqual(
      (await granted({ access: "readWrite" })).one(CONFIG_MAP, "minio-iris-policy").inputs.data,
      policy.inputs.data,
    );
  });
});
