// What the init container of an inference service brings from a real object store, and when it refuses.
import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Result, scratch, write } from "../support/processes";
import { toolsOrSkip } from "../support/tools";
import { Minio } from "./support/minio";
import type { S3 } from "./support/s3";
import { Pause, type ScriptRun, Scripts } from "./support/scripts";

const identity = { user: "mlops-aaaaaa-iris-000001", password: "irises-password" };

/** More than one part of an upload, so that its ETag is no checksum. */
const LARGE = "weights ".repeat(1_000_000);

describe("the download of a model, for real", function () {
  this.timeout(60_000);
  let store: Minio;
  let scripts: Scripts;
  let consumer: S3;

  before(async function () {
    const [minio, mc] = await toolsOrSkip(this, "minio", "mc");
    store = await Minio.start(minio!, mc!);
    scripts = new Scripts("inference-service", {}, { S3_URL: store.url }, { mc: mc! });
    await store.scripts.succeed("bucket", { env: { BUCKET: "models", VERSIONING: "suspended", QUOTA: "" } });
    await store.admin.put("models/iris-of-others/MLmodel", "of others");
    consumer = await store.provision(identity, { bucket: "models", prefix: "iris", access: "readWrite" });
  });

  after(async () => {
    await (store as Minio | undefined)?.stop();
  });

  interface Download {
    prefix?: string;
    target?: string;
    maxBytes?: number;
    credentials?: Readonly<Record<string, string>>;
    disturbance?: ScriptRun["disturbance"];
  }

  function download({ prefix = "iris/", ...rest }: Download = {}): Promise<Result> {
    const { target = scratch("model"), maxBytes = 2 ** 30, disturbance } = rest;
    const credentials = scratch("model-credentials");
    write(
      credentials,
      rest.credentials ?? { AWS_ACCESS_KEY_ID: identity.user, AWS_SECRET_ACCESS_KEY: identity.password },
    );
    return scripts.run("download", {
      env: {
        BUCKET: "models",
        PREFIX: prefix,
        TARGET: target,
        MAX_BYTES: String(maxBytes),
        CREDENTIALS_DIR: credentials,
      },
      ...(disturbance ? { disturbance } : {}),
    });
  }

  async function succeed(options: Download): Promise<Result> {
    const result = await download(options);
    assert.equal(result.code, 0, result.output);
    return result;
  }

  async function fails(options: Download, sentence: RegExp): Promise<void> {
    const { code, output } = await download(options);
    assert.notEqual(code, 0, output);
    assert.match(output, sentence);
  }

  /** The files of a folder, by path. */
  function filesIn(folder: string): Record<string, string> {
    const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
    return Object.fromEntries(
      files
        .map(({ parentPath, name }) => path.join(parentPath, name))
        .map((file) => [path.relative(folder, file), fs.readFileSync(file, "utf8")] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  }

  describe("of a model with large files, folders and unusual names", () => {
    const model = {
      MLmodel: "flavors: {}",
      'data/a file, with "size":1 in its name.txt': "odd",
      "data/weights.bin": LARGE,
      "größe.json": "{}",
    };

    before(async () => {
      for (const [key, body] of Object.entries(model)) {
        const object = `models/iris/${key.split("/").map(encodeURIComponent).join("/")}`;
        const { status, body: answer } = await (body === LARGE
          ? consumer.upload(object, body)
          : consumer.put(object, body));
        assert.equal(status, 200, answer);
      }
    });

    it("brings exactly its files", async () => {
      const target = scratch("model");
      const { output } = await succeed({ target });
      assert.deepEqual(filesIn(target), model);
      const bytes = Object.values(model).reduce((sum, body) => sum + Buffer.byteLength(body), 0);
      assert.match(output, new RegExp(`downloaded ${bytes} bytes from models/iris/`));
    });

    it("mends what an attempt before left behind: parts, other files, wrong content", async () => {
      const target = scratch("model");
      await succeed({ target });
      fs.writeFileSync(path.join(target, "data/weights.bin"), "half");
      fs.writeFileSync(path.join(target, "left-over"), "of another model");
      fs.rmSync(path.join(target, "MLmodel"));
      await succeed({ target });
      assert.deepEqual(filesIn(target), model);
    });

    it("refuses a model that is larger than its volume, before it loads anything", async () => {
      const target = scratch("model");
      await fails({ target, maxBytes: LARGE.length }, /has \d+ bytes, and its volume holds 8000000/);
      assert.deepEqual(filesIn(target), {});
    });

    it("refuses what became another model meanwhile, and brings that one the next time", async () => {
      const target = scratch("model");
      const pause = new Pause("mc", "mirror");
      const running = download({ target, disturbance: pause });
      await pause.reached();
      await consumer.put("models/iris/MLmodel", "flavors: []");
      pause.end();
      const { code, output } = await running;
      assert.notEqual(code, 0);
      assert.match(output, /changed while it was downloaded/);
      await succeed({ target });
      assert.deepEqual(filesIn(target), { ...model, MLmodel: "flavors: []" });
    });

    it("keeps the credential out of arguments, environments and what it prints", async () => {
      const { output } = await succeed({});
      assert.ok(!output.includes(identity.password));
      assert.ok(!scripts.recorded().includes(identity.password));
    });
  });

  describe("of a model with checksums", () => {
    const sum = createHash("sha256").update("weights").digest("hex");

    it("is done when they are right", async () => {
      await consumer.put("models/iris/summed/weights.bin", "weights");
      await consumer.put("models/iris/summed/SHA256SUMS", `${sum}  weights.bin\n`);
      await succeed({ prefix: "iris/summed/" });
    });

    it("fails when a file is not what it should be", async () => {
      await consumer.put("models/iris/spoilt/weights.bin", "spoiled");
      await consumer.put("models/iris/spoilt/SHA256SUMS", `${sum}  weights.bin\n`);
      await fails({ prefix: "iris/spoilt/" }, /are not those of its SHA256SUMS/);
    });

    it("fails when a file that they name is missing", async () => {
      await consumer.put("models/iris/partial/SHA256SUMS", `${sum}  weights.bin\n`);
      await fails({ prefix: "iris/partial/" }, /are not those of its SHA256SUMS/);
    });
  });

  it("says that there is no model where there are no files", async () => {
    await fails({ prefix: "iris/nothing/" }, /there are no files below models\/iris\/nothing\//);
  });

  it("gets nothing beside what was granted", async () => {
    await fails({ prefix: "iris-of-others/" }, /cannot list models\/iris-of-others\//);
    await fails({ prefix: "" }, /cannot list models\//);
  });

  it("fails with a wrong credential, which it does not print", async () => {
    const credentials = { AWS_ACCESS_KEY_ID: identity.user, AWS_SECRET_ACCESS_KEY: "a-wrong-password" };
    const { code, output } = await download({ credentials });
    assert.notEqual(code, 0);
    assert.match(output, /cannot list models\/iris\//);
    assert.ok(!output.includes("a-wrong-password"));
  });

  it("asks for a credential that is there, in one line", async () => {
    await fails({ credentials: { AWS_ACCESS_KEY_ID: identity.user } }, /cannot read .*AWS_SECRET_ACCESS_KEY/);
    const two = { AWS_ACCESS_KEY_ID: `${identity.user}\nother`, AWS_SECRET_ACCESS_KEY: identity.password };
    await fails({ credentials: two }, /AWS_ACCESS_KEY_ID must be a single line/);
  });
});
