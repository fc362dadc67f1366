// Who collects the metrics of a MinioStore: an identity of its own, the token that it signs, and the way in.
import * as assert from "node:assert/strict";
import { metricsToken } from "../../../components/object-store/metrics-token";
import { metricsPolicy } from "../../../components/object-store/policy";
import { parseConfig, type StackConfig } from "../../../stacks/config";
import { isSecretPath } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import { clusterPods } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  CONFIG_MAP,
  JOB,
  minioStore,
  mountsOf,
  namesOf,
  POLICY,
  SECRET,
  surroundings,
} from "../../support/services";

function deployed(generations: Readonly<Record<string, readonly string[]>> = {}): Promise<TestGraph> {
  return run(() => minioStore(surroundings(generations)).seal());
}

function tokenOf(graph: TestGraph, generation: string): string {
  const { stringData } = graph.one(SECRET, `minio-monitoring-${generation}-identity`).inputs;
  return metricsToken(text(at(stringData, "user")), text(at(stringData, "password")));
}

describe("a metrics token", () => {
  it("is the JWT that OpenSSL makes of the same claims and the same secret", () => {
    // {"alg":"HS512","typ":"JWT"} · {"sub":"mlops-aaaaaa-monitoring-bbbbbb","iss":"prometheus","exp":4102444800},
    // put together in a shell and signed by `openssl dgst -sha512 -hmac a-monitorings-password`.
    const expected = [
      "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9",
      "eyJzdWIiOiJtbG9wcy1hYWFhYWEtbW9uaXRvcmluZy1iYmJiYmIiLCJpc3MiOiJwcm9tZXRoZXVzIiwiZXhwIjo0MTAyNDQ0ODAwfQ",
      "x1xg5yIkarTvUCtmU7HjuqgX4dB69wCarOiRY-0X0nu2uMAy9kHfIyc27qf9M-JXHiOP7td_BPXDb94mu6MrSw",
    ];
    const token = metricsToken("mlops-aaaaaa-monitoring-bbbbbb", "a-monitorings-password");
    assert.deepEqual(token.split("."), expected);
  });

  it("is another one for another user, and for another secret", () => {
    const tokens = [metricsToken("a", "x"), metricsToken("b", "x"), metricsToken("a", "y")];
    assert.equal(new Set(tokens).size, 3);
  });
});

describe("the metrics of the object store", () => {
  it("are read with a token, in a Secret of a fixed name where the store is", async () => {
    const graph = await deployed();
    const secret = graph.one(SECRET, "minio-metrics");
    assert.deepEqual(secret.inputs.metadata, { name: "minio-metrics", namespace: "shared" });
    assert.deepEqual(secret.inputs.stringData, { token: tokenOf(graph, "1") });
    assert.equal(secret.provider, graph.one("pulumi:providers:kubernetes", "in-place").urn);
  });

  it("have a token that is a secret and stands nowhere else", async () => {
    const graph = await deployed();
    const { secretInputs } = graph.one(SECRET, "minio-metrics");
    assert.ok(isSecretPath(secretInputs, "stringData.token"), secretInputs.join());
    const token = tokenOf(graph, "1");
    const holders = graph.resources.filter(({ inputs }) => JSON.stringify(inputs).includes(token));
    assert.deepEqual(namesOf(holders), ["minio-metrics"]);
  });

  it("are the one thing that its identity may read", async () => {
    const policy = (await deployed()).one(CONFIG_MAP, "minio-monitoring-policy");
    assert.deepEqual(JSON.parse(text(at(policy.inputs, "data", "policy.json"))), metricsPolicy());
  });

  it("are published when the identity is there, with its policy", async () => {
    const graph = await deployed();
    const job = graph.one(JOB, "minio-monitoring-1-provision");
    assert.ok(graph.one(SECRET, "minio-metrics").dependencies.includes(job.urn));
    const policy = graph.one(CONFIG_MAP, "minio-monitoring-policy");
    assert.deepEqual(mountsOf(job)["/config"], {
      configMap: { name: at(policy.outputs, "metadata", "name") },
      readOnly: true,
    });
  });

  it("are rotated like a consumer's credential: both generations work, and the newest is published", async () => {
    const graph = await deployed({ monitoring: ["b", "a"] });
    const provisioned = graph.all(JOB).filter(({ name }) => name.endsWith("-provision"));
    assert.deepEqual(namesOf(provisioned), ["minio-monitoring-a-provision", "minio-monitoring-b-provision"]);
    const { stringData } = graph.one(SECRET, "minio-metrics").inputs;
    assert.deepEqual(stringData, { token: tokenOf(graph, "b") });
    assert.notEqual(tokenOf(graph, "a"), tokenOf(graph, "b"));
  });

  it("are reached by those who collect metrics, at the API's port and nowhere else", async () => {
    const { spec } = (await deployed()).one(POLICY, "minio-from-monitoring").inputs;
    assert.deepEqual(spec, {
      podSelector: { matchLabels: { "app.kubernetes.io/name": "minio" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: clusterPods.namespaceLabels } }],
          ports: [{ protocol: "TCP", port: 9000 }],
        },
      ],
    });
  });
});

describe("the configuration of who collects metrics", () => {
  const parse = (values: Record<string, unknown>): StackConfig =>
    parseConfig({ values: { target: "minikube", ...values }, secretKeys: new Set(["minio"]) });

  it("rotates the identity", () => {
    const generations = { monitoring: ["2026-11", "2026-08"] };
    assert.deepEqual(parse({ generations }).generations, { default: ["1"], ...generations });
  });

  it("needs no credential for it at an external store, and takes none", () => {
    const key = { accessKeyId: "an-id", secretAccessKey: "a-key" };
    const external = (credentials: Record<string, typeof key>) => ({
      minio: { external: { url: "https://s3.example.com", credentials } },
    });
    const own = { "model-registry": key, mlflow: key };
    assert.doesNotThrow(() => parse(external(own)));
    assert.throws(
      () => parse(external({ ...own, monitoring: key })),
      /minio\.external\.credentials\.monitoring belongs to no consumer/,
    );
  });

  it("keeps the names of its generations apart from those of consumers", () => {
    const consumers = { "monitoring-2026": { namespace: "a", schema: "s" } };
    assert.throws(
      () => parse({ consumers, generations: { monitoring: ["2026-11"], "monitoring-2026": ["11"] } }),
      /makes the name monitoring-2026-11, which monitoring has already/,
    );
  });
});
