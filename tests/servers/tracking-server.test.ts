// The tracking server as it is deployed, on a real SQL server and a real object store: who is served, under which
// names, and what stays when it starts anew.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { toolsOrSkip } from "../support/tools";
import { type Identity, MariaDb } from "./support/mariadb";
import { Minio } from "./support/minio";
import { type Answer, Mlflow, POD_IP, PUBLIC_HOST } from "./support/mlflow";

const EXPERIMENT = "/api/2.0/mlflow/experiments/get-by-name?experiment_name=iris";
const METRICS = "/metrics";

describe("tracking server, for real", function () {
  this.timeout(240_000);
  let database: MariaDb;
  let store: Minio;
  let mlflow: Mlflow;
  let iris: Identity, reader: Identity, rose: Identity, monitoring: Identity;
  /** What iris logged. */
  let logged: { run: string; experiment: string; version: string };

  before(async function () {
    const [mariadbd, minio, mc, python] = await toolsOrSkip(this, "mariadbd", "minio", "mc", "python-ml");
    [database, store] = await Promise.all([MariaDb.start(mariadbd!), Minio.start(minio!, mc!)]);
    mlflow = await Mlflow.start(
      python!,
      { database, store },
      {
        iris: { access: { experiments: ["iris"], models: ["iris"], access: "edit" } },
        reader: { access: { experiments: ["iris"], models: ["iris"], access: "read" } },
        rose: { access: { experiments: ["rose"], models: ["rose"], access: "edit" } },
      },
    );
    iris = await mlflow.provision("iris");
    reader = await mlflow.provision("reader");
    rose = await mlflow.provision("rose");
    monitoring = await mlflow.provision("monitoring");
    const { code, stdout, output } = await mlflow.client(iris, "log", "iris", "iris");
    assert.equal(code, 0, output);
    logged = JSON.parse(stdout.trim().split("\n").at(-1)!) as typeof logged;
  });

  after(async () => {
    for (const server of [mlflow, store, database] as ({ stop(): Promise<void> } | undefined)[])
      await server?.stop();
  });

  const artifact = (file: string): string =>
    `/api/2.0/mlflow-artifacts/artifacts/workspaces/default/${logged.experiment}/${logged.run}/artifacts/${file}`;
  const prediction = async (as: Identity) => {
    const { code, stdout } = await mlflow.client(as, "predict", "iris");
    return code === 0 ? stdout.trim().split("\n").at(-1) : "refused";
  };

  describe("a consumer that may edit", () => {
    it("logs a run, files and a model with MLflow's own client, and loads the model again", async () => {
      assert.equal(await prediction(iris), "[1, 0]");
      assert.equal((await mlflow.call(artifact("notes/a.txt"), { as: iris })).body, "a note");
    });

    it("sends no client to the object store, to which only the server has a way", async () => {
      const told = await mlflow.call("/api/3.0/mlflow/server-info", { as: iris });
      const { multipart_uploads_enabled: up, multipart_downloads_enabled: down } = JSON.parse(told.body) as {
        [offer: string]: unknown;
      };
      assert.deepEqual({ up, down }, { up: false, down: false });
      const address = artifact("notes/a.txt").replace("/artifacts/workspaces/", "/presigned/workspaces/");
      const signed = [
        await mlflow.call(address, { as: iris }),
        ...(await Promise.all(
          ["upload", "download"].map((way) =>
            mlflow.call(`/api/2.0/mlflow/artifacts/presigned-${way}-url`, {
              as: iris,
              json: { run_id: logged.run, path: "notes/a.txt" },
            }),
          ),
        )),
      ];
      for (const { status, body } of signed) {
        assert.ok(status === 400 || status === 501, body);
        assert.match(body, /not support/i);
        assert.doesNotMatch(body, /Signature/);
      }
    });

    it("makes no experiment and no model besides those that were granted", async () => {
      for (const [kind, name] of [
        ["experiments", "another"],
        ["registered-models", "another"],
        ["registered-models", "rose"],
      ] as const) {
        const { status } = await mlflow.call(`/api/2.0/mlflow/${kind}/create`, { as: iris, json: { name } });
        assert.equal(status, 403, `${kind} ${name}`);
      }
    });

    it("deletes nothing, and gives nobody a right", async () => {
      const attempts: [string, string, unknown][] = [
        ["POST", "2.0/mlflow/experiments/delete", { experiment_id: logged.experiment }],
        ["POST", "2.0/mlflow/runs/delete", { run_id: logged.run }],
        ["DELETE", "2.0/mlflow/registered-models/delete", { name: "iris" }],
        ["DELETE", "2.0/mlflow/model-versions/delete", { name: "iris", version: logged.version }],
        [
          "POST",
          "3.0/mlflow/users/permissions/grant",
          {
            username: rose.user,
            resource_type: "experiment",
            resource_id: logged.experiment,
            permission: "READ",
          },
        ],
        ["POST", "2.0/mlflow/users/create", { username: "someone", password: "a-long-enough-password" }],
        ["PATCH", "2.0/mlflow/users/update-admin", { username: iris.user, is_admin: true }],
      ];
      const answers: Record<string, number> = {};
      for (const [method, path, json] of attempts)
        answers[path] = (await mlflow.call(`/api/${path}`, { as: iris, method, json })).status;
      assert.deepEqual(
        Object.entries(answers).filter(([, status]) => status !== 403),
        [],
      );
    });
  });

  describe("a consumer that may read", () => {
    it("loads the model and reads the files", async () => {
      assert.equal(await prediction(reader), "[1, 0]");
      assert.equal((await mlflow.call(artifact("notes/a.txt"), { as: reader })).body, "a note");
    });

    it("writes neither runs, files, versions nor aliases", async () => {
      const json = { name: "iris", alias: "champion", version: logged.version };
      for (const [path, call] of [
        ["/api/2.0/mlflow/runs/create", { json: { experiment_id: logged.experiment } }],
        [
          "/api/2.0/mlflow/runs/log-metric",
          { json: { run_id: logged.run, key: "a", value: 1, timestamp: 1 } },
        ],
        [
          "/api/2.0/mlflow/model-versions/create",
          { json: { name: "iris", source: `runs:/${logged.run}/x` } },
        ],
        ["/api/2.0/mlflow/registered-models/alias", { json }],
        [artifact("notes/b.txt"), { method: "PUT" }],
      ] as const)
        assert.equal((await mlflow.call(path, { as: reader, ...call })).status, 403, path);
    });
  });

  describe("a consumer of something else", () => {
    it("reads neither the experiment, its runs, its files nor the model", async () => {
      for (const path of [
        EXPERIMENT,
        `/api/2.0/mlflow/runs/get?run_id=${logged.run}`,
        artifact("notes/a.txt"),
        `/api/2.0/mlflow-artifacts/artifacts?path=workspaces/default/${logged.experiment}`,
        `/api/2.0/mlflow-artifacts/artifacts?path=${logged.experiment}`,
        "/api/2.0/mlflow-artifacts/artifacts",
        artifact(`..%2f..%2f${logged.run}%2fartifacts%2fnotes%2fa.txt`),
        "/api/2.0/mlflow/registered-models/get?name=iris",
        "/api/2.0/mlflow/registered-models/alias?name=iris&alias=champion",
      ]) {
        const { status, body } = await mlflow.call(path, { as: rose });
        assert.ok([400, 403].includes(status), `${path}: ${status} ${body}`);
        assert.doesNotMatch(body, /a note|accuracy/);
      }
      assert.equal(await prediction(rose), "refused");
    });

    it("finds nothing of it by searching", async () => {
      const search = async (kind: string, json: unknown, as: Identity) =>
        (await mlflow.ask(`/api/2.0/mlflow/${kind}/search`, { as, json })) as Record<
          string,
          { name?: string }[]
        >;
      const experiments = await search("experiments", { max_results: 100 }, rose);
      assert.deepEqual(
        experiments.experiments?.map(({ name }) => name),
        ["rose"],
      );
      const runs = await mlflow.call("/api/2.0/mlflow/runs/search", {
        as: rose,
        json: { experiment_ids: [logged.experiment] },
      });
      assert.doesNotMatch(runs.body, new RegExp(logged.run));
      const models = await mlflow.ask("/api/2.0/mlflow/registered-models/search", { as: rose });
      assert.deepEqual(
        (models.registered_models as { name: string }[]).map(({ name }) => name),
        ["rose"],
      );
    });
  });

  describe("whoever has no credential, or a wrong one", () => {
    const paths = ["/", EXPERIMENT, METRICS, "/version", "/api/2.0/mlflow-artifacts/artifacts?path=1"];

    it("gets a 401 everywhere but at the probes' path", async () => {
      for (const path of paths) {
        assert.equal((await mlflow.call(path)).status, 401, path);
        const as = { user: iris.user, password: rose.password };
        assert.equal((await mlflow.call(path, { as })).status, 401, path);
      }
      assert.equal((await mlflow.call("/health")).status, 200);
    });
  });

  describe("the names under which it answers", () => {
    const ask = (host: string, path = EXPERIMENT): Promise<Answer> =>
      mlflow.call(path, { as: iris, headers: { host } });
    const service = ["mlflow-server-service", ".team", ".svc", ".cluster.local"];
    const names = service.map((_, at) => service.slice(0, at + 1).join(""));
    const accepted = [
      PUBLIC_HOST,
      ...names.flatMap((name) => [name, `${name}:5000`]),
      "localhost:5000",
      "localhost:18080",
      "127.0.0.1:5000",
      POD_IP,
      `${POD_IP}:5000`,
    ];
    for (const host of accepted) {
      it(`are ${host}`, async () => {
        const { status, body } = await ask(host);
        assert.equal(status, 200, body);
      });
    }

    const refused = [
      "attacker.example",
      `${PUBLIC_HOST}.attacker.example`,
      `x${PUBLIC_HOST}`,
      "mlflow-server-service.attacker.example",
      "mlflow-server-service:5001",
      "localhost.attacker.example:5000",
      "10.244.0.18:5000",
      `${POD_IP}.attacker.example:5000`,
    ];
    for (const host of refused) {
      it(`are not ${host}`, async () => {
        const { status, body } = await ask(host);
        assert.equal(status, 403);
        assert.match(body, /Invalid Host header/);
      });
    }

    it("do not matter to the probes", async () => {
      assert.equal((await ask("10.244.0.99:5000", "/health")).status, 200);
    });
  });

  describe("a connection", () => {
    it("is kept when it is idle, as ingress controllers keep it: one may be about to use it again", async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const isReused = () =>
        new Promise<boolean>((resolve, reject) => {
          const request = http.get({ port: mlflow.port, path: "/health", agent }, (response) =>
            response.resume().once("end", () => resolve(request.reusedSocket)),
          );
          request.once("error", reject);
        });
      try {
        assert.equal(await isReused(), false);
        // Longer than the five seconds of MLflow's own.
        await delay(8000);
        assert.equal(await isReused(), true);
      } finally {
        agent.destroy();
      }
    });
  });

  describe("its metrics", () => {
    it("are read with the credential of the monitoring, and count the requests", async () => {
      await mlflow.call(EXPERIMENT, { as: iris });
      const { status, headers, body } = await mlflow.call(METRICS, { as: monitoring });
      assert.equal(status, 200, body);
      assert.match(String(headers["content-type"]), /^text\/plain/);
      assert.match(body, /^mlflow_http_request_total\{method="GET",.*status="200"\} [1-9]/m);
      assert.match(body, /^mlflow_http_request_duration_seconds_bucket\{le="2.5",/m);
    });

    it("are refused to every other consumer", async () => {
      for (const as of [iris, reader, rose]) assert.equal((await mlflow.call(METRICS, { as })).status, 403);
    });

    it("are all that their credential opens", async () => {
      for (const path of [EXPERIMENT, artifact("notes/a.txt"), "/api/2.0/mlflow/users/list", "/metrics/"])
        assert.notEqual((await mlflow.call(path, { as: monitoring })).status, 200, path);
    });
  });

  describe("a browser", () => {
    it("changes something for its own pages only", async () => {
      const json = { experiment_id: "0", key: "page", value: "seen" };
      const post = (origin: string) =>
        mlflow.call("/api/2.0/mlflow/experiments/set-experiment-tag", {
          as: mlflow.administrator,
          headers: { origin },
          json,
        });
      for (const origin of [
        `https://${PUBLIC_HOST}`,
        "http://mlflow-server-service:5000",
        "http://localhost:18080",
      ])
        assert.equal((await post(origin)).status, 200, origin);
      for (const origin of ["https://attacker.example", `http://${PUBLIC_HOST}`, "null"])
        assert.equal((await post(origin)).status, 403, origin);
    });
  });

  describe("after all of that", () => {
    it("loses nothing when it starts anew, after another migration", async () => {
      await mlflow.stop();
      await mlflow.migrate();
      await mlflow.serve();
      assert.equal(await prediction(reader), "[1, 0]");
      assert.equal((await mlflow.call(artifact("notes/a.txt"), { as: iris })).body, "a note");
      assert.equal((await mlflow.call(EXPERIMENT, { as: rose })).status, 403);
    });

    it("keeps its files in the object store, its users in the database, and nothing where it runs", async () => {
      const objects = await store.admin.list("mlflow");
      assert.match(
        objects.body,
        new RegExp(`workspaces/default/${logged.experiment}/${logged.run}/artifacts/notes/a`),
      );
      const users = await database.ask("SELECT username FROM mlflow.users");
      for (const { user } of [iris, reader, rose, monitoring]) assert.ok(users.includes(user));
      assert.deepEqual(fs.readdirSync(mlflow.home), []);
    });

    it("writes no password into its log", () => {
      const log = mlflow.logged();
      assert.match(log, /GET \/health/);
      for (const { password } of [iris, reader, rose, monitoring, mlflow.administrator])
        assert.ok(!log.includes(password));
      assert.doesNotMatch(log, /an-artifacts-password|word\/with|%2Fwith/);
    });
  });
});
