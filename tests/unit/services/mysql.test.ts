// MySql: the database's server, its configuration file and probes, and the Jobs for schemas and users.
import * as assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { MySqlArgs } from "../../../components/sql-database";
import { Consumer } from "../../../components/access";
import type { Resource } from "../../../tools/graph/graph";
import { type PlainObject, text } from "../../../tools/graph/values";
import { dns, IMAGE, type TargetName, targetNames } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  CONFIG_MAP,
  JOB,
  mountsOf,
  mySql,
  namesOf,
  SECRET,
  surroundings,
  withoutMounts,
} from "../../support/services";

const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const SERVICE = "kubernetes:core/v1:Service";
const VOLUME = "kubernetes:core/v1:PersistentVolumeClaim";
const PASSWORD = "random:index/randomPassword:RandomPassword";

const LABELS = { "app.kubernetes.io/name": "mysql" };

/** The database, with the consumer `iris`. */
function deployed(args: Partial<MySqlArgs> = {}, target?: TargetName): Promise<TestGraph> {
  return run(() => {
    const here = surroundings({}, target);
    const database = mySql(here, args);
    new Consumer("iris", {
      namespace: "app",
      inPlace: here.access.inPlace,
      dns,
      connections: { db: database.grant("iris", { schema: "iris_data" }) },
    });
    database.seal();
    return { host: database.endpoint.host, adminSecretName: database.adminSecretName };
  });
}

const podOf = (resource: Resource) => at(resource.inputs, "spec", "template", "spec");
const containerOf = (resource: Resource) => at(podOf(resource), "containers", 0);
const objectName = (resource: Resource) => text(at(resource.outputs, "metadata", "name"));
const settings = (graph: TestGraph) =>
  text(at(graph.one(CONFIG_MAP, "mysql-config").inputs, "data", "platform.cnf"));

const LOGIN = [
  "mysql",
  "--defaults-extra-file=/credentials/admin/client.cnf",
  "--host=127.0.0.1",
  "--execute=SELECT 1",
];

