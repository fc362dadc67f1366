// The configuration: defaults, error texts, secret hygiene, reading, merging, and what garbage does to it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import {
  ConfigError,
  mergeRaw,
  parseConfig,
  readPulumiConfig,
  readStackFile,
  type RawConfig,
  type StackConfig,
} from "../../stacks/config";

const given = (values: Record<string, unknown>, ...secretKeys: string[]): RawConfig => ({
  values: { target: "minikube", ...values },
  secretKeys: new Set(secretKeys),
});
const parse = (values: Record<string, unknown>, ...secretKeys: string[]): StackConfig =>
  parseConfig(given(values, ...secretKeys));

function errorOf(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError, `not a ConfigError: ${inspect(error)}`);
    return error;
  }
  return assert.fail("the configuration was accepted");
}
const report = (values: Record<string, unknown>, ...secretKeys: string[]): string =>
  errorOf(() => parse(values, ...secretKeys)).message;
const problems = (values: Record<string, unknown>, ...secretKeys: string[]): string[] =>
  report(values, ...secretKeys)
    .split("\n\n")
    .slice(1);

const keys = { accessKeyId: "an-id", secretAccessKey: "hunter2-the-key" };
const externalStore = { url: "https://s3.example.com", credentials: { "model-registry": keys } };
const certificate = readFileSync(join(__dirname, "fixtures/ca.pem"), "utf8");

describe("The configuration's defaults", () => {
  it("fit a laptop", () => {
    const config = parse({});
    assert.deepEqual(config.minio, {
      storage: { size: "20Gi" },
      resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } },
      buckets: { "model-registry-bucket": { versioning: false }, mlpipeline: { versioning: false } },
    });
    assert.deepEqual(config.mysql, {
      storage: { size: "20Gi" },
      resources: { requests: { cpu: "250m", memory: "768Mi" }, limits: { memory: "1Gi" } },
      maxConnections: 200,
      slowQueryLog: { enabled: false, seconds: 2 },
    });
    assert.equal(config.protectData, true);
    assert.deepEqual(config.generations, { default: ["1"] });
    assert.deepEqual(config.consumers, {});
  });

  for (const [target, tls, monitoring, port] of [
    ["minikube", "selfSigned", "monitoring", 8443],
    ["openshift", "cluster", "openshift-user-workload-monitoring", 6443],
  ] as const) {
    it(`follow the target: ${target}`, () => {
      const config = parse({ target });
      assert.deepEqual(config.tls, { source: tls });
      assert.deepEqual(config.monitoring, { namespace: monitoring });
      assert.deepEqual(config.apiServer, { cidrs: ["0.0.0.0/0"], port });
    });
  }

  it("put the ingress controller where its class is at home", () => {
    assert.deepEqual(parse({}).ingress, { class: "nginx", namespace: "ingress-nginx" });
    assert.deepEqual(parse({ ingress: { class: "traefik" } }).ingress, {
      class: "traefik",
      namespace: "traefik",
    });
    assert.equal(parse({ ingress: { class: "traefik", namespace: "edge" } }).ingress.namespace, "edge");
  });

  it("keep the platform's buckets beside the given ones, and their options", () => {
    const { minio } = parse({
      minio: { buckets: { datasets: { quota: "10Gi" }, mlpipeline: { versioning: true } } },
    });
    assert.ok(!("external" in minio));
    assert.deepEqual(minio.buckets, {
      "model-registry-bucket": { versioning: false },
      mlpipeline: { versioning: true },
      datasets: { versioning: false, quota: "10Gi" },
    });
  });

  it("keep the default generation beside those of one consumer", () => {
    const { generations } = parse({ generations: { "model-registry": ["b", "a"] } });
    assert.deepEqual(generations, { default: ["1"], "model-registry": ["b", "a"] });
  });
});

describe("The committed stacks", () => {
  const stack = (name: string) =>
    parseConfig(readStackFile(readFileSync(join(__dirname, `../../Pulumi.${name}.yaml`), "utf8")));

  it("are valid, dev for minikube and prod for OpenShift", () => {
    assert.equal(stack("dev").target, "minikube");
    assert.equal(stack("prod").target, "openshift");
  });
});

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

