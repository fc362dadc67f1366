// What the simulated providers answer.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { text } from "../../../tools/graph/values";
import { run } from "../../support/program";
import { configMap, password } from "./setup";

describe("simulated providers", () => {
  it("complete the names of Kubernetes objects, and give them a uid", async () => {
    const graph = await run(() => {
      const auto = configMap("auto", {});
      const named = new k8s.core.v1.PersistentVolumeClaim("claim", {
        metadata: { name: "data", namespace: "here" },
      });
      return { auto: auto.metadata.name, named: named.metadata.name, uid: named.metadata.uid };
    });
    assert.match(text(graph.outputs.auto), /^auto-[0-9a-f]{8}$/);
    assert.equal(graph.outputs.named, "data");
    assert.match(text(graph.outputs.uid), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it("make passwords that are secret, differ, and obey length and alphabet", async () => {
    const graph = await run(() => {
      const one = password("one");
      const two = password("two");
      const short = password("short", { length: 6, upper: false, numeric: false });
      const strict = password("strict", {
        length: 24,
        special: true,
        overrideSpecial: "!",
        minSpecial: 3,
        minNumeric: 2,
      });
      return {
        one: one.result,
        two: two.result,
        short: short.result,
        strict: strict.result,
        hash: one.bcryptHash,
      };
    });
    const { one, two, short, strict } = graph.outputs as Record<string, string>;
    assert.match(one!, /^PLACEHOLDER[A-Za-z0-9]{21}$/);
    assert.notEqual(one, two);
    assert.match(short!, /^[a-z]{6}$/);
    assert.match(strict!, /^[A-Za-z0-9!]{24}$/);
    assert.ok(strict!.replace(/[^!]/g, "").length >= 3 && strict!.replace(/[^0-9]/g, "").length >= 2);
    assert.deepEqual([...graph.secretOutputs].sort(), ["hash", "one", "short", "strict", "two"]);
    assert.ok(graph.graph.generatedSecrets.some(({ value }) => value === one));
  });

  it("make a new password for a new keeper", async () => {
    const withKeeper = async (generation: string): Promise<unknown> =>
      (await run(() => ({ result: password("p", { keepers: { generation } }).result }))).outputs.result;
    assert.notEqual(await withKeeper("1"), await withKeeper("2"));
  });

  it("make random strings, bytes and ids in their formats, with only bytes secret", async () => {
    const graph = await run(() => {
      const bytes = new random.RandomBytes("bytes", { length: 32 });
      return {
        string: new random.RandomString("text", { length: 20, upper: false, special: false }).result,
        hex: new random.RandomId("id", { byteLength: 4 }).hex,
        base64: bytes.base64,
        bytes: bytes.hex,
      };
    });
    const { string, hex, base64, bytes } = graph.outputs as Record<string, string>;
    assert.match(string!, /^placeholder[a-z0-9]{9}$/);
    assert.match(hex!, /^[0-9a-f]{8}$/);
    assert.equal(Buffer.from(base64!, "base64").toString("hex"), bytes);
    assert.equal(Buffer.from(base64!, "base64").length, 32);
    assert.deepEqual([...graph.secretOutputs].sort(), ["base64", "bytes"]);
  });

  it("make certificates in PEM frames, and keys that no scanner takes for real ones", async () => {
    const graph = await run(() => {
      const key = new tls.PrivateKey("key", { algorithm: "ECDSA" });
      const certificate = new tls.SelfSignedCert("certificate", {
        privateKeyPem: key.privateKeyPem,
        allowedUses: ["server_auth"],
        validityPeriodHours: 1,
      });
      return { key: key.privateKeyPem, certificate: certificate.certPem };
    });
    assert.match(
      text(graph.outputs.certificate),
      /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/,
    );
    assert.match(text(graph.outputs.key), /^PLACEHOLDER-private-key-/);
    assert.deepEqual(graph.secretOutputs, ["key"]);
  });

  it("treat outputs as secret that a resource's options name", async () => {
    const graph = await run(() => ({
      data: configMap("c", { key: "value" }, { additionalSecretOutputs: ["data"] }).data.key,
    }));
    assert.deepEqual(graph.secretOutputs, ["data"]);
  });
});
