// What the tracking server grants: to its consumers, to whoever collects its metrics, and to nobody else.
import * as assert from "node:assert/strict";
import { type Monitor, prometheusMonitor, type WatchArgs } from "../../../components/monitoring";
import { type TrackingAccess } from "../../../components/tracking-server";
import { ExternalObjectStore } from "../../../components/object-store";
import { ExternalSqlDatabase } from "../../../components/sql-database";
import * as pulumi from "@pulumi/pulumi";
import { text } from "../../../tools/graph/values";
import { clusterPods, targetNames, type TargetName } from "../../support/fixtures";
import { SERVICE_MONITOR } from "../../support/monitoring";
import { run, type TestGraph } from "../../support/program";
import { at, CONFIG_MAP, DEPLOYMENT, JOB, POLICY, SECRET, surroundings } from "../../support/services";
import { trackingServer } from "../../support/tracking";

const IRIS: TrackingAccess = { experiments: ["iris", "Iris, again"], models: ["iris"], access: "edit" };

function granted(access: TrackingAccess = IRIS, target?: TargetName): Promise<TestGraph> {
  return run(() => {
    const here = surroundings({}, target);
    const { tracking, seal } = trackingServer(here);
    const claim = tracking.grant("iris", access).claim({ namespace: here.team, pods: { app: "iris" } });
    claim.usedBy(tracking);
    seal();
    return { storage: claim.storage };
  });
}

const containerOf = (graph: TestGraph, job: string) =>
  at(graph.one(JOB, job).inputs, "spec", "template", "spec", "containers", 0);
const variable = (graph: TestGraph, job: string, name: string) =>
  (at(containerOf(graph, job), "env") as { name: string; value: string }[]).find((each) => each.name === name)
    ?.value;
const rightsOf = (graph: TestGraph, consumer: string): unknown =>
  JSON.parse(variable(graph, `mlflow-server-${consumer}-1-provision`, "RIGHTS")!);

describe("a grant of the tracking server", () => {
  for (const target of targetNames) {
    it(`gives its consumer what MLflow's clients read, on ${target}`, async () => {
      const graph = await granted(IRIS, target);
      const identity = graph.one(SECRET, "mlflow-server-iris-1-identity").inputs;
      assert.deepEqual(graph.one(SECRET, "iris-mlflow-server-1").inputs.stringData, {
        MLFLOW_TRACKING_URI: "http://mlflow-server-service.team.svc.cluster.local:5000",
        MLFLOW_TRACKING_USERNAME: at(identity, "stringData", "user"),
        MLFLOW_TRACKING_PASSWORD: at(identity, "stringData", "password"),
      });
    });
  }

  it("names experiments and models, whatever they are called, and MLflow's word for the right", async () => {
    assert.deepEqual(rightsOf(await granted(), "iris"), {
      experiments: ["iris", "Iris, again"],
      models: ["iris"],
      permission: "EDIT",
      metrics: false,
    });
    const read = await granted({ ...IRIS, access: "read" });
    assert.equal(at(rightsOf(read, "iris") as never, "permission"), "READ");
  });

  it("is made by Python scripts that talk to the server, once it is there", async () => {
    const graph = await granted();
    const job = "mlflow-server-iris-1-provision";
    assert.deepEqual(at(containerOf(graph, job), "command"), ["python", "/scripts/provision.py"]);
    assert.deepEqual(at(containerOf(graph, "mlflow-server-sweep"), "command"), [
      "python",
      "/scripts/sweep.py",
    ]);
    assert.equal(
      variable(graph, job, "TRACKING_URL"),
      "http://mlflow-server-service.team.svc.cluster.local:5000",
    );
    assert.deepEqual(
      Object.keys(at(graph.one(CONFIG_MAP, "mlflow-server-scripts").inputs, "data") as object),
      ["administration.py", "provision.py", "sweep.py"],
    );
    assert.ok(graph.prerequisitesOf(graph.one(JOB, job)).includes(graph.one(DEPLOYMENT, "mlflow-server")));
  });

  it("is made anew on another disk of the database or of the object store, and so is what follows from it", async () => {
    const graph = await granted();
    const disks = ["mysql-data", "minio-data"]
      .map((disk) => graph.one("kubernetes:core/v1:PersistentVolumeClaim", disk).outputs)
      .map((claim) => at(claim, "metadata", "uid") as string)
      .join(" ");
    const { template } = graph.one(JOB, "mlflow-server-iris-1-provision").inputs.spec as { template: never };
    assert.deepEqual(at(template, "metadata", "annotations"), { "inputs.mlops-platform/volume": disks });
    assert.equal(graph.outputs.storage, disks);
  });

  const refused: Record<string, [TrackingAccess, RegExp]> = {
    "to nothing": [{ experiments: [], models: [], access: "read" }, /is to nothing\. Name at least one/],
    "to an experiment without a name": [{ ...IRIS, experiments: [" "] }, /names something that is empty/],
    "to a version of a model": [
      { ...IRIS, models: ["iris/1"] },
      /names the model "iris\/1"\. Use a name without/,
    ],
  };
  for (const [what, [access, message]] of Object.entries(refused)) {
    it(`is refused ${what}`, async () => {
      await assert.rejects(granted(access), message);
    });
  }
});

