// How identities of the document database come and go: rotation, revocation, and sweeps that are too late.
import * as assert from "node:assert/strict";
import { checksum } from "../../components/network";
import { toolsOrSkip } from "../support/tools";
import type { Identity } from "./support/mariadb";
import { ADMIN, canUse, longOperation, MongoDb } from "./support/mongodb";
import { Pause, Slow } from "./support/scripts";

const PREFIX = "mlops-bbbbbb-";
const DATABASE = "shop";

describe("document database, for real: a sweep", function () {
  this.timeout(240_000);
  let database: MongoDb;
  let identities = 0;

  before(async function () {
    const [mongosh] = await toolsOrSkip(this, "mongosh");
    database = await MongoDb.start(mongosh!);
  });

  after(async () => {
    await (database as MongoDb | undefined)?.stop();
  });

  function provision(prefix = PREFIX): Promise<Identity> {
    const identity = { user: `${prefix}consumer-${++identities}`, password: `password-number-${identities}` };
    return database.provision(identity, DATABASE);
  }

  const works = (identity: Identity): Promise<boolean> => database.works(identity, DATABASE);

  it("leaves two generations to work side by side, then removes the older one", async () => {
    const [older, newer] = [await provision(), await provision()];
    await database.sweep(PREFIX, older.user, newer.user);
    assert.deepEqual([await works(older), await works(newer)], [true, true]);
    const { stdout } = await database.sweep(PREFIX, newer.user);
    assert.deepEqual([await works(older), await works(newer)], [false, true]);
    assert.equal(stdout, `removed identity ${older.user}\n`);
    assert.ok(!(await database.names()).includes(older.user));
  });

  it("shuts out open connections of what it removes, and of nothing else", async () => {
    const [kept, removed] = [await provision(), await provision()];
    const clients = [kept, removed].map((identity) => database.client(identity));
    const use = (): Promise<boolean[]> => Promise.all(clients.map((client) => canUse(client, DATABASE)));
    assert.deepEqual(await use(), [true, true]);
    await database.sweep(PREFIX, kept.user);
    assert.deepEqual(await use(), [true, false]);
  });

  it("ends what removed identities are doing at that moment, and nothing of others", async () => {
    const [kept, removed] = [await provision(), await provision()];
    const [busy, cut] = [database.client(kept), database.client(removed)];
    const ends = [await longOperation(busy, DATABASE), await longOperation(cut, DATABASE)] as const;
    await database.sweep(PREFIX, kept.user);
    assert.equal(await ends[1](), true);
    const { cursor } = await database.ask({
      aggregate: 1,
      pipeline: [
        { $currentOp: { allUsers: true } },
        {
          $match: {
            effectiveUsers: { $elemMatch: { user: { $in: [kept.user, removed.user] }, db: "admin" } },
          },
        },
      ],
      cursor: {},
    });
    const operations = (cursor as { firstBatch: { effectiveUsers: { user: string }[] }[] }).firstBatch;
    assert.deepEqual(
      operations.map(({ effectiveUsers }) => effectiveUsers[0]?.user),
      [kept.user],
    );
  });

  it("leaves alone what others made: other stacks, other programs, and the administrator", async () => {
    const others = [
      await provision("mlops-cccccc-"),
      await provision("mlops-bbbbb"),
      await provision("team-"),
    ];
    const own = await provision();
    await database.sweep(PREFIX);
    assert.deepEqual(await Promise.all(others.map(works)), [true, true, true]);
    assert.equal(await works(own), false);
    await database.sweep(ADMIN.user);
    assert.ok((await database.names()).includes(ADMIN.user));
  });

  it("removes what an interrupted one had only shut out", async () => {
    const identity = await provision();
    await database.ask({ updateUser: identity.user, pwd: "nobody knows", roles: [] });
    await database.sweep(PREFIX);
    assert.ok(!(await database.names()).includes(identity.user));
  });

  it("does nothing when the list is another than the one it was made for", async () => {
    const identity = await provision();
    const { code, stdout } = await database.scripts.run("sweep", {
      env: { IDENTITY_PREFIX: PREFIX, KEEP: "", KEEP_CHECKSUM: checksum("an older list") },
    });
    assert.deepEqual(
      [code, stdout],
      [0, "the list of identities to keep is a later deployment's: nothing removed\n"],
    );
    assert.equal(await works(identity), true);
  });

  it("removes nothing when listing took so long that the list may be old", async () => {
    const identity = await provision();
    const { code, stderr } = await database.scripts.run("sweep", {
      env: { IDENTITY_PREFIX: PREFIX, KEEP: "" },
      disturbance: new Slow("mongosh", "sweep", 6),
    });
    assert.notEqual(code, 0);
    assert.match(stderr, /listing took \d+ s, and the identities to keep may be others by now/);
    assert.equal(await works(identity), true);
  });

  it("held up at its start by a later deployment, leaves what that deployment made", async () => {
    const pause = new Pause("mongosh", "sweep");
    const late = database.scripts.run("sweep", {
      env: { IDENTITY_PREFIX: PREFIX, KEEP: "", STARTED: "overwritten" },
      disturbance: pause,
    });
    await pause.reached();
    const [made] = await Promise.all([provision(), new Promise((resolve) => setTimeout(resolve, 6000))]);
    pause.end();
    assert.notEqual((await late).code, 0);
    assert.equal(await works(made), true);
  });

  it("never waits for a server that is not there", async () => {
    const { code, stderr } = await database.scripts.run("sweep", {
      env: { IDENTITY_PREFIX: PREFIX, KEEP: "", DB_PORT: "1" },
    });
    assert.notEqual(code, 0);
    assert.match(stderr, /ECONNREFUSED/);
  });

  for (const [missing, env] of Object.entries<Record<string, string>>({
    "a prefix, since none would mean everybody": { IDENTITY_PREFIX: "", KEEP: "" },
    "a list of what to keep, even an empty one": { IDENTITY_PREFIX: PREFIX, KEEP_CHECKSUM: checksum("") },
    "the checksum of its list": { IDENTITY_PREFIX: PREFIX, KEEP: "", KEEP_CHECKSUM: "" },
  })) {
    it(`refuses to run without ${missing}`, async () => {
      const identity = await provision();
      const { code, stderr } = await database.scripts.run("sweep", { env });
      assert.notEqual(code, 0);
      assert.match(stderr, /must (not be empty|be set)/);
      assert.equal(await works(identity), true);
    });
  }
});
