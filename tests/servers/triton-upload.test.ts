// What the Job that uploads the sample models of Triton does to a real object store, and what its identity may do there.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Result, scratch, write } from "../support/processes";
import { toolsOrSkip } from "../support/tools";
import { Minio } from "./support/minio";
import type { S3 } from "./support/s3";
import { Scripts } from "./support/scripts";

const uploader = { user: "mlops-aaaaaa-triton-upload-000001", password: "the-uploaders-password" };
const server = { user: "mlops-aaaaaa-triton-000001", password: "the-servers-password" };

const repository = path.resolve(__dirname, "../../examples/triton/models");
const files = ["iris/1/model.py", "iris/1/weights.json", "iris/config.pbtxt"];

describe("the upload of Triton's sample models, for real", function () {
  this.timeout(60_000);
  let store: Minio;
  let scripts: Scripts;
  let writer: S3;
  let reader: S3;

  before(async function () {
    const [minio, mc] = await toolsOrSkip(this, "minio", "mc");
    store = await Minio.start(minio!, mc!);
    scripts = new Scripts("triton-server", {}, { S3_URL: store.url }, { mc: mc! });
    await store.scripts.succeed("bucket", { env: { BUCKET: "models", VERSIONING: "suspended", QUOTA: "" } });
    await store.admin.put("models/triton-of-others/config.pbtxt", "of others");
    writer = await store.provision(uploader, { bucket: "models", prefix: "triton", access: "write" });
    reader = await store.provision(server, { bucket: "models", prefix: "triton", access: "read" });
  });

  after(async () => {
    await (store as Minio | undefined)?.stop();
  });

  interface Upload {
    prefix?: string;
    list?: string;
    credentials?: Readonly<Record<string, string>>;
  }

  /** As the Job runs it: the files under flat names, as in a ConfigMap. */
  function upload({ prefix = "triton/", list, credentials }: Upload = {}): Promise<Result> {
    const folder = scratch("models");
    const named = files.map((file) => [file.replaceAll("/", "--"), file] as const);
    write(
      folder,
      Object.fromEntries(
        named.map(([name, file]) => [name, fs.readFileSync(path.join(repository, file), "utf8")]),
      ),
    );
    const secret = scratch("upload-credentials");
    write(
      secret,
      credentials ?? { AWS_ACCESS_KEY_ID: uploader.user, AWS_SECRET_ACCESS_KEY: uploader.password },
    );
    return scripts.run("upload", {
      env: {
        BUCKET: "models",
        PREFIX: prefix,
        FILES: list ?? named.map((pair) => pair.join(" ")).join("\n"),
        FILES_DIR: folder,
        CREDENTIALS_DIR: secret,
      },
    });
  }

  async function succeed(options: Upload = {}): Promise<Result> {
    const result = await upload(options);
    assert.equal(result.code, 0, result.output);
    return result;
  }

  async function fails(options: Upload, sentence: RegExp): Promise<void> {
    const { code, output } = await upload(options);
    assert.notEqual(code, 0, output);
    assert.match(output, sentence);
  }

  const keys = (listing: string): string[] =>
    [...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!).sort();

  it("puts exactly the repository where the server reads it, as it is", async () => {
    const { output } = await succeed();
    assert.match(output, /uploaded 3 files to models\/triton\//);
    // With the slash, as KServe asks for it: the server's rights begin there.
    const listing = await reader.list("models", "triton/");
    assert.deepEqual(
      keys(listing.body),
      files.map((file) => `triton/${file}`),
    );
    for (const file of files) {
      const { body } = await reader.get(`models/triton/${file}`);
      assert.equal(body, fs.readFileSync(path.join(repository, file), "utf8"), file);
    }
  });

  it("lets the server find its bucket, as KServe asks for it first", async () => {
    assert.equal((await reader.send("HEAD", "models")).status, 200);
  });

  it("replaces what is there already", async () => {
    await store.admin.put("models/triton/iris/config.pbtxt", "an older one");
    await succeed();
    const { body } = await reader.get("models/triton/iris/config.pbtxt");
    assert.match(body, /name: "iris"/);
  });

  it("has an identity that may write its folder, and neither read nor list nor leave it", async () => {
    await succeed();
    assert.equal((await writer.get("models/triton/iris/config.pbtxt")).status, 403);
    assert.equal((await writer.list("models", "triton/")).status, 403);
    assert.equal((await writer.put("models/triton-of-others/config.pbtxt")).status, 403);
    await fails(
      { prefix: "triton-of-others/" },
      /cannot upload iris\/1\/model.py to models\/triton-of-others\//,
    );
    await fails({ prefix: "" }, /cannot upload/);
    const { body } = await store.admin.get("models/triton-of-others/config.pbtxt");
    assert.equal(body, "of others");
  });

  it("leaves the server with nothing to write", async () => {
    assert.equal((await reader.put("models/triton/iris/config.pbtxt", "spoilt")).status, 403);
  });

  it("keeps the credential out of arguments, environments and what it prints", async () => {
    const { output } = await succeed();
    assert.ok(!output.includes(uploader.password));
    assert.ok(!scripts.recorded().includes(uploader.password));
  });

  it("fails with a wrong credential, which it does not print", async () => {
    const credentials = { AWS_ACCESS_KEY_ID: uploader.user, AWS_SECRET_ACCESS_KEY: "a-wrong-password" };
    const { code, output } = await upload({ credentials });
    assert.notEqual(code, 0);
    assert.match(output, /cannot upload/);
    assert.ok(!output.includes("a-wrong-password"));
  });

  it("says which file it cannot read", async () => {
    await fails({ list: "no-such-file iris/config.pbtxt" }, /cannot read .*no-such-file/);
  });

  it("asks for a credential that is there, in one line", async () => {
    await fails({ credentials: { AWS_ACCESS_KEY_ID: uploader.user } }, /cannot read .*AWS_SECRET_ACCESS_KEY/);
  });
});
