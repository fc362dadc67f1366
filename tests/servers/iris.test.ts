// The iris example, from training to prediction, with a real tracking server on a real SQL server and a real object
// store, and with identities that the tracking server's own Jobs made.
import * as assert from "node:assert/strict";
import { API_KEYS, FLOWERS, IrisService, train } from "../support/iris";
import { eventually, type Result } from "../support/processes";
import { toolsOrSkip } from "../support/tools";
import { type Identity, MariaDb } from "./support/mariadb";
import { Minio } from "./support/minio";
import { Mlflow } from "./support/mlflow";

describe("iris, for real", function () {
  this.timeout(240_000);
  let python: string;
  let database: MariaDb, store: Minio, mlflow: Mlflow, service: IrisService;
  let trainer: Identity, server: Identity, stranger: Identity;
  let training: Result;

  const connection = (as: Identity) => ({
    MLFLOW_TRACKING_URI: mlflow.url,
    MLFLOW_TRACKING_USERNAME: as.user,
    MLFLOW_TRACKING_PASSWORD: as.password,
  });
  const trainAs = (identity: Identity) =>
    train(python, {
      ...connection(identity),
      EXPERIMENT: "iris",
      MODEL_NAME: "iris",
      MODEL_ALIAS: "champion",
    });

  before(async function () {
    const [mariadbd, minio, mc, interpreter] = await toolsOrSkip(
      this,
      "mariadbd",
      "minio",
      "mc",
      "python-ml",
    );
    python = interpreter!;
    [database, store] = await Promise.all([MariaDb.start(mariadbd!), Minio.start(minio!, mc!)]);
    const iris = { experiments: ["iris"], models: ["iris"] };
    mlflow = await Mlflow.start(
      python,
      { database, store },
      {
        trainer: { access: { ...iris, access: "edit" } },
        server: { access: { ...iris, access: "read" } },
        stranger: { access: { experiments: ["rose"], models: ["rose"], access: "edit" } },
      },
    );
    trainer = await mlflow.provision("trainer");
    server = await mlflow.provision("server");
    stranger = await mlflow.provision("stranger");

    // The service is there first, as after the first deployment of everything.
    service = await IrisService.start(python, {
      ...connection(server),
      MODEL_URI: "models:/iris@champion",
      MODEL_REFRESH: "1",
    });
    await eventually("it is alive", () => service.answers("/health"), 120);
    assert.equal(await service.answers("/ready"), false);
    training = await trainAs(trainer);
    assert.equal(training.code, 0, training.output);
    await service.ready();
  });

  after(async () => {
    for (const each of [service, mlflow, store, database] as ({ stop(): Promise<void> } | undefined)[])
      await each?.stop();
  });

  /** The version that an alias names, and where its files are. */
  async function champion(): Promise<{ version: string; file: string }> {
    const alias = "/api/2.0/mlflow/registered-models/alias?name=iris&alias=champion";
    const { model_version } = (await mlflow.ask(alias)) as {
      model_version: { version: string; source: string };
    };
    const logged = model_version.source.replace(/^models:\//, "");
    const { model } = (await mlflow.ask(`/api/2.0/mlflow/logged-models/${logged}`)) as {
      model: { info: { artifact_uri: string } };
    };
    const folder = model.info.artifact_uri.replace(/^mlflow-artifacts:\//, "");
    return { version: model_version.version, file: `/api/2.0/mlflow-artifacts/artifacts/${folder}/MLmodel` };
  }

  it("trains and registers with the right to edit, and nothing more", async () => {
    assert.equal((await champion()).version, "1");
    assert.match(training.output, /iris version 1 is now champion/);
    for (const secret of [trainer.password, server.password])
      assert.ok(!training.output.includes(secret), "the log has a password");
  });

  for (const [species, flower] of Object.entries(FLOWERS))
    it(`knows a ${species}`, async () => {
      assert.equal((await service.prediction(flower)).species, species);
    });

  it("takes every valid key and no other", async () => {
    const statuses = [...API_KEYS, "another", undefined].map(
      async (key) => (await service.predict(FLOWERS.setosa, key)).status,
    );
    assert.deepEqual(await Promise.all(statuses), [200, 200, 401, 401]);
  });

  it("says what is wrong with bad input", async () => {
    const response = await service.predict({ ...FLOWERS.setosa, petal_width: -1 }, API_KEYS[0]);
    assert.equal(response.status, 422);
    assert.deepEqual(await response.json(), { detail: ["petal_width: Input should be greater than 0"] });
  });

  it("counts what it answers", async () => {
    const series = {
      answered: 'http_requests_total{method="POST",path="/predict",status="200"}',
      refused: 'http_requests_total{method="POST",path="/predict",status="401"}',
      setosa: 'predictions_total{class="setosa"}',
    };
    const before = { ...series };
    for (const [name, each] of Object.entries(series))
      Object.assign(before, { [name]: await service.metric(each) });

    await service.prediction(FLOWERS.setosa);
    await service.prediction(FLOWERS.virginica);
    await service.predict(FLOWERS.setosa, "another");

    for (const [name, more] of [
      ["answered", 2],
      ["refused", 1],
      ["setosa", 1],
    ] as const)
      assert.equal(await service.metric(series[name]), Number(before[name]) + more, name);
  });

  it("answers many at once, each with its own species", async () => {
    const asked = Array.from({ length: 300 }, (_, index) => Object.entries(FLOWERS)[index % 3]!);
    const answers = await Promise.all(asked.map(([, flower]) => service.prediction(flower)));
    assert.deepEqual(
      answers.map(({ species }) => species),
      asked.map(([species]) => species),
    );
  });

  it("picks up what is trained next, while it answers", async () => {
    const { code, output } = await trainAs(trainer);
    assert.equal(code, 0, output);
    const { version } = await champion();
    assert.equal(version, "2");
    await eventually(
      "the new version answers",
      async () => (await service.prediction(FLOWERS.setosa)).version === version,
      60,
    );
  });

  it("cannot be trained with the service's own identity, which may only read", async () => {
    const before = await champion();

    const { code, output } = await trainAs(server);
    assert.notEqual(code, 0);
    assert.match(output, /Permission denied/);
    const overwritten = await mlflow.call(before.file, { as: server, method: "PUT" });
    assert.equal(overwritten.status, 403);
    assert.deepEqual(await champion(), before);
  });

  it("keeps its model from consumers of something else", async () => {
    const { file } = await champion();
    assert.equal((await mlflow.call(file, { as: server })).status, 200);
    assert.equal((await mlflow.call(file, { as: stranger })).status, 403);
    assert.equal((await mlflow.call(file)).status, 401);
    assert.notEqual((await mlflow.client(stranger, "predict", "iris")).code, 0);
  });

  it("is trained anew where the object store lost the model in use", async () => {
    const [bucket] = await store.admin.buckets();
    await store.ask("rm", "--recursive", "--force", `s3/${bucket!}`);

    const { code, output } = await trainAs(trainer);
    assert.equal(code, 0, output);
    assert.match(output, /version 2, which is in use, has lost its files/);
    await eventually(
      "the new version answers",
      async () => (await service.prediction(FLOWERS.setosa)).version === "3",
      60,
    );
  });

  it("goes on answering without the tracking server, and logs no secret", async () => {
    await mlflow.stop();
    await eventually("it has missed it", () => service.logged().includes("could not be loaded"), 120);
    assert.equal((await service.prediction(FLOWERS.setosa)).species, "setosa");
    assert.equal(await service.answers("/ready"), true);
    for (const secret of [...API_KEYS, server.password])
      assert.ok(!service.logged().includes(secret), "the log has a key or a password");
  });
});
