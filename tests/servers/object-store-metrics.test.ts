// Who can read the metrics of the object store, which name all of its buckets, by the real script on a real
// server: whoever has the token of the monitoring, which opens nothing else.
import * as assert from "node:assert/strict";
import { bucketUpTo } from "../../components/monitoring/promql";
import { metricsToken } from "../../components/object-store/metrics-token";
import { metricsPolicy } from "../../components/object-store/policy";
import { indicators, METRICS_PATH, objectives } from "../../components/object-store/watch";
import { eventually } from "../support/processes";
import { Minio } from "./support/minio";
import { S3 } from "./support/s3";
import { toolsOrSkip } from "../support/tools";

const METRICS = [
  "prometheus/metrics",
  "v2/metrics/cluster",
  "v2/metrics/bucket",
  "v2/metrics/node",
  "v2/metrics/resource",
  "metrics/v3",
  "metrics/v3/api/requests",
  "metrics/v3/cluster/usage/buckets",
  "metrics/v3/bucket/api/models",
];

describe("object store, for real: metrics", function () {
  this.timeout(60_000);
  const monitoring = { user: "mlops-aaaaaa-monitoring-000001", password: "monitoring-password" };
  const consumer = { user: "mlops-aaaaaa-consumer-000001", password: "consumer-password" };
  const token = metricsToken(monitoring.user, monitoring.password);
  let store: Minio;

  before(async function () {
    const [minio, mc] = await toolsOrSkip(this, "minio", "mc");
    store = await Minio.start(minio!, mc!);
    for (const BUCKET of ["models", "pipelines"])
      await store.scripts.succeed("bucket", { env: { BUCKET, VERSIONING: "suspended", QUOTA: "" } });
    await store.admin.put("models/seed", "content");
    await store.provision(consumer, { bucket: "models", access: "readWrite" });
    await store.scripts.succeed("provision", {
      env: {},
      identity: monitoring,
      config: { "policy.json": JSON.stringify(metricsPolicy()) },
    });
  });

  after(async () => {
    await (store as Minio | undefined)?.stop();
  });

  async function get(path: string, bearer?: string): Promise<{ status: number; body: string }> {
    const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    const answer = await fetch(`${store.url}/${path}`, { headers });
    return { status: answer.status, body: await answer.text() };
  }

  async function refused(path: string, bearer?: string): Promise<void> {
    const { status, body } = await get(path, bearer);
    assert.equal(status, 403, `${path}: ${body}`);
    assert.match(body, /AccessDenied/);
    assert.doesNotMatch(body, /models|pipelines/);
  }

  const paths = METRICS.map((path) => `minio/${path}`);
  /** A refusal repeats the path that was asked for: one with a bucket in it can't show that none is named. */
  const withoutNames = paths.filter((path) => !path.endsWith("/models"));

  it("are given to the token of the monitoring", async () => {
    for (const path of paths) assert.equal((await get(path, token)).status, 200, path);
    assert.match((await get("minio/v2/metrics/cluster", token)).body, /^minio_cluster_health_status\b.* 1$/m);
    assert.match((await get("minio/v2/metrics/bucket", token)).body, /bucket="models"/);
  });

  it("have all that alerts and the dashboard are computed from", async () => {
    await store.admin.get("models/seed");
    await store.admin.get("models/missing");
    const { requests, errors, latency, saturation } = indicators;
    const written = [
      new RegExp(`^${requests.metric}\\{.*api="getobject".*\\} \\d+$`, "m"),
      // No request fails for the server's own fault here; those that fail for the caller's are counted beside them.
      new RegExp(`^${errors.metric.replace("5xx", "4xx")}\\{.*api="getobject".*\\} 1$`, "m"),
      new RegExp(`^${saturation[0].used.metric}\\{.*\\} 0$`, "m"),
      new RegExp(`^${latency.metric}\\{.*api="getobject",le="\\+Inf".*\\} \\d+$`, "m"),
    ];
    let body = "";
    // The server puts its answers together anew every ten seconds.
    await eventually("the metrics count the requests", async () => {
      ({ body } = await get(METRICS_PATH.slice(1), token));
      return written.every((line) => line.test(body));
    });
    const bounds = [
      ...body.matchAll(new RegExp(`^${latency.metric}\\{.*api="getobject",le="([\\d.]+)"`, "gm")),
    ];
    const sorted = bounds.map(([, bound]) => Number(bound)).sort((one, other) => one - other);
    assert.deepEqual(sorted, [...latency.buckets]);
    const { matches } = bucketUpTo(objectives.latency.seconds) as { matches: string };
    const promised = bounds.filter(([, bound]) => new RegExp(`^(?:${matches})$`).test(bound!));
    assert.equal(promised.length, 1);
  });

  it("are refused to whoever has no token", async () => {
    for (const path of withoutNames) await refused(path);
    assert.equal((await get("minio/metrics/v3/bucket/api/models")).status, 403);
  });

  const forgeries: Record<string, () => string | Promise<string>> = {
    "signs a token with its own credential": () => metricsToken(consumer.user, consumer.password),
    "signs one for the monitoring with its own secret": () =>
      metricsToken(monitoring.user, consumer.password),
    "signs one for the administrator with its own secret": () =>
      metricsToken(store.root.accessKey, consumer.password),
    "signs one with temporary credentials of its own": async () => {
      const { accessKey, secretKey } = await store.as(consumer).session();
      return metricsToken(accessKey, secretKey);
    },
    "puts another user's name over a signature": () => {
      const [header, , signature] = metricsToken(consumer.user, consumer.password).split(".");
      return [header, token.split(".")[1], signature].join(".");
    },
    "leaves the signature out": () => {
      const header = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
      return `${header}.${token.split(".")[1]}.`;
    },
  };
  for (const [attempt, forged] of Object.entries(forgeries)) {
    it(`are refused to a consumer that ${attempt}`, async () => {
      const bearer = await forged();
      for (const path of withoutNames) await refused(path, bearer);
    });
  }

  describe("the token of the monitoring", () => {
    it("opens neither buckets nor objects nor the administration", async () => {
      assert.equal((await store.admin.get("models/seed")).status, 200);
      for (const path of ["", "models?list-type=2", "models/seed", "minio/admin/v3/info"]) {
        const { status, body } = await get(path, token);
        assert.equal(status, 403, `${path}: ${body}`);
      }
    });

    it("ends with its identity, when a sweep removes that", async () => {
      const old = { user: "mlops-bbbbbb-monitoring-000001", password: "an-older-password" };
      const bearer = metricsToken(old.user, old.password);
      const config = { "policy.json": JSON.stringify(metricsPolicy()) };
      await store.scripts.succeed("provision", { env: {}, identity: old, config });
      assert.equal((await get("minio/v2/metrics/cluster", bearer)).status, 200);
      await store.sweep("mlops-bbbbbb-");
      await refused("minio/v2/metrics/cluster", bearer);
    });
  });

  describe("the identity behind that token", () => {
    it("neither lists, reads nor writes through S3", async () => {
      const client = store.as(monitoring);
      for (const session of [client, new S3(store.url, await client.session())]) {
        for (const answer of [
          await session.send("GET", ""),
          await session.list("models"),
          await session.get("models/seed"),
          await session.put("models/new"),
          await session.delete("models/seed"),
          await session.send("PUT", "a-bucket-of-its-own"),
        ]) {
          assert.equal(answer.status, 403, answer.body);
          assert.match(answer.body, /AccessDenied/);
        }
      }
    });

    const attempts: Record<string, { args: string[]; input?: string }> = {
      "list the buckets": { args: ["ls", "s3"] },
      "list a bucket": { args: ["ls", "s3/models"] },
      "mint an access key": { args: ["admin", "user", "svcacct", "add", "s3", monitoring.user] },
      "change its password": {
        args: ["admin", "user", "add", "s3"],
        input: `${monitoring.user}\nanother-password\n`,
      },
      "list users": { args: ["admin", "user", "list", "s3"] },
      "attach a policy to itself": {
        args: ["admin", "policy", "attach", "s3", "consoleAdmin", "--user", monitoring.user],
      },
      "configure the server": { args: ["admin", "config", "get", "s3", "api"] },
    };
    for (const [attempt, { args, input }] of Object.entries(attempts)) {
      it(`cannot ${attempt} with mc`, async () => {
        const before = await store.identities();
        const { code, output } = await store.mc(args, {
          as: monitoring,
          ...(input === undefined ? {} : { input }),
        });
        assert.notEqual(code, 0);
        assert.match(output, /access denied|not allowed/i);
        assert.deepEqual(await store.identities(), before);
      });
    }
  });
});
