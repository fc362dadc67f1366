// How identities of the SQL database come and go: rotation, revocation, and sweeps that are too late.
import * as assert from "node:assert/strict";
import { checksum } from "../../components/network";
import * as net from "node:net";
import { once } from "node:events";
import { type Identity, MariaDb } from "./support/mariadb";
import { Pause, Slow } from "./support/scripts";
import { toolsOrSkip } from "../support/tools";

const PREFIX = "mlops-bbbbbb-";
const SCHEMA = "models";

describe("SQL database, for real: a sweep", function () {
  this.timeout(240_000);
  let database: MariaDb;
  let identities = 0;

  before(async function () {
    const [server] = await toolsOrSkip(this, "mariadbd");
    database = await MariaDb.start(server!);
  });

  after(async () => {
    await (database as MariaDb | undefined)?.stop();
  });

  function newIdentity(prefix = PREFIX): Identity {
    return { user: `${prefix}consumer-${++identities}`, password: `password-number-${identities}` };
  }

  const provision = (prefix = PREFIX): Promise<Identity> => database.provision(newIdentity(prefix), SCHEMA);

  async function works(identity: Identity): Promise<boolean> {
    const { code, output } = await database.query(identity, "SELECT 1", SCHEMA);
    assert.ok(code === 0 || /access denied/i.test(output), output);
    return code === 0;
  }

  it("leaves two generations to work side by side, then removes the older one", async () => {
    const [older, newer] = [await provision(), await provision()];
    await database.sweep(PREFIX, older.user, newer.user);
    assert.deepEqual([await works(older), await works(newer)], [true, true]);
    await database.sweep(PREFIX, newer.user);
    assert.deepEqual([await works(older), await works(newer)], [false, true]);
    assert.ok(!(await database.users()).includes(older.user));
  });

  it("ends the open sessions of what it removes, and of nothing else", async () => {
    const [kept, removed] = [await provision(), await provision()];
    const sessions = [database.session(kept), database.session(removed), database.session(removed)];
    const work = async (): Promise<boolean[]> => Promise.all(sessions.map((session) => session.works()));
    assert.deepEqual(await work(), [true, true, true]);
    await database.sweep(PREFIX, kept.user);
    assert.deepEqual(await work(), [true, false, false]);
    await sessions[0]!.close();
  });

  it("lets nobody in from the moment it begins with an identity, and ends what got in just before", async () => {
    const identity = await provision();
    const pause = new Pause("mysql", "SELECT CONNECTION_ID()");
    const early = database.session(identity);
    assert.equal(await early.works(), true);
    const sweep = database.scripts.run("sweep", {
      env: { IDENTITY_PREFIX: PREFIX, KEEP: "" },
      disturbance: pause,
    });
    await pause.reached();
    assert.equal(await works(identity), false);
    assert.equal(await early.works(), true);
    pause.end();
    assert.equal((await sweep).code, 0);
    assert.equal(await early.works(), false);
  });

  it("waits for logins under way, which the account as it was may still let in", async () => {
    const identity = await provision();
    const login = net.connect(database.port, "127.0.0.1");
    login.on("error", () => undefined);
    await once(login, "data");
    const closed = new Promise((resolve) => login.once("close", resolve));
    const sweep = database.sweep(PREFIX);
    const first = await Promise.race([closed.then(() => "login"), sweep.then(() => "sweep")]);
    await Promise.all([closed, sweep]);
    assert.equal(first, "login");
    assert.ok(!(await database.users()).includes(identity.user));
  });

  it("touches no data", async () => {
    const identity = await provision();
    await database.query(identity, "CREATE TABLE kept (id INT); INSERT INTO kept VALUES (42)", SCHEMA);
    await database.sweep(PREFIX);
    assert.deepEqual(await database.ask(`SELECT * FROM ${SCHEMA}.kept`), ["42"]);
  });

  it("removes an identity from every host", async () => {
    const identity = await provision();
    await database.ask(`CREATE USER '${identity.user}'@'localhost'; CREATE USER '${identity.user}'@'10.%'`);
    await database.sweep(PREFIX);
    assert.ok(!(await database.users()).includes(identity.user));
  });

  it("leaves alone what belongs to another stack, or was made by hand", async () => {
    const [neighbour, kept] = [await provision("mlops-cccccc-"), await provision()];
    const byHand: Identity[] = [
      { user: "mlops-bbbbbb", password: "password-by-hand" },
      { user: `x-${PREFIX}x`, password: "password-by-hand" },
      // The underscore and the percent sign of LIKE, and another case.
      { user: "mlops_bbbbbb-x", password: "password-by-hand" },
      { user: "MLOPS-BBBBBB-X", password: "password-by-hand" },
    ];
    for (const identity of byHand) await database.provision(identity, SCHEMA);
    await database.ask("CREATE ROLE `mlops-bbbbbb-role`; CREATE USER ''@'localhost'");
    const session = database.session(neighbour);
    assert.equal(await session.works(), true);
    const before = await database.state();
    await database.sweep(PREFIX, kept.user);
    assert.deepEqual(await database.state(), before);
    assert.equal(await session.works(), true);
    await database.sweep("mlops-cccccc-");
    assert.equal(await session.works(), false);
    assert.deepEqual(await Promise.all([neighbour, kept, ...byHand].map(works)), [
      false,
      true,
      ...byHand.map(() => true),
    ]);
  });

  it("takes a kept name for that name only, whatever it contains", async () => {
    const [kept, other] = [await provision(), await provision()];
    const hostile = [
      "%",
      "*",
      `${PREFIX}%`,
      other.user.slice(0, -1),
      other.user.toUpperCase(),
      "' OR '1'='1",
      "$(id)",
    ];
    await database.sweep(PREFIX, kept.user, ...hostile);
    assert.deepEqual([await works(kept), await works(other)], [true, false]);
  });

  it("removes nothing without a prefix, or without the list of what is to be kept", async () => {
    const before = await database.state();
    const incomplete: Record<string, string>[] = [
      { IDENTITY_PREFIX: "", KEEP: "" },
      { KEEP: "" },
      { IDENTITY_PREFIX: PREFIX },
    ];
    for (const env of incomplete) {
      assert.notEqual((await database.scripts.run("sweep", { env })).code, 0);
    }
    assert.deepEqual(await database.state(), before);
  });

  it("never removes the administrator that it runs as", async () => {
    const before = await database.state();
    const { code } = await database.scripts.run("sweep", { env: { IDENTITY_PREFIX: "platform-", KEEP: "" } });
    assert.equal(code, 0);
    assert.deepEqual(await database.state(), before);
  });

  it("fails, and removes nothing, if the server does not answer or refuses the administrator", async () => {
    const before = await database.state();
    const env = { IDENTITY_PREFIX: PREFIX, KEEP: "" };
    const unreachable = await database.scripts.run("sweep", { env: { ...env, DB_PORT: "1" } });
    const admin = { "client.cnf": "[client]\nuser=platform-admin\npassword=wrong-one\n" };
    const refused = await database.scripts.run("sweep", { env, admin });
    for (const { code, stderr } of [unreachable, refused]) {
      assert.notEqual(code, 0);
      assert.match(stderr, /could not list the identities/);
    }
    assert.deepEqual(await database.state(), before);
  });

  describe("left over from an interrupted deployment", () => {
    it("does nothing when the list is another than the one it was made for", async () => {
      const before = await database.state();
      const env = { IDENTITY_PREFIX: PREFIX, KEEP: "", KEEP_CHECKSUM: checksum("one\ntwo") };
      const { code, stdout } = await database.scripts.run("sweep", { env });
      assert.equal(code, 0);
      assert.match(stdout, /a later deployment's: nothing removed/);
      assert.deepEqual(await database.state(), before);
    });

    const run = { env: { IDENTITY_PREFIX: PREFIX, KEEP: "" } };

    it("gives up when it was held up so long that its list may be an old one", async () => {
      const pause = new Pause("mysql", "mysql.user");
      const sweep = database.scripts.run("sweep", { ...run, disturbance: pause });
      await pause.reached();
      const live = await provision();
      // Never released: the script itself ends the call.
      const { code, stderr } = await sweep;
      assert.notEqual(code, 0);
      assert.match(stderr, /could not list the identities/);
      assert.equal(await works(live), true);
    });

    it("gives up when it was slow from its start to the end of the listing", async () => {
      const live = await provision();
      const { code, stderr } = await database.scripts.run("sweep", {
        env: { ...run.env, KEEP: "one two three" },
        disturbance: new Slow("od", "", 2),
      });
      assert.notEqual(code, 0);
      assert.match(stderr, /listing took \d+ s/);
      assert.equal(await works(live), true);
    });

    it("never removes what was made after it listed the identities", async () => {
      const old = await provision();
      const pause = new Pause("mysql", "ACCOUNT LOCK");
      const sweep = database.scripts.run("sweep", { ...run, disturbance: pause });
      await pause.reached();
      const live = await provision();
      pause.end();
      assert.equal((await sweep).code, 0);
      assert.deepEqual([await works(old), await works(live)], [false, true]);
    });

    it("continues where an earlier sweep was stopped", async () => {
      const identity = await provision();
      const session = database.session(identity);
      assert.equal(await session.works(), true);
      await database.ask(`ALTER USER '${identity.user}'@'%' ACCOUNT LOCK`);
      await database.sweep(PREFIX);
      assert.equal(await session.works(), false);
      assert.ok(!(await database.users()).includes(identity.user));
    });
  });
});