describe("An error", () => {
  it("names the key, the value, what is allowed and the command that corrects it", () => {
    assert.equal(
      report({ minio: { storage: { size: "20 gigs" } } }),
      `The configuration has a problem; nothing was deployed.

minio.storage.size is not allowed
  given:   "20 gigs"
  allowed: a size with its unit, such as 20Gi, and no less than 1Gi
  fix:     pulumi config set --path 'minio.storage.size' 50Gi`,
    );
  });

  it("prints without a stack trace", () => {
    assert.ok(pulumi.RunError.isInstance(errorOf(() => parse({ target: "k3s" }))));
  });

  it("asks for the target", () => {
    assert.deepEqual(problems({ target: undefined }), [
      "target is required\n  allowed: minikube or openshift\n  fix:     pulumi config set target minikube",
    ]);
  });

  it("reports every problem at once, those between keys included", () => {
    const text = report({
      target: "k3s",
      minio: { storage: { sise: "5Gi" }, external: { url: "s3.example.com" } },
      mysql: 3,
      consumers: { iris: { namespace: "minio" }, ok: 1 },
      generations: { irs: ["1"] },
    });
    for (const key of [
      "target is not allowed",
      "minio.storage.sise is not a key of the configuration; did you mean size?",
      "minio.external.url is not allowed",
      "minio.storage configures the server in the cluster",
      "minio.external.credentials.model-registry is required",
      "mysql must be a map of further keys, not a number",
      "consumers.iris uses nothing",
      "consumers.iris.namespace is a namespace of the platform itself",
      "consumers.ok must be a map of further keys, not a number",
      "generations.irs belongs to no consumer",
    ]) {
      assert.ok(text.includes(`\n\n${key}`), `${key}\n--- is missing in\n${text}`);
    }
  });

  it("removes an unknown key, and guesses which one was meant", () => {
    assert.deepEqual(problems({ mysql: { slowQuerylog: {} } }), [
      `mysql.slowQuerylog is not a key of the configuration; did you mean slowQueryLog?
  allowed: storage, resources, maxConnections, slowQueryLog, external
  fix:     pulumi config rm --path 'mysql.slowQuerylog'`,
    ]);
  });

  it("writes commands that a shell takes as they are", () => {
    const [dotted, quoted] = problems({ minio: { buckets: { "my.bucket": { quota: 5 }, "it's": {} } } });
    assert.match(dotted ?? "", /pulumi config set --path 'minio\.buckets\["my\.bucket"\]\.quota' 10Gi/);
    assert.match(quoted ?? "", /pulumi config rm --path 'minio\.buckets\["it'\\''s"\]'/);
  });

  it("puts a list in the place of a single value", () => {
    assert.deepEqual(problems({ apiServer: { cidrs: "10.0.0.0/8" } }), [
      `apiServer.cidrs must be a list, not text
  given:   "10.0.0.0/8"
  allowed: a list of at least one address range
  fix:     pulumi config rm --path 'apiServer.cidrs' && pulumi config set --path 'apiServer.cidrs[0]' 10.0.0.0/8`,
    ]);
  });

  it("refuses what only minikube has on OpenShift", () => {
    assert.deepEqual(
      problems({ target: "openshift", ingress: {}, modelRegistry: { host: "a.example.com" } }),
      [
        `ingress applies to minikube only: on OpenShift the cluster's router serves every Route
  fix:     pulumi config rm ingress`,
        `modelRegistry.host applies to minikube only: on OpenShift the registry's operator makes its Route
  fix:     pulumi config rm --path 'modelRegistry.host'`,
      ],
    );
  });

  it("tells which keys exclude each other", () => {
    assert.deepEqual(problems({ minio: { consoleHost: "a.b", external: externalStore } }, "minio"), [
      `minio.consoleHost configures the server in the cluster, but minio.external replaces it: only one of them can be set
  fix:     pulumi config rm --path 'minio.consoleHost'`,
    ]);
    assert.deepEqual(problems({ tls: { source: "cluster", secretName: "a" } }), [
      "tls.secretName has no meaning with tls.source cluster\n  fix:     pulumi config rm --path 'tls.secretName'",
    ]);
  });

  it("names the credential that a consumer of an external service lacks", () => {
    const consumers = { iris: { namespace: "mlops", bucket: { name: "iris" } } };
    assert.deepEqual(problems({ consumers, minio: { external: externalStore } }, "minio"), [
      `minio.external.credentials.iris is required: iris has no credential of its own at minio.external
  fix:     pulumi config set --secret --path 'minio.external.credentials.iris.accessKeyId' && pulumi config set --secret --path 'minio.external.credentials.iris.secretAccessKey'`,
    ]);
    const external = { host: "db", credentials: {} };
    assert.match(report({ mysql: { external } }), /mysql\.external\.credentials\.model-registry is required/);
    assert.doesNotThrow(() => parse({ mysql: { external }, modelRegistry: { enabled: false } }));
  });

  it("protects the platform's own names", () => {
    const schema = "iris";
    for (const name of [
      "monitoring",
      "ingress-controller",
      "api-server",
      "minio-setup",
      "mysql-setup",
      "default",
    ])
      assert.match(report({ consumers: { [name]: { namespace: "a", schema } } }), /the platform uses itself/);
    assert.match(
      report({ consumers: { "model-registry": { namespace: "a", schema } } }),
      /the platform uses itself/,
    );
    const prefixed = { namespacePrefix: "t1-", consumers: { iris: { namespace: "t1-minio", schema } } };
    assert.match(report(prefixed), /none of t1-minio, t1-db-ai, t1-rhoai-model-registries/);
    assert.doesNotThrow(() => parse({ consumers: { iris: { namespace: "mlops", schema } } }));
  });

  it("gives a schema to one consumer only, and none of the platform's to anybody", () => {
    const consumers = { iris: { namespace: "a", schema: "s" }, rose: { namespace: "a", schema: "s" } };
    assert.deepEqual(problems({ consumers }), [
      `consumers.rose.schema belongs to iris already, and a schema has one owner
  given:   "s"
  fix:     pulumi config set --path 'consumers.rose.schema' s_2`,
    ]);
    const taken = { consumers: { iris: { namespace: "a", schema: "model_registry" } } };
    assert.match(report(taken), /consumers.iris.schema belongs to model-registry already/);
  });

  it("keeps the names of resources apart, which are made of a consumer's and a generation's", () => {
    const consumers = Object.fromEntries(
      ["iris", "iris-2026"].map((name, index) => [name, { namespace: "a", schema: `s${index}` }]),
    );
    assert.deepEqual(problems({ consumers, generations: { iris: ["2026-11"], "iris-2026": ["11"] } }), [
      `generations.iris-2026 makes the name iris-2026-11, which iris has already with a generation of its own
  allowed: generations that make other names than those of iris
  fix:     pulumi config set --path 'generations.iris-2026[0]' g11`,
    ]);
    assert.doesNotThrow(() => parse({ consumers, generations: { iris: ["2026-11"], "iris-2026": ["12"] } }));
  });

  it("foresees a server that could not start", () => {
    assert.deepEqual(problems({ minio: { resources: { requests: { memory: "2Gi" } } } }), [
      `minio.resources.limits.memory is below minio.resources.requests.memory, which is 2Gi
  given:   "1Gi"
  fix:     pulumi config set --path 'minio.resources.limits.memory' 2Gi`,
    ]);
    assert.deepEqual(problems({ mysql: { storage: { size: "1Ti" } } }), [
      `namespaces.db-ai.quota.storage is too small for mysql.storage.size, which is 1Ti
  given:   "200Gi"
  fix:     pulumi config set --path 'namespaces.db-ai.quota.storage' 1024Gi`,
    ]);
    assert.deepEqual(problems({ minio: { resources: { requests: { cpu: "4" } } } }), [
      `namespaces.minio.quota.cpu is too small for minio.resources.requests.cpu, which is 4, and the Jobs that set it up
  given:   "4"
  fix:     pulumi config set --path 'namespaces.minio.quota.cpu' 5`,
    ]);
    assert.deepEqual(problems({ modelRegistry: { resources: { requests: { cpu: "1.5" } } } }), [
      `namespaces.rhoai-model-registries.quota.cpu is too small for modelRegistry.resources.requests.cpu, which is 1.5, twice during an update
  given:   "2"
  fix:     pulumi config set --path 'namespaces.rhoai-model-registries.quota.cpu' 3`,
    ]);
  });

  it("refuses an address where the way in needs a name", () => {
    assert.throws(() => parse({ minio: { consoleHost: "10.1.2.3" } }), /no IP address/);
  });

  it("refuses names that every JavaScript object has", () => {
    const consumers: unknown = JSON.parse(
      '{"__proto__": {"namespace": "a", "schema": "b"}, "constructor": 1}',
    );
    assert.deepEqual(problems({ consumers }), [
      "consumers.__proto__ has a name that is reserved\n  fix:     pulumi config rm --path 'consumers.__proto__'",
      "consumers.constructor has a name that is reserved\n  fix:     pulumi config rm --path 'consumers.constructor'",
    ]);
  });
});

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
        model-registry: { accessKeyId: { secure: abc }, secretAccessKey: hunter2 }`);
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

describe("Whatever is given", () => {
  const topLevel = Object.keys(parse({}));
  const anything = fc.anything({ withMap: true, withDate: true, withBigInt: true, withNullPrototype: true });
  const known = fc.constantFrom(
    ...topLevel,
    ...[
      "external",
      "storage",
      "size",
      "credentials",
      "iris",
      "default",
      "namespace",
      "bucket",
      "requests",
      "quota",
    ],
    ...["__proto__", "constructor", "toString", "", "a.b", "x".repeat(300)],
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof({ depthSize: "medium" }, anything, fc.dictionary(known, tie("tree"), { maxKeys: 5 })),
  }));

  it("is accepted, or refused with a ConfigError that has a fix for every problem", () => {
    const values = fc.dictionary(known, tree, { maxKeys: 6 });
    const target = fc.constantFrom("minikube", "openshift", 1, undefined);
    fc.assert(
      fc.property(values, target, fc.subarray(topLevel), (garbage, name, secretKeys) => {
        try {
          parseConfig(
            mergeRaw(given({ target: name }), { values: garbage, secretKeys: new Set(secretKeys) }),
          );
        } catch (error) {
          assert.ok(error instanceof ConfigError, inspect(error));
          assert.ok(error.problems.length > 0 && error.problems.every(({ fix }) => fix !== ""));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("as a file, is read or refused with a ConfigError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseConfig(readStackFile(text));
        } catch (error) {
          assert.ok(error instanceof ConfigError, inspect(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
