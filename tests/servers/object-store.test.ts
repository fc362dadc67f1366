// What consumers of the object store can and cannot do, by the real scripts on a real server.
import * as assert from "node:assert/strict";
import { Minio } from "./support/minio";
import { S3 } from "./support/s3";
import { toolsOrSkip } from "../support/tools";

describe("object store, for real", function () {
  this.timeout(60_000);
  let store: Minio;

  before(async function () {
    const [minio, mc] = await toolsOrSkip(this, "minio", "mc");
    store = await Minio.start(minio!, mc!);
    for (const BUCKET of ["models", "pipelines"]) {
      await store.scripts.succeed("bucket", { env: { BUCKET, VERSIONING: "suspended", QUOTA: "" } });
    }
    await store.admin.put("models/iris/seed", "of iris");
    await store.admin.put("models/iris-of-others/seed", "of others");
    await store.admin.put("pipelines/seed", "of pipelines");
  });

  after(async () => {
    await (store as Minio | undefined)?.stop();
  });

  describe("a consumer with access to one bucket", () => {
    it("reads and lists, but does not write, with read", async () => {
      const consumer = await store.provision(
        { user: "mlops-aaaaaa-reader-000001", password: "reader-password" },
        { bucket: "models", access: "read" },
      );
      assert.equal((await consumer.get("models/iris/seed")).body, "of iris");
      assert.match((await consumer.list("models")).body, /<Key>iris\/seed<\/Key>/);
      assert.equal((await consumer.send("HEAD", "models")).status, 200);
      assert.equal((await consumer.send("GET", "models", { query: { location: "" } })).status, 200);
      await denied(consumer.put("models/new"));
      await denied(consumer.upload("models/new", "large"));
      await denied(consumer.delete("models/iris/seed"));
    });

    it("puts and deletes, but neither reads nor lists, with write", async () => {
      const consumer = await store.provision(
        { user: "mlops-aaaaaa-writer-000001", password: "writer-password" },
        { bucket: "models", access: "write" },
      );
      assert.equal((await consumer.put("models/written")).status, 200);
      assert.equal((await consumer.upload("models/uploaded", "large")).status, 200);
      assert.equal((await consumer.send("HEAD", "models")).status, 200);
      await denied(consumer.get("models/written"));
      await denied(consumer.list("models"));
      assert.equal((await consumer.delete("models/written")).status, 204);
      assert.equal((await consumer.delete("models/uploaded")).status, 204);
      assert.equal((await store.admin.get("models/written")).status, 404);
    });

    it("does all of it with readWrite", async () => {
      const consumer = await store.provision(
        { user: "mlops-aaaaaa-both-000001", password: "both-password" },
        { bucket: "models", access: "readWrite" },
      );
      assert.equal((await consumer.upload("models/uploaded", "large")).status, 200);
      assert.equal((await consumer.get("models/uploaded")).body, "large");
      assert.match((await consumer.list("models")).body, /<Key>uploaded<\/Key>/);
      assert.equal((await consumer.delete("models/uploaded")).status, 204);
    });

    it("is not shown other buckets and cannot use them", async () => {
      const consumer = await store.provision(
        { user: "mlops-aaaaaa-curious-000001", password: "curious-password" },
        { bucket: "models", access: "readWrite" },
      );
      assert.deepEqual(await consumer.buckets(), ["models"]);
      await denied(consumer.list("pipelines"));
      await denied(consumer.get("pipelines/seed"));
      await denied(consumer.put("pipelines/new"));
      assert.equal((await consumer.send("HEAD", "pipelines")).status, 403);
      await denied(consumer.send("PUT", "a-bucket-of-its-own"));
      await denied(consumer.send("DELETE", "models"));
    });
  });

  describe("a consumer with access to one prefix", () => {
    let consumer: S3;

    before(async () => {
      consumer = await store.provision(
        { user: "mlops-aaaaaa-prefix-000001", password: "prefix-password" },
        { bucket: "models", prefix: "iris", access: "readWrite" },
      );
    });

    it("works below it", async () => {
      assert.equal((await consumer.put("models/iris/new")).status, 200);
      assert.equal((await consumer.get("models/iris/seed")).body, "of iris");
      assert.match((await consumer.list("models", "iris/")).body, /<Key>iris\/seed<\/Key>/);
      assert.equal((await consumer.delete("models/iris/new")).status, 204);
    });

    it("cannot list, read or write beside it, not even where names start alike", async () => {
      await denied(consumer.list("models"));
      await denied(consumer.list("models", "iris"));
      await denied(consumer.list("models", "iris-of-others/"));
      await denied(consumer.get("models/iris-of-others/seed"));
      await denied(consumer.put("models/iris-of-others/new"));
      await denied(consumer.put("models/new"));
      await denied(consumer.delete("models/iris-of-others/seed"));
    });
  });

  it("keeps earlier versions from consumers: what they delete or overwrite can be restored", async () => {
    await store.scripts.succeed("bucket", { env: { BUCKET: "kept", VERSIONING: "enabled", QUOTA: "" } });
    const consumer = await store.provision(
      { user: "mlops-aaaaaa-kept-000001", password: "kept-password" },
      { bucket: "kept", access: "readWrite" },
    );
    const versionId = (await consumer.put("kept/model", "good")).headers.get("x-amz-version-id")!;
    assert.equal((await consumer.put("kept/model", "overwritten")).status, 200);
    assert.equal((await consumer.delete("kept/model")).status, 204);
    await denied(consumer.delete("kept/model", { versionId }));
    assert.equal((await store.admin.get("kept/model", { versionId })).body, "good");
  });

  describe("a consumer that tries to get more", () => {
    const identity = { user: "mlops-aaaaaa-greedy-000001", password: "greedy-password" };

    before(() => store.provision(identity, { bucket: "models", access: "readWrite" }));

    const attempts: Record<string, { args: string[]; input?: string }> = {
      "create a user": { args: ["admin", "user", "add", "s3"], input: "accomplice\naccomplices-password\n" },
      "change its own password": {
        args: ["admin", "user", "add", "s3"],
        input: `${identity.user}\nmy-own-password\n`,
      },
      "mint an access key": { args: ["admin", "user", "svcacct", "add", "s3", identity.user] },
      "mint an access key for the administrator": {
        args: ["admin", "user", "svcacct", "add", "s3", "platform-admin"],
      },
      "list users": { args: ["admin", "user", "list", "s3"] },
      "read policies": { args: ["admin", "policy", "list", "s3"] },
      "attach a policy to itself": {
        args: ["admin", "policy", "attach", "s3", "consoleAdmin", "--user", identity.user],
      },
      "configure the server": { args: ["admin", "config", "get", "s3", "api"] },
    };
    for (const [attempt, { args, input }] of Object.entries(attempts)) {
      it(`cannot ${attempt}`, async () => {
        const before = await store.identities();
        const { code, output } = await store.mc(args, {
          as: identity,
          ...(input === undefined ? {} : { input }),
        });
        assert.notEqual(code, 0);
        assert.match(output, /access denied|not allowed/i);
        assert.deepEqual(await store.identities(), before);
      });
    }

    it("cannot do more with temporary credentials of its own", async () => {
      const session = await store.as(identity).session();
      const consumer = new S3(store.url, session);
      assert.equal((await consumer.get("models/iris/seed")).status, 200);
      await denied(consumer.get("pipelines/seed"));
    });

    it("cannot open its bucket to the world", async () => {
      await denied(
        store.as(identity).send("PUT", "models", {
          query: { policy: "" },
          body: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: "*",
                Action: ["s3:GetObject"],
                Resource: ["arn:aws:s3:::models/*"],
              },
            ],
          }),
        }),
      );
    });
  });
});

async function denied(answer: ReturnType<S3["send"]>): Promise<void> {
  const { status, body } = await answer;
  assert.equal(status, 403, body);
  assert.match(body, /AccessDenied/);
}
