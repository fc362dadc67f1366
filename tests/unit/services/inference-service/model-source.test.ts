// Where an inference service gets its model from: a tracking server, a bucket or a volume. A registry has a file of its own.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { StoredModel } from "../../../../components/inference-service";
import type { PlainObject } from "../../../../tools/graph/values";
import { IMAGE } from "../../../support/fixtures";
import { houseRuleViolations, restrictedViolations } from "../../../support/pods";
import { run, type TestGraph } from "../../../support/program";
import {
  at,
  CONFIG_MAP,
  DEPLOYMENT,
  JOB,
  minioStore,
  mountsOf,
  POLICY,
  SECRET,
  surroundings,
} from "../../../support/services";
import {
  configOf,
  deployed,
  envOf,
  externalGrant,
  fromConfig,
  fromSecret,
  irisApi,
  objectName,
  reaches,
  serverOf,
  specOf,
  trackingGrant,
} from "./setup";

describe("a model of a tracking server", () => {
  const tracked = () =>
    deployed(() => ({
      model: { tracking: trackingGrant("iris", { generations: ["2", "1"] }), uri: "models:/iris@champion" },
    }));

  it("is loaded by the server, with the newest credential that was granted", async () => {
    const graph = await tracked();
    const secret = graph.one(SECRET, "iris-mlflow-server-2");
    assert.deepEqual(configOf(graph).inputs.data, { MODEL_URI: "models:/iris@champion" });
    assert.deepEqual(envOf(serverOf(graph)), {
      MODEL_URI: fromConfig(configOf(graph), "MODEL_URI"),
      MLFLOW_TRACKING_URI: fromSecret(secret, "MLFLOW_TRACKING_URI"),
      MLFLOW_TRACKING_USERNAME: fromSecret(secret, "MLFLOW_TRACKING_USERNAME"),
      MLFLOW_TRACKING_PASSWORD: fromSecret(secret, "MLFLOW_TRACKING_PASSWORD"),
    });
    assert.equal(at(specOf(graph), "initContainers"), undefined);
  });

  it("is within reach, and the service starts after that", async () => {
    const graph = await tracked();
    const { dependencies } = graph.one(DEPLOYMENT);
    assert.ok(reaches(graph, { "app.kubernetes.io/name": "mlflow-server" }, 5000));
    assert.ok(!reaches(graph, { "app.kubernetes.io/name": "other" }, 5000));
    for (const policy of ["iris-to-mlflow-server", "mlflow-server-from-iris"])
      assert.ok(dependencies.includes(graph.one(POLICY, policy).urn), policy);
  });

  it("is used by the service's Deployment, for which the removal of old credentials waits", async () => {
    const graph = await run(() => {
      const tracking = trackingGrant("iris");
      irisApi(surroundings(), { model: { tracking, uri: "models:/iris@champion" } });
      return { users: tracking.users.map(({ urn }) => urn) };
    });
    assert.deepEqual(graph.outputs.users, [graph.one(DEPLOYMENT).urn]);
  });
});

