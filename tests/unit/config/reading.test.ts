// Where a configuration comes from: Pulumi, or a stack's file; and one laid over another.
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { mergeRaw, parseConfig, readPulumiConfig, readStackFile } from "../../../stacks/config";
import { errorOf } from "./setup";

describe("Reading", () => {
  afterEach(() => pulumi.runtime.setAllConfig({}));

  it("takes the program's own keys from Pulumi, maps parsed, scalars as they are, secrets marked", () => {
    pulumi.runtime.setAllConfig(
      {
        "mlops-platform:target": "minikube",
        "mlops-platform:storageClass": "1e3",
        "mlops-platform:minio": '{"storage":{"size":"5Gi"}}',
        "mlops-platform:consumers": "{broken",
        "kubernetes:context": "minikube",
      },
      ["mlops-platform:minio", "kubernetes:kubeconfig"],
    );
    assert.deepEqual(readPulumiConfig(), {
      values: {
        target: "minikube",
        storageClass: "1e3",
        minio: { storage: { size: "5Gi" } },
        consumers: "{broken",
      },
      secretKeys: new Set(["minio"]),
    });
  });

  it("takes encrypted secrets from a stack's file as placeholders", () => {
    const raw = readStackFile(`encryptionsalt: v1:abc
config:
  kubernetes:context: minikube
  mlops-platform:target: minikube
  mlops-platform:images: { pullCredentials: { secure: v1:abc } }`);
    assert.deepEqual(Object.keys(raw.values), ["target", "images"]);
    assert.deepEqual(raw.secretKeys, new Set(["images"]));
    assert.equal(String(parseConfig(raw).images.pullCredentials), "[secret]");
  });

  it("tells that an encrypted value cannot stand where no secret is expected", () => {
    const raw = readStackFile(
      "config: { mlops-platform:target: minikube, mlops-platform:storageClass: { secure: x } }",
    );
    assert.match(
      errorOf(() => parseConfig(raw)).message,
      /storageClass is encrypted in the stack's file, where only secrets may be/,
    );
  });

  it("reports a file that is none, without quoting it", () => {
    for (const text of [
      "config: [",
      "config: 3",
      "- hunter2",
      "config: { target: minikube }",
      "a: 1\na: hunter2",
    ]) {
      const { message } = errorOf(() => readStackFile(text));
      assert.match(message, /The configuration cannot be read: /);
      assert.ok(!message.includes("hunter2"), message);
    }
    assert.deepEqual(readStackFile("").values, {});
  });

  it("merges maps, replaces the rest, and takes null for removal", () => {
    const base = { values: { a: { b: 1, c: 2, d: [1, 2] }, e: 3 }, secretKeys: new Set(["a"]) };
    const over = { values: { a: { b: 5, c: null, d: [3] }, e: null, f: 6 }, secretKeys: new Set(["f"]) };
    assert.deepEqual(mergeRaw(base, over), {
      values: { a: { b: 5, d: [3] }, f: 6 },
      secretKeys: new Set(["a", "f"]),
    });
  });
});
