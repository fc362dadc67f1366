// How identities of the object store come and go: rotation, revocation, and sweeps that are too late.
import * as assert from "node:assert/strict";
import { checksum } from "../../components/network";
import { type Identity, Minio } from "./support/minio";
import { S3 } from "./support/s3";
import { Pause, Slow } from "./support/scripts";
import { toolsOrSkip } from "../support/tools";

const PREFIX = "mlops-bbbbbb-";
const EVERYTHING = { bucket: "models", access: "readWrite" } as const;

describe("object store, for real: a sweep", function () {
  this.timeout(240_000);
  let store: Minio;
  let identities = 0;

  before(async function () {
    const [minio, mc] = await toolsOrSkip(this, "minio", "mc");
    store = await Minio.start(minio!, mc!);
    await store.scripts.succeed("bucket", { env: { BUCKET: "models", VERSIONING: "suspended", QUOTA: "" } });
    await store.admin.put("models/seed", "content");
  });

  after(async () => {
    await (store as Minio | undefined)?.stop();
  });

  function newIdentity(prefix = PREFIX): Identity {
    return { user: `${prefix}consumer-${++identities}`, password: `password-number-${identities}` };
  }

  async function works(consumer: S3): Promise<boolean> {
    const { status, body } = await consumer.get("models/seed");
    assert.ok(status === 200 || status === 403, body);
    return status === 200;
  }

  it("leaves two generations to work side by side, then removes the older one", async () => {
    const [older, newer] = [newIdentity(), newIdentity()];
    const clients = [await store.provision(older, EVERYTHING), await store.provision(newer, EVERYTHING)];
    await store.sweep(PREFIX, older.user, newer.user);
    assert.deepEqual(await Promise.all(clients.map(works)), [true, true]);
    await store.sweep(PREFIX, newer.user);
    assert.deepEqual(await Promise.all(clients.map(works)), [false, true]);
    assert.ok(!(await store.users()).includes(older.user));
    assert.ok(!(await store.policies()).includes(older.user));
  });

  it("ends what the identity opened before: sessions, access keys and presigned URLs", async () => {
    const identity = newIdentity();
    const consumer = await store.provision(identity, EVERYTHING);
    const session = new S3(store.url, await consumer.session());
    const key = { user: "an-access-key", password: "its-secret-key" };
    await store.ask(
      ...["admin", "user", "svcacct", "add", "s3", identity.user],
      ...["--access-key", key.user, "--secret-key", key.password],
    );
    const url = consumer.presigned("models/seed");
    const access = async (): Promise<boolean[]> => [
      await works(consumer),
      await works(session),
      await works(store.as(key)),
      (await fetch(url)).ok,
    ];
    assert.deepEqual(await access(), [true, true, true, true]);
    await store.sweep(PREFIX);
    assert.deepEqual(await access(), [false, false, false, false]);
  });

  it("removes a policy that was left without its identity", async () => {
    const identity = newIdentity();
    await store.provision(identity, EVERYTHING);
    await store.ask("admin", "user", "remove", "s3", identity.user);
    assert.ok((await store.policies()).includes(identity.user));
    await store.sweep(PREFIX);
    assert.ok(!(await store.policies()).includes(identity.user));
  });

  it("leaves alone what belongs to another stack, or was made by hand", async () => {
    const neighbour = newIdentity("mlops-cccccc-");
    const byHand: Identity = { user: "mlops-bbbbbb", password: "password-by-hand" };
    const inside: Identity = { user: `x-${PREFIX}x`, password: "password-by-hand" };
    const kept = newIdentity();
    for (const identity of [neighbour, byHand, inside, kept]) await store.provision(identity, EVERYTHING);
    const before = await store.state();
    await store.sweep(PREFIX, kept.user);
    assert.deepEqual(await store.state(), before);
    await store.sweep("mlops-cccccc-");
    const consumers = [neighbour, byHand, inside, kept].map((identity) => store.as(identity));
    assert.deepEqual(await Promise.all(consumers.map(works)), [false, true, true, true]);
  });

  it("takes a kept name for that name only, whatever it contains", async () => {
    const [kept, other] = [newIdentity(), newIdentity()];
    for (const identity of [kept, other]) await store.provision(identity, EVERYTHING);
    await store.sweep(
      PREFIX,
      kept.user,
      "*",
      `${PREFIX}*`,
      other.user.slice(0, -1),
      `x${other.user}`,
      "$(id)",
    );
    assert.deepEqual([await works(store.as(kept)), await works(store.as(other))], [true, false]);
  });

  it("removes nothing without a prefix, or without the list of what is to be kept", async () => {
    const before = await store.identities();
    const incomplete: Record<string, string>[] = [
      { IDENTITY_PREFIX: "", KEEP: "" },
      { KEEP: "" },
      { IDENTITY_PREFIX: PREFIX },
    ];
    for (const env of incomplete) {
      assert.notEqual((await store.scripts.run("sweep", { env })).code, 0);
    }
    assert.deepEqual(await store.identities(), before);
  });

  it("fails, and removes nothing, if the server does not answer or refuses the administrator", async () => {
    const before = await store.identities();
    const env = { IDENTITY_PREFIX: PREFIX, KEEP: "" };
    const unreachable = await store.scripts.run("sweep", { env: { ...env, S3_URL: "http://127.0.0.1:1" } });
    assert.notEqual(unreachable.code, 0);
    assert.match(unreachable.stderr, /could not list the identities/);
    const refused = await store.scripts.run("sweep", {
      env,
      admin: { user: "platform-admin", password: "wrong-one" },
    });
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /could not list the identities/);
    assert.deepEqual(await store.identities(), before);
  });

  describe("left over from an interrupted deployment", () => {
    it("does nothing when the list is another than the one it was made for", async () => {
      const before = await store.identities();
      const env = { IDENTITY_PREFIX: PREFIX, KEEP: "", KEEP_CHECKSUM: checksum("one\ntwo") };
      const { code, stdout } = await store.scripts.run("sweep", { env });
      assert.equal(code, 0);
      assert.match(stdout, /a later deployment's: nothing removed/);
      assert.deepEqual(await store.identities(), before);
    });

    it("gives up when it was held up so long that its list may be an old one", async () => {
      const pause = new Pause("mc", "admin policy list");
      const live = newIdentity();
      const sweep = store.scripts.run("sweep", {
        env: { IDENTITY_PREFIX: PREFIX, KEEP: "" },
        disturbance: pause,
      });
      await pause.reached();
      const consumer = await store.provision(live, EVERYTHING);
      // Never released: the script itself ends the call.
      const { code, stderr } = await sweep;
      assert.notEqual(code, 0);
      assert.match(stderr, /could not list the policies/);
      assert.equal(await works(consumer), true);
    });

    it("gives up when its listings together took too long", async () => {
      const consumer = await store.provision(newIdentity(), EVERYTHING);
      const { code, stderr } = await store.scripts.run("sweep", {
        env: { IDENTITY_PREFIX: PREFIX, KEEP: "" },
        disturbance: new Slow("mc", "list", 3),
      });
      assert.notEqual(code, 0);
      assert.match(stderr, /listing took \d+ s/);
      assert.equal(await works(consumer), true);
    });

    it("never removes what was made after it listed the identities", async () => {
      const [old, live] = [newIdentity(), newIdentity()];
      await store.provision(old, EVERYTHING);
      const pause = new Pause("mc", "admin user remove");
      const sweep = store.scripts.run("sweep", {
        env: { IDENTITY_PREFIX: PREFIX, KEEP: "" },
        disturbance: pause,
      });
      await pause.reached();
      const consumer = await store.provision(live, EVERYTHING);
      pause.end();
      assert.equal((await sweep).code, 0);
      assert.equal(await works(consumer), true);
      assert.equal(await works(store.as(old)), false);
    });
  });
});