describe("a model in a bucket", () => {
  const fromMinio = (model: Partial<StoredModel> = {}, prefix = "models/iris") =>
    run(() => {
      const here = surroundings();
      const store = minioStore(here);
      const access = { bucket: "data", prefix, access: "read" } as const;
      irisApi(here, {
        model: { bucket: store.grant("iris", access), client: "registry/mc:1", size: "2Gi", ...model },
      });
      store.seal();
    });
  const downloadOf = (graph: TestGraph) => at(specOf(graph), "initContainers", 0) as PlainObject;

  it("is downloaded before the server starts, by the object store's own client", async () => {
    const graph = await fromMinio();
    const { name, image, command } = downloadOf(graph);
    assert.deepEqual([name, image, command], ["download", "registry/mc:1", ["sh", "/scripts/download.sh"]]);
    assert.deepEqual(envOf(downloadOf(graph)), {
      HOME: "/download",
      TMPDIR: "/download",
      MC_CONFIG_DIR: "/download/mc",
      S3_URL: "http://minio-api.shared.svc.cluster.local:9000",
      BUCKET: "data",
      PREFIX: "models/iris/",
      TARGET: "/models",
      MAX_BYTES: "2147483648",
    });
    const { data } = graph.one(CONFIG_MAP, "iris-api-scripts").inputs;
    assert.deepEqual(Object.keys(data as object), ["download.sh"]);
    assert.deepEqual(configOf(graph).inputs.data, { MODEL_URI: "/models" });
    assert.ok(graph.one(DEPLOYMENT).dependencies.includes(graph.one(JOB, "minio-iris-1-provision").urn));
  });

  it("is on the pod's own disk, which has room for it; the credential is in the download's files alone", async () => {
    const graph = await fromMinio();
    const secret = graph.one(SECRET, "iris-minio-1");
    assert.deepEqual(
      (at(downloadOf(graph), "volumeMounts") as PlainObject[]).map(({ mountPath }) => mountPath),
      ["/scripts", "/credentials/model", "/models", "/download"],
    );
    assert.deepEqual(
      (at(specOf(graph), "volumes") as PlainObject[]).find(({ name }) => name === "credentials-model"),
      { name: "credentials-model", secret: { secretName: objectName(secret), defaultMode: 0o440 } },
    );
    assert.deepEqual(Object.keys(mountsOf(graph.one(DEPLOYMENT))), ["/tmp", "/models"]);
    assert.deepEqual(mountsOf(graph.one(DEPLOYMENT))["/models"], { emptyDir: { sizeLimit: "2Gi" } });
    assert.equal(at(serverOf(graph), "resources", "limits", "ephemeral-storage"), "2640Mi");
    assert.ok(!JSON.stringify(serverOf(graph)).includes(objectName(secret)));
  });

  it("is downloaded by a container that is as restricted as the server's", async () => {
    const spec = specOf(await fromMinio()) as PlainObject;
    assert.deepEqual([...restrictedViolations(spec), ...houseRuleViolations(spec)], []);
  });

  it("may be a folder below what was granted, and be put elsewhere", async () => {
    const graph = await fromMinio({ folder: "3", path: "/opt/model" });
    const { PREFIX, TARGET } = envOf(downloadOf(graph));
    assert.deepEqual([PREFIX, TARGET], ["models/iris/3/", "/opt/model"]);
    assert.deepEqual(configOf(graph).inputs.data, { MODEL_URI: "/opt/model" });
    assert.ok("/opt/model" in mountsOf(graph.one(DEPLOYMENT)));
  });

  it("may be a whole bucket", async () => {
    const whole = await fromMinio({}, "");
    assert.equal(envOf(downloadOf(whole)).PREFIX, "");
  });

  it("is in a folder without a leading slash, of a size that is one", async () => {
    await assert.rejects(
      fromMinio({ folder: "/3" }),
      /The model of iris-api is in the folder "\/3".*leading slash/,
    );
    await assert.rejects(fromMinio({ size: "2 GB" }), /"2 GB" is not an amount of memory or disk/);
  });

  it("of an external store with private authorities comes with them", async () => {
    const graph = await run(() => {
      const here = surroundings();
      irisApi(here, { model: { bucket: externalGrant(), client: IMAGE, size: "1Gi" } });
    });
    const bundle = graph.one(CONFIG_MAP, "iris-api-store-authorities");
    assert.deepEqual(bundle.inputs.data, { "ca-bundle.crt": "PEM" });
    assert.equal(envOf(downloadOf(graph)).SSL_CERT_FILE, "/etc/store-authorities/ca-bundle.crt");
    assert.ok(
      (at(downloadOf(graph), "volumeMounts") as PlainObject[]).some(
        ({ mountPath }) => mountPath === "/etc/store-authorities",
      ),
    );
  });
});

describe("a model in a volume", () => {
  it("is read from there, without a tracking server", async () => {
    const graph = await deployed(() => ({ model: { volume: pulumi.output("iris-models"), folder: "iris" } }));
    assert.deepEqual(configOf(graph).inputs.data, { MODEL_URI: "/models/iris", MLFLOW_TRACKING_URI: "" });
    assert.deepEqual(mountsOf(graph.one(DEPLOYMENT))["/models"], {
      persistentVolumeClaim: { claimName: "iris-models" },
      readOnly: true,
    });
    graph.none(SECRET);
  });

  it("may be all of it, mounted elsewhere", async () => {
    const graph = await deployed(() => ({ model: { volume: "iris-models", path: "/opt/model" } }));
    assert.equal(at(configOf(graph).inputs, "data", "MODEL_URI"), "/opt/model");
    assert.ok("/opt/model" in mountsOf(graph.one(DEPLOYMENT)));
  });
});
