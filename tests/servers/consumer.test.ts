// The application of examples/consumer for real, on a real object store and a real SQL server: with the identities that
// the platform's own Jobs make, through a rotation of them.
import * as assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import * as path from "node:path";
import { eventually, freePort, scratch, start, stop } from "../support/processes";
import { toolsOrSkip } from "../support/tools";
import { type Identity, MariaDb } from "./support/mariadb";
import { Minio } from "./support/minio";

const APP = path.resolve(__dirname, "../../examples/consumer/app/app.py");
const PREFIX = "mlops-dddddd-";

describe("examples/consumer, for real", function () {
  this.timeout(90_000);
  let python: string;
  let store: Minio, database: MariaDb;
  let first: Identity, second: Identity;
  /** One pod with each generation of the credential. */
  let older: Pod, newer: Pod;
  const pods: Pod[] = [];

  before(async function () {
    const [minio, mc, mariadbd, interpreter] = await toolsOrSkip(
      this,
      "minio",
      "mc",
      "mariadbd",
      "python-ml",
    );
    python = interpreter!;
    [store, database] = await Promise.all([Minio.start(minio!, mc!), MariaDb.start(mariadbd!)]);
    await store.scripts.succeed("bucket", { env: { BUCKET: "notes", VERSIONING: "suspended", QUOTA: "" } });
    first = await generation(1);
    older = await run(first);
  });

  after(async () => {
    await Promise.all(pods.map(({ process }) => stop(process)));
    await (store as Minio | undefined)?.stop();
    await (database as MariaDb | undefined)?.stop();
  });

  /** An identity at both services, as the provision Jobs of one generation make it. */
  async function generation(number: number): Promise<Identity> {
    const identity = { user: `${PREFIX}notes-${number}`, password: `password-number-${number}` };
    await store.provision(identity, { bucket: "notes", prefix: "mine", access: "readWrite" });
    return database.provision(identity, "notes");
  }

  /** A pod with the variables of both Secrets, as they are while they hold this identity. */
  async function run({ user, password }: Identity): Promise<Pod> {
    const port = await freePort();
    const process = start(python, [APP], {
      stdio: "ignore",
      env: {
        HOME: scratch("notes"),
        PORT: String(port),
        AWS_ACCESS_KEY_ID: user,
        AWS_SECRET_ACCESS_KEY: password,
        AWS_S3_ENDPOINT: store.url,
        AWS_S3_BUCKET: "notes",
        AWS_S3_PREFIX: "mine",
        AWS_DEFAULT_REGION: "us-east-1",
        DB_HOST: "127.0.0.1",
        DB_PORT: String(database.port),
        DB_NAME: "notes",
        DB_USER: user,
        DB_PASSWORD: password,
        DB_ENCRYPTED: "false",
      },
    });
    const pod = new Pod(process, port);
    pods.push(pod);
    await eventually(
      "the application answers",
      async () => (await pod.get("/health").catch(() => undefined)) === 200,
    );
    return pod;
  }

  it("is ready, and keeps a note in both services", async () => {
    assert.equal(await older.get("/ready"), 200);
    const id = await older.write("Buy a bucket. ☃");
    assert.deepEqual(await older.notes(), [{ id, text: "Buy a bucket. ☃" }]);
    assert.equal((await store.admin.get(`notes/mine/notes/${id}`)).body, "Buy a bucket. ☃");
    assert.deepEqual(await database.ask("SELECT id, length FROM notes.notes"), [`${id}\t15`]);
  });

  it("refuses what is no note, and what it does not know", async () => {
    for (const [method, where, body, status] of [
      ["POST", "/notes", "", 413],
      ["POST", "/notes", "x".repeat(64 * 1024 + 1), 413],
      ["POST", "/elsewhere", "x", 404],
      ["GET", "/elsewhere", undefined, 404],
    ] as const)
      assert.equal((await older.send(method, where, body)).status, status, `${method} ${where}`);
  });

  it("works with both generations of its credential while both are there", async () => {
    second = await generation(2);
    newer = await run(second);
    await store.sweep(PREFIX, first.user, second.user);
    await database.sweep(PREFIX, first.user, second.user);
    await newer.write("Written with the new one.");
    await older.write("Written with the old one.");
    assert.equal((await newer.notes()).length, 3);
    assert.deepEqual(await older.notes(), await newer.notes());
  });

  it("works on with the new one when the old one is revoked, which lets nobody in any more", async () => {
    await store.sweep(PREFIX, second.user);
    await database.sweep(PREFIX, second.user);
    assert.deepEqual([await newer.get("/ready"), await older.get("/ready")], [200, 503]);
    assert.equal(await older.get("/health"), 200, "a restart would not help");
    await newer.write("Still here.");
    assert.equal((await newer.notes()).length, 4);
  });

  it("tells nobody outside why a service refused it", async () => {
    const { body } = await older.send("GET", "/notes");
    assert.match(body, /^\{"error": "\w+"\}$/);
  });

  it("ends when it is asked to", async () => {
    newer.process.kill("SIGTERM");
    await eventually("it ends", () => newer.process.exitCode === 0, 10);
  });
});

class Pod {
  constructor(
    readonly process: ChildProcess,
    private readonly port: number,
  ) {}

  async send(method: string, where: string, body?: string): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${this.port}${where}`, { method, body });
    return { status: response.status, body: await response.text() };
  }

  async get(where: string): Promise<number> {
    return (await this.send("GET", where)).status;
  }

  async write(text: string): Promise<string> {
    const { status, body } = await this.send("POST", "/notes", text);
    assert.equal(status, 201, body);
    return (JSON.parse(body) as { id: string }).id;
  }

  async notes(): Promise<{ id: string; text: string }[]> {
    const { status, body } = await this.send("GET", "/notes");
    assert.equal(status, 200, body);
    return (JSON.parse(body) as { notes: { id: string; text: string }[] }).notes;
  }
}
