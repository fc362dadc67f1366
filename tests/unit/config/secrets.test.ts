// Secrets in the configuration: never shown, never in plain text.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { parseConfig, readStackFile } from "../../../stacks/config";
import { errorOf, externalStore, keys, parse, problems, report } from "./setup";

describe("A secret", () => {
  const config = parse({ minio: { external: externalStore } }, "minio");

  it("shows itself in no print, JSON or inspection", () => {
    for (const text of [
      JSON.stringify(config),
      inspect(config, { depth: 20, showHidden: true }),
      String(credential()),
    ]) {
      assert.ok(!text.includes("hunter2"), text);
      assert.ok(text.includes("[secret]"), text);
    }
  });

  function credential() {
    assert.ok("external" in config.minio);
    const own = config.minio.external.credentials["model-registry"];
    assert.ok(own);
    return own.secretAccessKey;
  }

  it("is revealed as an output that is marked secret", async () => {
    const output = credential().reveal();
    assert.equal(await pulumi.isSecret(output), true);
    const value = await new Promise((resolve) => output.apply(resolve));
    assert.equal(value, keys.secretAccessKey);
  });

  it("in plain text is refused, without being shown", () => {
    assert.deepEqual(problems({ images: { pullCredentials: '{"auths":{"r":"hunter2"}}' } }), [
      `images.pullCredentials is a secret, but is stored in plain text
  fix:     pulumi config set --secret --path 'images.pullCredentials' < "$HOME/.docker/config.json"`,
    ]);
  });

  it("in plain text is refused in a stack's file also beside encrypted ones", () => {
    const file = readStackFile(`config:
  mlops-platform:target: minikube
  mlops-platform:minio:
    external:
      url: https://s3.example.com
      credentials:
        model-registry: { accessKeyId: { secure: abc }, secretAccessKey: hunter2 }
        mlflow: { accessKeyId: { secure: abc }, secretAccessKey: { secure: def } }`);
    const { problems: found, message } = errorOf(() => parseConfig(file));
    assert.deepEqual(
      found.map(({ path }) => path.join(".")),
      ["minio.external.credentials.model-registry.secretAccessKey"],
    );
    assert.ok(!message.includes("hunter2"));
  });

  const misplaced: readonly Record<string, unknown>[] = [
    { minio: { external: { ...externalStore, credentials: "hunter2" } } },
    { minio: { external: { ...externalStore, credentials: { iris: "hunter2" } } } },
    { minio: { external: { ...externalStore, credentials: { iris: { secretAcessKey: "hunter2" } } } } },
    { minio: { external: { ...externalStore, credentials: { iris: { secretAccessKey: ["hunter2"] } } } } },
    { minio: { external: { ...externalStore, url: "https://user:hunter2@s3.example.com" } } },
    { minio: "hunter2" },
    { mysql: { external: { host: "root:hunter2@db.example.com" } } },
    { images: { pullCredentials: "hunter2" } },
    { caBundle: "-----BEGIN PRIVATE KEY-----\nhunter2" },
    { password: "hunter2" },
  ];
  for (const values of misplaced) {
    it(`in the wrong place or shape is not shown: ${JSON.stringify(values).slice(0, 80)}`, () => {
      for (const secretKeys of [[], Object.keys(values)]) {
        const error = errorOf(() => parse(values, ...secretKeys));
        assert.ok(!inspect(error, { depth: 20 }).includes("hunter2"), error.message);
        assert.ok(!JSON.stringify(error).includes("hunter2"));
      }
    });
  }

  it("hides the other values of the top-level key that it is part of", () => {
    assert.ok(!report({ minio: { storage: { size: "hunter2" } } }, "minio").includes("hunter2"));
  });
});
