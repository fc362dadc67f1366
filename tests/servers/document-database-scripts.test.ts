// How the document database's scripts behave as programs: twice the same is once, secrets stay secret, and no name or
// password is ever taken for anything else.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { toolsOrSkip } from "../support/tools";
import type { Identity } from "./support/mariadb";
import { ADMIN, canUse, longOperation, MongoDb } from "./support/mongodb";

const HOSTILE = [
  `quotes'and"more\``,
  "$(id)`id`$HOME${HOME}",
  '"});quit(0);({"',
  "@host:1/admin?authSource=x",
  "%40%s_percent",
  "comma,and=equals",
  "日本-é",
  "$where",
];

describe("document database, for real: the scripts", function () {
  this.timeout(240_000);
  let database: MongoDb;
  const secrets = new Set([ADMIN.password]);
  const secret = (value: string): string => {
    secrets.add(value);
    return value;
  };
  const identity: Identity = {
    user: "mlops-dddddd-consumer-000001",
    password: secret("the-consumers-password"),
  };
  const env = { DATABASE: "shop" };

  before(async function () {
    const [mongosh] = await toolsOrSkip(this, "mongosh");
    database = await MongoDb.start(mongosh!);
  });

  after(async () => {
    await (database as MongoDb | undefined)?.stop();
  });

  it("change nothing when they run a second time, and interrupt nobody", async () => {
    await database.provision(identity, "shop");
    const client = database.client(identity);
    assert.equal(await canUse(client, "shop"), true);
    const once = await database.users();
    await database.provision(identity, "shop");
    await database.sweep("mlops-dddddd-", identity.user);
    assert.deepEqual(await database.users(), once);
    assert.equal(await canUse(client, "shop"), true);
  });

  it("apply a changed password, and the old one stops working", async () => {
    const changed = { ...identity, password: secret("another-password") };
    await database.provision(changed, "shop");
    assert.deepEqual(
      [await database.works(changed, "shop"), await database.works(identity, "shop")],
      [true, false],
    );
  });

  it("open an identity again that an interrupted sweep had closed", async () => {
    await database.provision(identity, "shop");
    await database.ask({ updateUser: identity.user, pwd: "nobody knows", roles: [] });
    assert.equal(await database.works(identity, "shop"), false);
    await database.provision(identity, "shop");
    assert.equal(await database.works(identity, "shop"), true);
  });

  it("have done what they did, even if the server crashes at the very next moment", async () => {
    const made = await database.provision({ ...identity, user: "mlops-eeeeee-consumer-000001" }, "shop");
    await database.crash();
    assert.equal(await database.works(made, "shop"), true);
    await database.sweep("mlops-eeeeee-");
    await database.crash();
    assert.equal(await database.works(made, "shop"), false);
    assert.ok(!(await database.names()).includes(made.user));
  });

  for (const [right, change] of Object.entries({
    "all rights": { roles: [{ role: "root", db: "admin" }] },
    "another database": {
      roles: [
        { role: "readWrite", db: "shop" },
        { role: "read", db: "precious" },
      ],
    },
    "more on its database": { roles: [{ role: "dbOwner", db: "shop" }] },
    "a restriction of where it connects from": {
      authenticationRestrictions: [{ clientSource: ["192.0.2.1"] }],
    },
  })) {
    it(`take away ${right}, and end what was begun with it`, async () => {
      await database.provision(identity, "shop");
      const wanted = await database.users();
      await database.ask({ updateUser: identity.user, ...change });
      const client = database.client(identity);
      const wasKilled = await longOperation(client, "shop");
      await database.provision(identity, "shop");
      assert.deepEqual(await database.users(), wanted);
      assert.equal(await wasKilled(), true);
      assert.deepEqual([await canUse(client, "precious"), await canUse(client, "shop")], [false, true]);
    });
  }

  for (const text of HOSTILE) {
    it(`take ${text} for a name and a password like others`, async () => {
      const hostile: Identity = { user: `m-${text}`, password: secret(`${text} ${text}`) };
      const { output } = await database.scripts.succeed("provision", { env, identity: hostile });
      assert.ok(!output.includes(hostile.password), output);
      assert.equal(await database.works(hostile, "shop"), true);
      assert.equal(await database.works(hostile, "precious"), false);
      assert.ok((await database.names()).includes(hostile.user));
      await database.sweep("m-", "nobody");
      assert.equal(await database.works(hostile, "shop"), false);
    });
  }

  for (const [problem, [run, message]] of Object.entries<
    [run: { env: { DATABASE: string }; identity: Identity }, message: RegExp]
  >({
    "a name with whitespace": [
      { env, identity: { ...identity, user: "mlops-a b" } },
      /must not contain whitespace/,
    ],
    "an empty name": [{ env, identity: { ...identity, user: "" } }, /user is missing or empty/],
    "an empty password": [{ env, identity: { ...identity, password: "" } }, /password is missing or empty/],
    "no database": [{ env: { DATABASE: "" }, identity }, /DATABASE must not be empty/],
    "the server's own database": [{ env: { DATABASE: "Admin" }, identity }, /"Admin", the server's own/],
    "the administrator's name": [
      { env, identity: { ...identity, user: ADMIN.user } },
      /the administrator's own/,
    ],
  })) {
    it(`refuse ${problem}, and change nothing`, async () => {
      const before = await database.users();
      const { code, output, stderr } = await database.scripts.run("provision", run);
      assert.notEqual(code, 0);
      assert.match(stderr, message);
      assert.ok(run.identity.password === "" || !output.includes(run.identity.password), output);
      assert.deepEqual(await database.users(), before);
    });
  }

  it("say so when the server is not there, or refuses the administrator", async () => {
    const absent = await database.scripts.run("provision", {
      env: { ...env, DB_PORT: "1", WAIT_SECONDS: "1" },
      identity,
    });
    assert.notEqual(absent.code, 0);
    assert.match(absent.stderr, /the database at 127\.0\.0\.1:1 was not ready within 1 s/);
    const admin = { username: ADMIN.user, password: "wrong-one" };
    const refused = await database.scripts.run("provision", { env, identity, admin });
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /refused the administrator's credentials/);
    assert.ok(!refused.output.includes("wrong-one"), refused.output);
  });

  it("never pass a secret as an argument or in the environment, in all of the above", () => {
    const recorded = database.scripts.recorded();
    assert.ok(recorded.includes("\nmongosh\n--nodb\n--norc\n"), "nothing of the scripts was recorded");
    for (const each of secrets) assert.ok(!recorded.includes(each), `${each} was an argument or a variable`);
  });

  it("leave nothing of what they did in the home of mongosh, in all of the above", () => {
    const home = path.join(database.home, "mongosh");
    const files = fs
      .readdirSync(home, { recursive: true, encoding: "utf8" })
      .filter((file) => fs.statSync(path.join(home, file)).isFile());
    assert.ok(files.includes(".mongodb/mongosh/config"), files.join());
    assert.deepEqual(
      files.filter((file) => /_log|history/.test(file)),
      [],
    );
    for (const file of files) {
      const content = fs.readFileSync(path.join(home, file), "utf8");
      for (const each of secrets) assert.ok(!content.includes(each), `${each} is in ${file}`);
    }
  });
});