describe("the metrics of the tracking server", () => {
  it("are read with an identity that may do nothing else, from a Secret with a fixed name", async () => {
    const graph = await granted();
    assert.deepEqual(rightsOf(graph, "monitoring"), {
      experiments: [],
      models: [],
      permission: "READ",
      metrics: true,
    });
    const identity = graph.one(SECRET, "mlflow-server-monitoring-1-identity").inputs.stringData;
    const secret = graph.one(SECRET, "mlflow-server-metrics").inputs;
    assert.deepEqual(secret.metadata, { name: "mlflow-server-metrics", namespace: "team" });
    assert.deepEqual(secret.stringData, identity);
    const policy = graph.one(POLICY, "mlflow-server-from-monitoring").inputs;
    assert.equal(
      at(
        policy,
        "spec",
        "ingress",
        0,
        "from",
        0,
        "namespaceSelector",
        "matchLabels",
        "kubernetes.io/metadata.name",
      ),
      "cluster-system",
    );
  });

  it("are watched where the cluster has monitoring, with that credential", async () => {
    const watched: [string, WatchArgs][] = [];
    const graph = await run(() => {
      const here = surroundings();
      const prometheus = prometheusMonitor({ scrapers: clusterPods, inPlace: here.access.inPlace });
      const watch: Monitor["watch"] = (name, args, opts) => {
        watched.push([name, args]);
        prometheus.watch(name, args, opts);
      };
      trackingServer(here, { monitor: { watch } }).seal();
    });
    const [[name, { namespace, endpoint, ready, credential, ...args }] = assert.fail()] = watched;
    assert.ok(namespace);
    assert.ok(credential);
    assert.equal(ready.length, 2, "its Deployment and its Service");
    const collected = graph.one(SERVICE_MONITOR);
    assert.deepEqual(at(collected.inputs.spec, "endpoints", 0, "basicAuth"), {
      username: { name: "mlflow-server-metrics", key: "user" },
      password: { name: "mlflow-server-metrics", key: "password" },
    });
    // A ServiceMonitor that names a Secret which is not there is refused as a whole.
    assert.ok(collected.dependencies.includes(graph.one(SECRET, "mlflow-server-metrics").urn));
    assert.deepEqual([watched.length, name, endpoint.port], [1, "mlflow-server", 5000]);
    assert.deepEqual(args, {
      service: { "app.kubernetes.io/name": "mlflow-server" },
      portName: "http",
      workload: { kind: "Deployment", name: "mlflow-server" },
      indicators: {
        requests: { metric: "mlflow_http_request_total" },
        errors: { metric: "mlflow_http_request_total", where: { status: { matches: "5.." } } },
        latency: {
          metric: "mlflow_http_request_duration_seconds_bucket",
          buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
        },
      },
      objectives: { availability: 0.995, latency: { seconds: 2.5, share: 0.95 } },
      edge: false,
    });
  });
});

