// TrackingServer: MLflow's pods, what they are told and what they wait for, on both Targets.
import * as assert from "node:assert/strict";
import type { TrackingServerArgs } from "../../../components/tracking-server";
import type { Resource } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import { findLeaks } from "../../support/leaks";
import { IMAGE, type TargetName, targetNames } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  CONFIG_MAP,
  DEPLOYMENT,
  JOB,
  mountsOf,
  POLICY,
  SECRET,
  surroundings,
  withoutMounts,
} from "../../support/services";
import { exposeOn, trackingServer } from "../../support/tracking";

const SERVICE = "kubernetes:core/v1:Service";
const HOST = "mlflow-server-service.team.svc.cluster.local";
const LABELS = { "app.kubernetes.io/name": "mlflow-server" };

function deployed(args: Partial<TrackingServerArgs> = {}, target?: TargetName): Promise<TestGraph> {
  return run(() => {
    const { tracking, seal } = trackingServer(surroundings({}, target), args);
    seal();
    const { url, adminSecretName, externalUrl = "none" } = tracking;
    return { url, adminSecretName, externalUrl };
  });
}

const containerOf = (resource: Resource) => at(resource.inputs, "spec", "template", "spec", "containers", 0);
const nameOf = (resource: Resource) => text(at(resource.outputs, "metadata", "name"));
const server = (graph: TestGraph) => graph.one(DEPLOYMENT, "mlflow-server");
const migration = (graph: TestGraph) => graph.one(JOB, "mlflow-server-migration");
const variable = (resource: Resource, name: string) =>
  (at(containerOf(resource), "env") as { name: string; value: string }[]).find((each) => each.name === name)
    ?.value;

/** What a claimed Secret is called in the cluster. */
const claimed = (graph: TestGraph, service: string) => nameOf(graph.one(SECRET, `mlflow-${service}-1`));
const fromSecret = (graph: TestGraph, service: string, keys: string[]) =>
  keys.map((name) => ({
    name,
    valueFrom: { secretKeyRef: { name: claimed(graph, service), key: name } },
  }));
