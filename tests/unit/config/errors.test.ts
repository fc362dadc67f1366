// What a person is told whose configuration is wrong.
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { errorOf, externalStore, parse, problems, report } from "./setup";

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
    const consumers = { iris: { namespace: "shop", bucket: { name: "iris" } } };
    assert.deepEqual(problems({ consumers, minio: { external: externalStore } }, "minio"), [
      `minio.external.credentials.iris is required: iris has no credential of its own at minio.external
  fix:     pulumi config set --secret --path 'minio.external.credentials.iris.accessKeyId' && pulumi config set --secret --path 'minio.external.credentials.iris.secretAccessKey'`,
    ]);
    const external = { host: "db", credentials: {} };
    assert.match(report({ mysql: { external } }), /mysql\.external\.credentials\.model-registry is required/);
    assert.match(report({ mysql: { external } }), /mysql\.external\.credentials\.mlflow is required/);
    const off = { modelRegistry: { enabled: false }, tracking: { enabled: false }, iris: { enabled: false } };
    assert.doesNotThrow(() => parse({ mysql: { external }, ...off }));
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
      "mlflow",
      "iris-api",
      "iris-api-key",
    ])
      assert.match(report({ consumers: { [name]: { namespace: "a", schema } } }), /the platform uses itself/);
    assert.match(
      report({ consumers: { "model-registry": { namespace: "a", schema } } }),
      /the platform uses itself/,
    );
    const prefixed = { namespacePrefix: "t1-", consumers: { iris: { namespace: "t1-minio", schema } } };
    assert.match(report(prefixed), /none of t1-minio, t1-db-ai, t1-rhoai-model-registries/);
    assert.doesNotThrow(() => parse({ consumers: { iris: { namespace: "shop", schema } } }));
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
      `namespaces.db-ai.quota.storage is too small for mysql.storage.size (1Ti)
  given:   "200Gi"
  fix:     pulumi config set --path 'namespaces.db-ai.quota.storage' 1024Gi`,
    ]);
    assert.deepEqual(problems({ minio: { resources: { requests: { cpu: "4" } } } }), [
      `namespaces.minio.quota.cpu is too small for minio.resources.requests.cpu (4), and the Jobs beside
  given:   "4"
  fix:     pulumi config set --path 'namespaces.minio.quota.cpu' 5`,
    ]);
    assert.deepEqual(problems({ modelRegistry: { resources: { requests: { cpu: "1.5" } } } }), [
      `namespaces.rhoai-model-registries.quota.cpu is too small for 2 x modelRegistry.resources.requests.cpu (1.5), and the Jobs beside
  given:   "2"
  fix:     pulumi config set --path 'namespaces.rhoai-model-registries.quota.cpu' 4`,
    ]);
  });

  it("adds up what runs in one namespace, at its largest scale and during an update", () => {
    const iris = { scaling: { max: 9 }, resources: { requests: { cpu: "900m" } } };
    assert.deepEqual(problems({ iris }), [
      `namespaces.mlops.quota.cpu is too small for 2 x tracking.resources.requests.cpu (250m) and 10 x iris.resources.requests.cpu (900m), and the Jobs beside
  given:   "8"
  fix:     pulumi config set --path 'namespaces.mlops.quota.cpu' 10`,
    ]);
    assert.doesNotThrow(() => parse({ iris: { ...iris, enabled: false } }));
  });

  it("asks for the model's files where there is no MLflow", () => {
    assert.deepEqual(problems({ tracking: { enabled: false } }), [
      `iris.modelVolume is required when tracking.enabled is false: the model's files have to come from somewhere
  fix:     pulumi config set --path 'iris.modelVolume' iris-model`,
    ]);
    assert.doesNotThrow(() => parse({ tracking: { enabled: false }, iris: { modelVolume: "iris-model" } }));
    assert.doesNotThrow(() => parse({ tracking: { enabled: false }, iris: { enabled: false } }));
  });

  it("gives a host to one service only", () => {
    const hosts = { tracking: { host: "ml.example.com" }, iris: { host: "ml.example.com" } };
    assert.deepEqual(problems(hosts), [
      `iris.host is also tracking.host: a host name leads to one service only
  given:   "ml.example.com"
  fix:     pulumi config set --path 'iris.host' other.ml.example.com`,
    ]);
  });

  it("knows that a short host and a whole one are the same, where the cluster's domain is given", () => {
    const hosts = { tracking: { host: "ml.apps.example.com" }, iris: { host: "ml" } };
    assert.deepEqual(problems({ target: "openshift", appsDomain: "apps.example.com", ...hosts }), [
      `iris.host is also tracking.host: a host name leads to one service only
  given:   "ml"
  fix:     pulumi config set --path 'iris.host' other-ml`,
    ]);
    assert.doesNotThrow(() => parse({ target: "openshift", appsDomain: "apps.other.com", ...hosts }));
    assert.match(
      report({ target: "openshift", tracking: { host: "ml" }, iris: { host: "ml" } }),
      /iris\.host is also tracking\.host/,
    );
  });

  it("takes a short host on OpenShift only, whose cluster completes it", () => {
    assert.deepEqual(problems({ iris: { host: "iris-api" } }), [
      `iris.host is short for a host in the cluster's own domain, which only OpenShift has
  given:   "iris-api"
  allowed: a whole host name
  fix:     pulumi config set --path 'iris.host' iris-api.local`,
    ]);
    assert.doesNotThrow(() => parse({ target: "openshift", iris: { host: "iris-api" } }));
  });

  it("refuses the domain of an OpenShift cluster for a minikube, and what is no domain", () => {
    assert.deepEqual(problems({ appsDomain: "apps.example.com" }), [
      `appsDomain applies to OpenShift only: elsewhere every host is given in full
  fix:     pulumi config rm appsDomain`,
    ]);
    for (const appsDomain of ["https://apps.example.com", "10.0.0.1", `${"a.".repeat(95)}example`])
      assert.match(
        report({ target: "openshift", appsDomain }),
        /appsDomain is not allowed[^]*a domain in lower case, of at most 189 characters/,
      );
  });

  it("knows one way into crime prediction on minikube, and no port of nodes on OpenShift", () => {
    const crimePrediction = { host: "crime.local", nodePort: 30005 };
    assert.match(report({ crimePrediction }), /nodePort is another way in than crimePrediction\.host/);
    assert.match(
      report({ target: "openshift", crimePrediction: { nodePort: 30005 } }),
      /nodePort applies to minikube only/,
    );
  });

  it("wants models that every replica can read on a cluster of several nodes", () => {
    const aiWorkload = { image: "registry.example.com/ai:1" };
    assert.deepEqual(problems({ target: "openshift", aiWorkload }), [
      `aiWorkload.models.accessMode is ReadWriteOnce, which one node can mount, and aiWorkload.scaling.max lets several replicas run
  allowed: ReadWriteMany, with a storage class that has it; or at most one replica
  fix:     pulumi config set --path 'aiWorkload.models.accessMode' ReadWriteMany`,
    ]);
    const models = { accessMode: "ReadWriteMany" };
    assert.doesNotThrow(() => parse({ target: "openshift", aiWorkload: { ...aiWorkload, models } }));
    assert.doesNotThrow(() => parse({ aiWorkload }));
  });

  it("wants room between the bounds of a scale", () => {
    assert.deepEqual(problems({ iris: { scaling: { min: 7 } } }), [
      `iris.scaling.max is below iris.scaling.min, which is 7
  given:   6
  fix:     pulumi config set --path 'iris.scaling.max' 7`,
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
