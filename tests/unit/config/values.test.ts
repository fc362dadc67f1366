// Which values each key takes, in which spellings.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { certificate, errorOf, parse, report } from "./setup";

describe("A value", () => {
  it("may come as the text that the Pulumi CLI makes of it", () => {
    const config = parse({
      protectData: "false",
      mysql: { maxConnections: "500" },
      apiServer: { port: "443" },
    });
    assert.equal(config.protectData, false);
    assert.ok(!("external" in config.mysql));
    assert.equal(config.mysql.maxConnections, 500);
    assert.equal(config.apiServer.port, 443);
  });

  it("may come as the number that the Pulumi CLI makes of text", () => {
    assert.deepEqual(parse({ generations: { default: [2, 1] } }).generations.default, ["2", "1"]);
  });

  const one = (path: string, value: unknown): Record<string, unknown> =>
    path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<
      string,
      unknown
    >;

  const verdicts: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
    [
      "minio.storage.size",
      ["1Gi", "1024Mi", "1.5Gi"],
      ["1023Mi", "20", 20, "20GB", "-1Gi", "0Gi", "1e3Gi", ""],
    ],
    ["minio.resources.requests.cpu", ["50m", "0.5", 1, "1"], ["0", "0m", "1Gi", "-1", "1.2345", "1 core"]],
    [
      "minio.consoleHost",
      ["a.b", "minio.local"],
      ["https://a.b", "A.b", "a..b", "a.b:1", `${"a".repeat(64)}.b`],
    ],
    ["namespacePrefix", ["", "t1-"], ["-t1", "T1", "a.b", "a".repeat(21)]],
    [
      "images.objectStore",
      ["a/b:1", "r.io:5000/a:1", `a@sha256:${"0".repeat(64)}`],
      ["a", "a:", "http://a:1", "r.io:5000/a"],
    ],
    ["images.mirror", ["registry.corp/mirror", "r:5000"], ["https://r", "r/", ""]],
    [
      "apiServer.cidrs",
      [["10.0.0.0/8", "fd00::/8"]],
      [[], ["10.0.0.0"], ["10.0.0.0/33"], ["::/129"], "10.0.0.0/8"],
    ],
    [
      "minio.buckets",
      [{ "my.bucket": {} }],
      [{ ab: {} }, { UPPER: {} }, { "192.168.0.1": {} }, { "a..b": {} }],
    ],
    ["generations.default", [["a"], ["2026-11", "2026-08"]], [[], ["a", "a"], ["A"], ["a".repeat(13)], "a"]],
    [
      "tls",
      [{ source: "cluster" }, { source: "secret", secretName: "s" }],
      [{}, { source: "secret" }, { source: "x" }],
    ],
    [
      "caBundle",
      [certificate, `# one\n${certificate}\n# two\n${certificate}`],
      ["", "x", `${certificate}-----BEGIN`],
    ],
    ["rolloutTimeout", [10, 7200, "1200"], [9, 7201, 60.5, "10m", -1, 0]],
    ["protectData", [true, "true"], ["yes", 1, null, [], {}]],
  ];
  for (const [path, good, bad] of verdicts) {
    it(`of ${path} is checked`, () => {
      for (const value of good) assert.doesNotThrow(() => parse(one(path, value)), inspect(value));
      for (const value of bad) {
        assert.ok(errorOf(() => parse(one(path, value))).problems.length > 0, inspect(value));
      }
    });
  }

  it("of a hundred thousand characters is refused at once", () => {
    const started = performance.now();
    const long = "a".repeat(100_000);
    report({ images: { objectStore: long, mirror: long }, minio: { consoleHost: long }, [long]: long });
    assert.ok(performance.now() - started < 1000);
  });
});