const plain = (values: Record<string, string>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

const ENVIRONMENT = plain({
  HOME: "/tmp",
  PYTHONPATH: "/server",
  PYTHONDONTWRITEBYTECODE: "1",
  MLFLOW_DISABLE_TELEMETRY: "true",
  MLFLOW_ENABLE_WORKSPACES: "true",
});

describe("the tracking server", () => {
  for (const target of targetNames) {
    it(`runs MLflow with its stores, its users and its names, on ${target}`, async () => {
      const graph = await deployed({}, target);
      const short = [
        "mlflow-server-service",
        "mlflow-server-service.team",
        "mlflow-server-service.team.svc",
        HOST,
      ];
      const { env, resources, securityContext, ...rest } = withoutMounts(
        containerOf(server(graph)),
      ) as Record<string, unknown>;
      assert.deepEqual(env, [
        ...ENVIRONMENT,
        ...fromSecret(graph, "mysql", ["MLFLOW_BACKEND_STORE_URI"]),
        { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        ...plain({
          MLFLOW_SERVER_ALLOWED_HOSTS: [
            ...short.flatMap((name) => [name, `${name}:5000`]),
            ...["localhost", "localhost:*", "127.0.0.1", "127.0.0.1:*"],
            ...["$(POD_IP)", "$(POD_IP):5000", "[$(POD_IP)]:5000"],
          ].join(","),
          MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: short.map((name) => `http://${name}:5000`).join(","),
          MLFLOW_AUTH_CONFIG_PATH: "/config/auth.ini",
          MLFLOW_AUTH_ADMIN_USERNAME: "platform-admin",
        }),
        {
          name: "MLFLOW_FLASK_SERVER_SECRET_KEY",
          valueFrom: {
            secretKeyRef: { name: nameOf(graph.one(SECRET, "mlflow-server-session")), key: "key" },
          },
        },
        ...plain({ MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" }),
        ...fromSecret(graph, "minio", [
          "MLFLOW_ARTIFACTS_DESTINATION",
          "MLFLOW_S3_ENDPOINT_URL",
          "AWS_ACCESS_KEY_ID",
          "AWS_SECRET_ACCESS_KEY",
          "AWS_DEFAULT_REGION",
        ]),
      ]);
      const probe = { httpGet: { path: "/health", port: 5000 } };
      const { lifecycle, ...container } = rest;
      assert.ok(lifecycle, "it goes on answering until everybody knows that it is going");
      assert.deepEqual(container, {
        name: "mlflow",
        image: IMAGE,
        imagePullPolicy: "IfNotPresent",
        command: ["mlflow", "server"],
        args: [
          "--host=0.0.0.0",
          "--port=5000",
          "--workers=1",
          "--app-name=basic-auth",
          "--serve-artifacts",
          "--expose-prometheus=/tmp/metrics",
          "--uvicorn-opts=--timeout-keep-alive=120",
        ],
        ports: [{ name: "http", containerPort: 5000, protocol: "TCP" }],
        startupProbe: { ...probe, periodSeconds: 3, failureThreshold: 100 },
        readinessProbe: { ...probe, periodSeconds: 10, timeoutSeconds: 5 },
        livenessProbe: { ...probe, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 5 },
      });
      assert.equal(at(securityContext as never, "readOnlyRootFilesystem"), true);
      assert.deepEqual(at(resources as never, "requests", "memory"), "128Mi");
      assert.deepEqual(mountsOf(server(graph)), {
        "/server": {
          configMap: { name: nameOf(graph.one(CONFIG_MAP, "mlflow-server-code")) },
          readOnly: true,
        },
        "/config": { secret: { secretName: claimed(graph, "mysql"), defaultMode: 0o440 }, readOnly: true },
        "/tmp": { emptyDir: { sizeLimit: "1Gi" } },
      });
    });
  }

  it("keeps runs and users in one schema, files in a bucket, and says so in Secrets alone", async () => {
    const graph = await deployed();
    const identity = graph.one(SECRET, "mysql-mlflow-1-identity").inputs;
    const [user, secret] = ["user", "password"].map((key) => text(at(identity, "stringData", key)));
    const url = `mysql+pymysql://${user}:${secret}@mysql.shared.svc.cluster.local:3306/mlflow`;
    assert.deepEqual(graph.one(SECRET, "mlflow-mysql-1").inputs.stringData, {
      MLFLOW_BACKEND_STORE_URI: url,
      "auth.ini": [
        "[mlflow]",
        `database_uri = ${url}`,
        "default_permission = NO_PERMISSIONS",
        "grant_default_workspace_access = false",
        "authorization_function = authorization:authorize",
        "auth_cache_ttl_seconds = 10",
        "",
      ].join("\n"),
    });
    const files = graph.one(SECRET, "mlflow-minio-1").inputs;
    assert.equal(at(files, "stringData", "MLFLOW_ARTIFACTS_DESTINATION"), "s3://mlflow");
    assert.equal(
      at(files, "stringData", "MLFLOW_S3_ENDPOINT_URL"),
      "http://minio-api.shared.svc.cluster.local:9000",
    );
    assert.deepEqual(findLeaks(graph.graph), []);
  });

  it("rolls out with a new credential of its database: its Secret, which holds both forms, has another name", async () => {
    const rotated = (generations: readonly string[]) =>
      run(() => trackingServer(surroundings({ mlflow: generations })).seal());
    const [before, after] = [await rotated(["1"]), await rotated(["2", "1"])];
    const uses = (graph: TestGraph) => [
      at(mountsOf(server(graph))["/config"], "secret", "secretName"),
      at(containerOf(migration(graph)), "env", 5, "valueFrom", "secretKeyRef", "name"),
    ];
    const [old, now] = [
      nameOf(before.one(SECRET, "mlflow-mysql-1")),
      nameOf(after.one(SECRET, "mlflow-mysql-2")),
    ];
    assert.deepEqual(
      [uses(before), uses(after)],
      [
        [old, old],
        [now, now],
      ],
    );
  });

  it("is one replica unless told otherwise", async () => {
    assert.equal(at(server(await deployed()).inputs, "spec", "replicas"), 1);
    assert.equal(at(server(await deployed({ replicas: 3 })).inputs, "spec", "replicas"), 3);
  });

  it("is found under its Service, at its address inside the cluster", async () => {
    const graph = await deployed();
    assert.deepEqual(graph.one(SERVICE, "mlflow-server-service").inputs.spec, {
      selector: LABELS,
      ports: [{ name: "http", port: 5000, targetPort: 5000, protocol: "TCP" }],
    });
    assert.equal(graph.outputs.url, `http://${HOST}:5000`);
    assert.equal(graph.outputs.externalUrl, "none");
  });

  for (const target of targetNames) {
    it(`answers under the name that it is exposed at, to its own pages, on ${target}`, async () => {
      const graph = await deployed({ exposure: exposeOn[target]({ host: "mlflow.example.com" }) }, target);
      const first = (name: string) => variable(server(graph), name)?.split(",")[0];
      assert.equal(first("MLFLOW_SERVER_ALLOWED_HOSTS"), "mlflow.example.com");
      assert.equal(first("MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"), "https://mlflow.example.com");
      assert.equal(graph.outputs.externalUrl, "https://mlflow.example.com");
    });
  }

  it("allows the pages that a Route leaves to it", async () => {
    const exposure = exposeOn.openshift({ host: "mlflow.example.com", cors: ["https://app.example.com"] });
    const origins = variable(
      server(await deployed({ exposure }, "openshift")),
      "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
    );
    assert.deepEqual(origins?.split(",").slice(0, 2), [
      "https://mlflow.example.com",
      "https://app.example.com",
    ]);
  });
});

describe("the migration of the tracking server", () => {
  it("runs the image that comes, with the administrator's credential and the database's", async () => {
    const graph = await deployed();
    const { command, env, image } = containerOf(migration(graph)) as Record<string, unknown>;
    assert.deepEqual([image, command], [IMAGE, ["python", "/server/migrate.py"]]);
    assert.deepEqual(env, [...ENVIRONMENT, ...fromSecret(graph, "mysql", ["MLFLOW_BACKEND_STORE_URI"])]);
    assert.deepEqual(mountsOf(migration(graph)), {
      "/server": { configMap: { name: nameOf(graph.one(CONFIG_MAP, "mlflow-server-code")) }, readOnly: true },
      "/credentials/admin": {
        secret: { secretName: nameOf(graph.one(SECRET, "mlflow-server-admin")), defaultMode: 0o440 },
        readOnly: true,
      },
      "/tmp": { emptyDir: { sizeLimit: "64Mi" } },
    });
  });

  it("ends before the server starts, and starts when the database is there and the way to it open", async () => {
    const graph = await deployed();
    assert.ok(graph.prerequisitesOf(server(graph)).includes(migration(graph)));
    const needed = graph.prerequisitesOf(migration(graph)).map(({ name }) => name);
    for (const name of [
      "mysql",
      "mysql-mlflow-1-provision",
      "mlflow-server-migration-to-mysql",
      "mysql-from-mlflow-server-migration",
    ])
      assert.ok(needed.includes(name), name);
  });

  it("runs again for another image, and for another disk of the database", async () => {
    const graph = await deployed();
    const annotations = at(migration(graph).inputs, "spec", "template", "metadata", "annotations");
    const disk = graph.one("kubernetes:core/v1:PersistentVolumeClaim", "mysql-data");
    assert.deepEqual(annotations, { "inputs.mlops-platform/storage": at(disk.outputs, "metadata", "uid") });
    const other = await deployed({ image: "registry.example.com/team/server:2.0.0" });
    assert.notDeepEqual(containerOf(migration(other)), containerOf(migration(graph)));
  });

  it("is never taken for the server: its pods have another name", async () => {
    const pods = at(migration(await deployed()).inputs, "spec", "template", "metadata", "labels");
    assert.deepEqual(pods, { "app.kubernetes.io/name": "mlflow-server-migration" });
  });

  it("reaches the database, and nothing else", async () => {
    const graph = await deployed();
    const from = graph
      .all(POLICY)
      .filter(({ inputs }) =>
        JSON.stringify(at(inputs, "spec", "podSelector")).includes("mlflow-server-migration"),
      );
    assert.deepEqual(
      from.map(({ name }) => name),
      ["mlflow-server-migration-to-mysql"],
    );
  });
});