describe("a tracking server on external services", () => {
  const external = (trust: { caBundle?: string }) =>
    run(() => {
      const credential = { user: pulumi.secret("ml%flow"), password: pulumi.secret("p@ss/word:1") };
      const sql = new ExternalSqlDatabase("sql", {
        host: "2001:db8::7",
        port: 3307,
        cidrs: ["2001:db8::7/128"],
        tls: trust,
        credentials: { mlflow: credential },
      });
      const keys = { accessKeyId: pulumi.secret("key"), secretAccessKey: pulumi.secret("a-secret") };
      const s3 = new ExternalObjectStore("s3", {
        url: "https://s3.example.com",
        region: "eu-central-1",
        cidrs: ["203.0.113.0/24"],
        credentials: { mlflow: keys },
        ...trust,
      });
      const here = surroundings();
      const { seal } = trackingServer(here, {
        database: sql.grant("mlflow", { schema: "runs" }),
        artifacts: s3.grant("mlflow", { bucket: "files", prefix: "mlflow", access: "readWrite" }),
      });
      for (const service of [{ seal }, sql, s3]) service.seal();
    });

  it("takes any credential: quoted in the address, and its percent signs doubled in the file", async () => {
    const graph = await external({});
    const data = graph.one(SECRET, "mlflow-sql-external").inputs.stringData;
    const url =
      "mysql+pymysql://ml%25flow:p%40ss%2Fword%3A1@[2001:db8::7]:3307/runs?ssl_ca=/etc/ssl/certs/ca-certificates.crt";
    assert.equal(at(data, "MLFLOW_BACKEND_STORE_URI"), url);
    assert.match(
      text(at(data, "auth.ini")),
      /^database_uri = mysql\+pymysql:\/\/ml%%25flow:p%%40ss%%2Fword%%3A1@/m,
    );
    const files = graph.one(SECRET, "mlflow-s3-external").inputs.stringData;
    assert.equal(at(files, "MLFLOW_ARTIFACTS_DESTINATION"), "s3://files/mlflow");
  });

  it("trusts private authorities where they vouch for the services", async () => {
    const graph = await external({ caBundle: "PEM" });
    const data = graph.one(SECRET, "mlflow-sql-external").inputs.stringData;
    assert.match(text(at(data, "MLFLOW_BACKEND_STORE_URI")), /\?ssl_ca=\/etc\/database-ca\/ca\.crt$/);
    for (const name of ["mlflow-server-database-ca", "mlflow-server-artifacts-ca"])
      assert.deepEqual(graph.one(CONFIG_MAP, name).inputs.data, { "ca.crt": "PEM" });
    const env = at(
      graph.one(DEPLOYMENT, "mlflow-server").inputs,
      ...["spec", "template", "spec", "containers", 0, "env"],
    ) as { name: string; value: string }[];
    assert.equal(env.find(({ name }) => name === "AWS_CA_BUNDLE")?.value, "/etc/artifacts-ca/ca.crt");
  });
});

describe("the administrator of the tracking server", () => {
  it("has a generated password, which nothing has but the Jobs that set the server up", async () => {
    const graph = await granted();
    const admin = graph.one(SECRET, "mlflow-server-admin");
    assert.equal(at(admin.inputs, "stringData", "user"), "platform-admin");
    assert.ok(text(at(admin.inputs, "stringData", "password")).length >= 12);
    const naming = graph.resources.filter(
      ({ type, inputs }) =>
        type !== SECRET &&
        JSON.stringify(inputs).includes(`"${text(at(admin.outputs, "metadata", "name"))}"`),
    );
    assert.deepEqual(naming.map(({ type, name }) => `${type} ${name}`).sort(), [
      `${JOB} mlflow-server-iris-1-provision`,
      `${JOB} mlflow-server-migration`,
      `${JOB} mlflow-server-monitoring-1-provision`,
      `${JOB} mlflow-server-sweep`,
    ]);
  });
});