describe("the database", () => {
  for (const target of targetNames) {
    it(`is one MySQL server with its disk, run by the image's own entry point, on ${target}`, async () => {
      const graph = await deployed({}, target);
      const server = graph.one(STATEFUL_SET, "mysql");
      assert.deepEqual(at(server.inputs, "metadata"), { name: "mysql", namespace: "shared", labels: LABELS });
      assert.equal(at(server.inputs, "spec", "serviceName"), "mysql");
      assert.equal(at(server.inputs, "spec", "replicas"), 1);
      assert.deepEqual(at(server.inputs, "spec", "selector"), { matchLabels: LABELS });
      assert.equal(at(podOf(server), "terminationGracePeriodSeconds"), 120);
      assert.deepEqual(withoutMounts(containerOf(server)), {
        name: "mysql",
        image: IMAGE,
        imagePullPolicy: "IfNotPresent",
        env: [{ name: "MYSQL_ROOT_PASSWORD_FILE", value: "/credentials/admin/password" }],
        ports: [{ name: "mysql", containerPort: 3306, protocol: "TCP" }],
        resources: {
          requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
          limits: { memory: "256Mi", "ephemeral-storage": "1568Mi" },
        },
        startupProbe: {
          exec: { command: LOGIN },
          periodSeconds: 3,
          timeoutSeconds: 5,
          failureThreshold: 100,
        },
        readinessProbe: { exec: { command: LOGIN }, periodSeconds: 10, timeoutSeconds: 5 },
        livenessProbe: {
          exec: { command: ["mysqladmin", "--host=127.0.0.1", "--connect-timeout=5", "ping"] },
          periodSeconds: 20,
          timeoutSeconds: 10,
          failureThreshold: 5,
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      });
      const admin = { secretName: objectName(graph.one(SECRET, "mysql-admin")), defaultMode: 0o440 };
      const settings = { name: objectName(graph.one(CONFIG_MAP, "mysql-config")) };
      assert.deepEqual(mountsOf(server), {
        "/var/lib/mysql": { persistentVolumeClaim: { claimName: "mysql-data" } },
        "/etc/mysql/conf.d": { configMap: settings, readOnly: true },
        "/credentials/admin": { secret: admin, readOnly: true },
        "/var/lib/mysql-files": { emptyDir: { sizeLimit: "16Mi" } },
        "/var/run/mysqld": { emptyDir: { sizeLimit: "16Mi" } },
        "/tmp": { emptyDir: { sizeLimit: "1Gi" } },
      });
      assert.equal(at(podOf(server), "securityContext", "runAsNonRoot"), true);
      const user = at(podOf(server), "securityContext", "runAsUser");
      assert.equal(user, target === "minikube" ? 10001 : undefined);
    });
  }

  it("is reached through the Service mysql, at 3306", async () => {
    const graph = await deployed();
    const service = graph.one(SERVICE, "mysql").inputs;
    assert.deepEqual(service.metadata, { name: "mysql", namespace: "shared", labels: LABELS });
    assert.deepEqual(service.spec, {
      selector: LABELS,
      ports: [{ name: "mysql", port: 3306, targetPort: 3306, protocol: "TCP" }],
    });
    assert.equal(graph.outputs.host, "mysql.shared.svc.cluster.local");
  });

  it("is configured by a file that says exactly this", async () => {
    assert.equal(
      settings(await deployed({ maxConnections: 321 })),
      [
        "[mysqld]",
        "datadir=/var/lib/mysql/datadir",
        "character-set-server=utf8mb4",
        "max_connections=321",
        "skip-name-resolve",
        "local_infile=OFF",
        "mysqlx=OFF",
        "",
      ].join("\n"),
    );
  });

  it("logs slow statements only when asked to", async () => {
    const slow = (text: string) =>
      text.split("\n").filter((line) => /^(slow_query_log|long_query_time)=/.test(line));
    assert.deepEqual(slow(settings(await deployed())), []);
    assert.deepEqual(slow(settings(await deployed({ slowQuerySeconds: 3 }))), [
      "slow_query_log=ON",
      "long_query_time=3",
    ]);
  });

  it("logs slow statements to a file, since MySQL takes no pipe, and a container beside it passes them on", async () => {
    const graph = await deployed({ slowQuerySeconds: 3 });
    const file = /^slow_query_log_file=(.*)$/m.exec(settings(graph))?.[1];
    assert.equal(file, "/var/log/mysql/slow.log");
    const containers = at(graph.one(STATEFUL_SET).inputs, "spec", "template", "spec", "containers");
    const [server, sidecar] = containers as [PlainObject, PlainObject];
    assert.deepEqual([server.name, sidecar.name], ["mysql", "slow-log"]);
    assert.deepEqual(at(sidecar, "command"), ["sh", "/etc/mysql/conf.d/slow-log.sh"]);
    assert.deepEqual(at(sidecar, "env"), [{ name: "SLOW_LOG", value: file }]);
    const logs = { name: "var-log-mysql", mountPath: "/var/log/mysql" };
    for (const container of [server, sidecar])
      assert.ok((at(container, "volumeMounts") as unknown[]).some((mount) => isDeepStrictEqual(mount, logs)));
    const script = at(graph.one(CONFIG_MAP, "mysql-config").inputs, "data", "slow-log.sh");
    assert.match(text(script), /^#!\/bin\/sh\n/);
    const quiet = await deployed();
    assert.deepEqual(Object.keys(at(quiet.one(CONFIG_MAP, "mysql-config").inputs, "data") as object), [
      "platform.cnf",
    ]);
  });

  it("restarts with a changed configuration, because its ConfigMap has a new name then", async () => {
    const graph = await deployed();
    assert.equal(at(graph.one(CONFIG_MAP, "mysql-config").inputs, "metadata", "name"), undefined);
  });

  it("has an administrator whose password the probes take from a client's option file", async () => {
    const graph = await deployed();
    const password = text(graph.one(PASSWORD, "mysql-admin-password").outputs.result);
    const admin = graph.one(SECRET, "mysql-admin");
    assert.deepEqual(admin.inputs.stringData, {
      password,
      "client.cnf": `[client]\nuser=root\npassword=${password}\n`,
    });
    assert.equal(at(admin.inputs, "metadata", "namespace"), "shared");
    assert.equal(graph.outputs.adminSecretName, objectName(admin));
  });

  it("keeps its data on a protected claim, or on one that it adopts", async () => {
    const graph = await deployed();
    assert.deepEqual(
      [graph.one(VOLUME, "mysql-data").protect, graph.one(STATEFUL_SET).protect],
      [true, true],
    );
    const adopting = await deployed({ storage: { size: "10Gi", existingClaim: "old-data" } });
    assert.equal(adopting.one(VOLUME).read, true);
    assert.deepEqual(mountsOf(adopting.one(STATEFUL_SET))["/var/lib/mysql"], {
      persistentVolumeClaim: { claimName: "old-data" },
    });
  });

  it("takes over the administrator's account of a disk that it adopts", async () => {
    const adopting = await deployed({ storage: { size: "10Gi", existingClaim: "old-data" } });
    const server = at(adopting.one(STATEFUL_SET).inputs, "spec", "template", "spec", "containers", 0);
    assert.deepEqual(at(server, "args"), ["--init-file=/credentials/admin/init.sql"]);
    const password = text(adopting.one(PASSWORD, "mysql-admin-password").outputs.result);
    assert.equal(
      at(adopting.one(SECRET, "mysql-admin").inputs, "stringData", "init.sql"),
      [
        "CREATE USER IF NOT EXISTS 'root'@'%';",
        `ALTER USER 'root'@'%' IDENTIFIED BY '${password}' ACCOUNT UNLOCK;`,
        "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n",
      ].join("\n"),
    );
    const own = at((await deployed()).one(STATEFUL_SET).inputs, "spec", "template", "spec", "containers", 0);
    assert.equal(at(own, "args"), undefined);
  });
});

describe("a consumer of the database", () => {
  it("has its schema and user made by a Job, which is told no secret", async () => {
    const graph = await deployed();
    const job = graph.one(JOB, "mysql-iris-1-provision");
    assert.equal(at(containerOf(job), "image"), IMAGE);
    assert.deepEqual(at(containerOf(job), "command"), ["sh", "/scripts/provision.sh"]);
    assert.equal(at(containerOf(job), "args"), undefined);
    assert.deepEqual(at(containerOf(job), "env"), [
      { name: "DB_HOST", value: "mysql.shared.svc.cluster.local" },
      { name: "DB_PORT", value: "3306" },
      { name: "SCHEMA", value: "iris_data" },
    ]);
    const { namespace, annotations } = job.inputs.metadata as Record<string, unknown>;
    assert.deepEqual([namespace, annotations], ["shared", { "pulumi.com/replaceUnready": "true" }]);
  });

  it("shares the scripts with the sweep, in one ConfigMap", async () => {
    const graph = await deployed();
    const scripts = graph.one(CONFIG_MAP, "mysql-scripts");
    assert.deepEqual(Object.keys(scripts.inputs.data as object), ["connect.sh", "provision.sh", "sweep.sh"]);
    for (const job of graph.all(JOB))
      assert.deepEqual(mountsOf(job)["/scripts"], {
        configMap: { name: objectName(scripts) },
        readOnly: true,
      });
    assert.deepEqual(namesOf(graph.all(JOB)), ["mysql-iris-1-provision", "mysql-sweep"]);
  });
});
