// What consumers of the document database can and cannot do, and how its administrator comes to be: by the real
// scripts in a real mongosh, on a stand-in for the server.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { MongoServerError } from "mongodb";
import { scratch } from "../support/processes";
import { toolsOrSkip } from "../support/tools";
import { ADMIN, MongoDb } from "./support/mongodb";

describe("document database, for real", function () {
  this.timeout(240_000);
  let mongosh: string;
  let database: MongoDb;
  const pipeline = { user: "mlops-aaaaaa-vidp-000001", password: "pipeline-password" };
  const other = { user: "mlops-aaaaaa-other-000001", password: "other-password" };

  before(async function () {
    [mongosh] = (await toolsOrSkip(this, "mongosh")) as [string];
    database = await MongoDb.start(mongosh);
    await database.provision(pipeline, "vidp_db");
    await database.provision(other, "vidp");
  });

  after(async () => {
    await (database as MongoDb | undefined)?.stop();
  });

  it("a consumer reads and writes its own database, and no other", async () => {
    assert.equal(await database.works(pipeline, "vidp_db"), true);
    assert.equal(await database.works(other, "vidp"), true);
    for (const foreign of ["vidp", "vidp_db2", "admin", "local", "config"])
      assert.equal(await database.works(pipeline, foreign), false, foreign);
  });

  it("a consumer manages nobody, not even itself", async () => {
    const db = database.client(pipeline).db("admin");
    for (const command of [
      { usersInfo: 1 },
      { createUser: "another", pwd: "password", roles: [] },
      { updateUser: pipeline.user, roles: [{ role: "root", db: "admin" }] },
      { dropUser: other.user },
      { killAllSessions: [] },
    ])
      await assert.rejects(db.command(command), (error: MongoServerError) => error.code === 13);
  });

  it("nobody gets in without a password, or with another's", async () => {
    assert.equal(await database.works({ ...pipeline, password: other.password }, "vidp_db"), false);
    assert.equal(await database.works({ user: "nobody", password: "nothing" }, "vidp_db"), false);
    assert.equal(await database.works(undefined, "vidp_db"), false);
  });

  it("the probe succeeds while the server answers its administrator, and only then", async () => {
    const { DB_PORT, admin } = { DB_PORT: "1", admin: { username: ADMIN.user, password: "wrong-one" } };
    assert.equal((await database.scripts.run("ping", { env: {} })).code, 0);
    assert.notEqual((await database.scripts.run("ping", { env: { DB_PORT } })).code, 0);
    assert.notEqual((await database.scripts.run("ping", { env: {}, admin })).code, 0);
  });

  describe("the administrator", () => {
    const succeeds = async (on: MongoDb, env?: Record<string, string>): Promise<void> => {
      const { code, output } = await on.administrator(env);
      assert.equal(code, 0, output);
    };

    /** A disk for which another program takes the server's place: these lines of shell. */
    function withServer(...lines: string[]): Promise<MongoDb> {
      const program = path.join(scratch("program"), "mongod");
      fs.writeFileSync(program, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
      return MongoDb.prepare(mongosh, program);
    }

    /** Everybody's accounts, once the server runs. */
    async function accounts(on: MongoDb): Promise<string[]> {
      await on.run();
      const names = await on.names();
      await on.stop();
      return names;
    }

    it("is made on an empty disk, and is there after every restart", async () => {
      const fresh = await MongoDb.prepare(mongosh);
      await succeeds(fresh);
      await succeeds(fresh);
      assert.deepEqual(await accounts(fresh), [ADMIN.user]);
    });

    it("is made on a disk whose first start was interrupted", async () => {
      const interrupted = await MongoDb.prepare(mongosh);
      fs.writeFileSync(path.join(interrupted.disk, "storage.bson"), "");
      await succeeds(interrupted);
      assert.deepEqual(await accounts(interrupted), [ADMIN.user]);
    });

    it("gets this stack's password and rights on an adopted disk, whose other accounts stay", async () => {
      const adopted = await MongoDb.prepare(mongosh);
      await succeeds(adopted);
      await adopted.run();
      await adopted.ask({
        createUser: "somebody",
        pwd: "theirs",
        roles: [{ role: "readWrite", db: "shop" }],
      });
      await adopted.ask({ updateUser: ADMIN.user, pwd: "of another stack", roles: [] });
      await adopted.stop();
      await succeeds(adopted, { ADOPTED: "true" });
      await adopted.run();
      assert.deepEqual(await adopted.names(), [ADMIN.user, "somebody"]);
      assert.equal(await adopted.works({ user: "somebody", password: "theirs" }, "shop"), true);
      await adopted.stop();
    });

    it("is not made on an adopted disk without data, which surely is the wrong one", async () => {
      const empty = await MongoDb.prepare(mongosh);
      const { code, output } = await empty.administrator({ ADOPTED: "true" });
      assert.notEqual(code, 0);
      assert.match(
        output,
        /the adopted volume has no MongoDB data in its root: check storage\.existingClaim/,
      );
      assert.deepEqual(fs.readdirSync(empty.disk), []);
    });

    it("is made through a server that listens on this machine alone, as it has no authentication", async () => {
      const fresh = await MongoDb.prepare(mongosh);
      await succeeds(fresh);
      const started = fresh.scripts.recorded().split("\nmongod\n")[1] ?? "nothing was recorded";
      assert.match(started, /^--nounixsocket\n[^=]*--bind_ip\n127\.0\.0\.1\n/);
    });

    it("is not made on an adopted disk that can't be read, and the reason is said", async () => {
      const unread = await MongoDb.prepare(mongosh);
      const { code, output } = await unread.administrator({ ADOPTED: "true", DATA_DIR: "/no/such/folder" });
      assert.notEqual(code, 0);
      assert.match(output, /ENOENT.*\/no\/such\/folder/);
      assert.doesNotMatch(output, /has no MongoDB data/);
    });

    it("waits for its server to end when the pod is to stop meanwhile: there may be a next one soon", async () => {
      const ended = path.join(scratch("ended"), "ended");
      const stopped = await withServer(
        `trap 'sleep 1; echo >${ended}; exit 0' TERM`,
        "sleep 1",
        "kill $PPID",
        "while :; do sleep 1; done",
      );
      const { code, output } = await stopped.administrator();
      assert.notEqual(code, 0);
      assert.match(output, /mongod ended before its time/);
      assert.ok(fs.existsSync(ended));
    });

    it("is given up when the server ends by itself", async () => {
      const broken = await MongoDb.prepare(mongosh);
      const { code, output } = await broken.administrator({ DATA_DIR: "/no/such/folder" });
      assert.notEqual(code, 0);
      assert.match(output, /mongod ended before its time: exit code 1/);
    });

    for (const [reason, [ends, message]] of Object.entries<[ends: string, message: RegExp]>({
      "the CPU is none for MongoDB": ["kill -ILL $$", /SIGILL\. MongoDB 5 and newer need a CPU with AVX/],
      "the data is another version's": ["exit 62", /exit code 62\. The data is of a version .* too old or/],
    })) {
      it(`is given up with a reason when ${reason}`, async () => {
        const { code, output } = await (await withServer(ends)).administrator();
        assert.notEqual(code, 0);
        assert.match(output, new RegExp(`mongod ended before its time: ${message.source}`));
      });
    }
  });
});
