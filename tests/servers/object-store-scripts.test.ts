// How the object store's scripts behave as programs: twice the same is once, secrets stay secret, and no
// name or password is ever taken for anything else.
import * as assert from "node:assert/strict";
import { Minio } from "./support/minio";
import { toolsOrSkip } from "../support/tools";
import { bucketPolicy } from "../../components/object-store/policy";

const POLICY = { "policy.json": JSON.stringify(bucketPolicy({ bucket: "models", access: "read" })) };

describe("object store, for real: the scripts", function () {
  this.timeout(60_000);
  let store: Minio;

  before(async function () {
    const [minio, mc] = await toolsOrSkip(this, "minio", "mc");
    store = await Minio.start(minio!, mc!);
    await store.scripts.succeed("bucket", { env: { BUCKET: "models", VERSIONING: "suspended", QUOTA: "" } });
    await store.admin.put("models/seed", "content");
  });

  after(async () => {
    await (store as Minio | undefined)?.stop();
  });

  const secrets = new Set(["an-administrators-password"]);
  function secret(value: string): string {
    secrets.add(value);
    return value;
  }

  describe("of buckets", () => {
    const options = { BUCKET: "options", VERSIONING: "enabled", QUOTA: "1MiB" };

    it("turn versioning on and off", async () => {
      const versioning = async (): Promise<unknown> =>
        (await store.ask("version", "info", "s3/options"))[0]?.versioning;
      await store.scripts.succeed("bucket", { env: options });
      assert.deepEqual(await versioning(), { status: "Enabled", MFADelete: "" });
      await store.scripts.succeed("bucket", { env: { ...options, VERSIONING: "suspended" } });
      assert.deepEqual(await versioning(), { status: "Suspended", MFADelete: "" });
    });

    it("leave versioning alone where it never was", async () => {
      assert.deepEqual((await store.ask("version", "info", "s3/models"))[0]?.versioning, {
        status: "",
        MFADelete: "",
      });
    });

    it("set a quota that the server enforces, and clear it", async () => {
      await store.scripts.succeed("bucket", { env: options });
      const large = "x".repeat(2 * 1024 * 1024);
      const refused = await store.admin.put("options/large", large);
      assert.equal(refused.status, 400);
      assert.match(refused.body, /XMinioAdminBucketQuotaExceeded/);
      await store.scripts.succeed("bucket", { env: { ...options, QUOTA: "" } });
      assert.equal((await store.admin.put("options/large", large)).status, 200);
    });

    it("keep what is in the bucket", async () => {
      assert.equal((await store.admin.put("options/kept", "content")).status, 200);
      for (const VERSIONING of ["enabled", "suspended"]) {
        await store.scripts.succeed("bucket", { env: { ...options, VERSIONING, QUOTA: "1GiB" } });
      }
      assert.equal((await store.admin.get("options/kept")).body, "content");
    });

    it("change nothing when they run a second time", async () => {
      for (const env of [options, { ...options, VERSIONING: "suspended", QUOTA: "" }]) {
        await store.scripts.succeed("bucket", { env });
        const once = await store.state();
        await store.scripts.succeed("bucket", { env });
        assert.deepEqual(await store.state(), once);
      }
    });

    for (const [variable, value] of Object.entries({
      BUCKET: "models/../other",
      VERSIONING: "sometimes",
      QUOTA: "a lot",
    })) {
      it(`refuse ${variable} "${value}"`, async () => {
        const { code, stderr } = await store.scripts.run("bucket", {
          env: { ...options, [variable]: value },
        });
        assert.notEqual(code, 0);
        assert.ok(stderr.includes(value), stderr);
      });
    }
  });

  describe("of identities", () => {
    const identity = { user: "mlops-dddddd-consumer-000001", password: secret("the-consumers-password") };

    it("change nothing when they run a second time", async () => {
      await store.scripts.succeed("provision", { env: {}, identity, config: POLICY });
      const once = await store.state();
      await store.scripts.succeed("provision", { env: {}, identity, config: POLICY });
      await store.sweep("mlops-dddddd-", identity.user);
      assert.deepEqual(await store.state(), once);
    });

    it("apply a changed password, and the old one stops working", async () => {
      const changed = { ...identity, password: secret("another-password") };
      await store.scripts.succeed("provision", { env: {}, identity: changed, config: POLICY });
      assert.equal((await store.as(changed).get("models/seed")).status, 200);
      assert.equal((await store.as(identity).get("models/seed")).status, 403);
    });

    it("apply a changed policy", async () => {
      const write = { "policy.json": JSON.stringify(bucketPolicy({ bucket: "models", access: "write" })) };
      await store.scripts.succeed("provision", { env: {}, identity, config: write });
      assert.equal((await store.as(identity).get("models/seed")).status, 403);
      assert.equal((await store.as(identity).put("models/written")).status, 200);
    });

    it("detach every policy but the identity's own, and enable it", async () => {
      await store.ask(
        "admin",
        "policy",
        "attach",
        "s3",
        "consoleAdmin",
        "readwrite",
        "--user",
        identity.user,
      );
      await store.ask("admin", "user", "disable", "s3", identity.user);
      await store.scripts.succeed("provision", { env: {}, identity, config: POLICY });
      const [user] = await store.ask("admin", "user", "info", "s3", identity.user);
      assert.equal(user?.policyName, identity.user);
      assert.equal(user.userStatus, "enabled");
    });

    for (const password of [
      `quotes'and"more`,
      "back\\slashes\\n",
      "semi;colons&|",
      "$(id)`id`$HOME",
      "--leading-dashes",
      "  spaces inside  ",
      "%s%d-percent",
      "pässwörd-日本",
      "*?[a-z]-globs",
    ]) {
      it(`set the password ${password}`, async () => {
        const hostile = { ...identity, password: secret(password) };
        const { output } = await store.scripts.succeed("provision", {
          env: {},
          identity: hostile,
          config: POLICY,
        });
        assert.ok(!output.includes(password), output);
        assert.equal((await store.as(hostile).get("models/seed")).body, "content");
      });
    }

    for (const user of [
      `mlops-'or"1`,
      "mlops-back\\slash",
      "mlops-;id",
      "mlops-$(id)",
      "mlops-`id`",
      "mlops-a,consoleAdmin",
      "mlops-a b",
      "mlops-ünicode",
      "mlops-../../models",
      "mlops-*",
      "--help",
      "",
      "mlops-two\nlines",
    ]) {
      it(`refuse the name ${JSON.stringify(user)}`, async () => {
        const before = await store.identities();
        const hostile = { user, password: secret("a-fine-password") };
        const { code, output } = await store.scripts.run("provision", {
          env: {},
          identity: hostile,
          config: POLICY,
        });
        assert.notEqual(code, 0);
        assert.ok(!output.includes("a-fine-password"), output);
        assert.deepEqual(await store.identities(), before);
      });
    }

    for (const [problem, password] of Object.entries({
      "of two lines": "first-line\nsecond-line",
      "that is too short": "short",
    })) {
      it(`refuse a password ${problem}, and do not show it`, async () => {
        const { code, output } = await store.scripts.run("provision", {
          env: {},
          identity: { user: "mlops-dddddd-refused", password: secret(password) },
          config: POLICY,
        });
        assert.notEqual(code, 0);
        for (const line of password.split("\n"))
          assert.ok(!output.includes(`"${line}"`) && !output.includes(` ${line}`));
        assert.ok(!(await store.users()).includes("mlops-dddddd-refused"));
      });
    }

    it("cannot turn the administrator into a consumer", async () => {
      const { code } = await store.scripts.run("provision", {
        env: {},
        identity: { user: "platform-admin", password: secret("a-new-admin-password") },
        config: POLICY,
      });
      assert.notEqual(code, 0);
      assert.deepEqual((await store.admin.buckets()).includes("models"), true);
    });

    it("say so when the server is not there", async () => {
      const { code, stderr } = await store.scripts.run("provision", {
        env: { S3_URL: "http://127.0.0.1:1", WAIT_SECONDS: "1" },
        identity,
        config: POLICY,
      });
      assert.notEqual(code, 0);
      assert.match(stderr, /the object store at http:\/\/127\.0\.0\.1:1 was not ready within 1 s/);
    });
  });

  // Last, and in a group of its own: mocha runs the tests of a group before the groups in it.
  describe("of any kind", () => {
    it("never pass a secret as an argument or in the environment, in all of the above", () => {
      const recorded = store.scripts.recorded();
      assert.ok(recorded.includes("\nadmin\nuser\nadd\n"), "nothing of the scripts was recorded");
      for (const each of secrets)
        assert.ok(!recorded.includes(each), `${each} was an argument or a variable`);
    });
  });
});
