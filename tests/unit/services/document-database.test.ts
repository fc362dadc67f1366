// MongoDb: the document database's server, its administrator, its probes, and the Jobs for users.
import * as assert from "node:assert/strict";
import { documentUrl, type MongoDbArgs } from "../../../components/document-database";
import { Consumer } from "../../../components/access";
import type { Resource } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import { dns, IMAGE, type TargetName, targetNames } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  CONFIG_MAP,
  JOB,
  mongoDb,
  mountsOf,
  namesOf,
  SECRET,
  surroundings,
  withoutMounts,
} from "../../support/services";

const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const SERVICE = "kubernetes:core/v1:Service";
const VOLUME = "kubernetes:core/v1:PersistentVolumeClaim";
const PASSWORD = "random:index/randomPassword:RandomPassword";

const LABELS = { "app.kubernetes.io/name": "mongodb" };

/** The database, with the consumer `shop`. */
function deployed(
  args: Partial<MongoDbArgs> = {},
  target?: TargetName,
  database = "shop_data",
): Promise<TestGraph> {
  return run(() => {
    const here = surroundings({}, target);
    const mongo = mongoDb(here, args);
    new Consumer("shop", {
      namespace: "app",
      inPlace: here.access.inPlace,
      dns,
      connections: { db: mongo.grant("shop", { database }) },
    });
    mongo.seal();
    return { host: mongo.endpoint.host, adminSecretName: mongo.adminSecretName };
  });
}

const withMemory = (memory: string): Promise<TestGraph> =>
  deployed({ resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory } } });

const podOf = (resource: Resource) => at(resource.inputs, "spec", "template", "spec");
const containerOf = (resource: Resource) => at(podOf(resource), "containers", 0);
const preparationOf = (resource: Resource) => at(podOf(resource), "initContainers", 0);
const objectName = (resource: Resource) => text(at(resource.outputs, "metadata", "name"));
const variable = (container: ReturnType<typeof at>, name: string) => {
  const all = at(container, "env");
  return Array.isArray(all)
    ? at(
        all.find((each) => at(each, "name") === name),
        "value",
      )
    : undefined;
};

const PING = { exec: { command: ["sh", "/scripts/ping.sh"] }, timeoutSeconds: 30 };
const SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
const RESOURCES = {
  requests: { cpu: "100m", memory: "512Mi", "ephemeral-storage": "64Mi" },
  limits: { memory: "1Gi", "ephemeral-storage": "592Mi" },
};

describe("the document database", () => {
  for (const target of targetNames) {
    it(`is one MongoDB server with authentication and its disk, run by the image's own entry point, on ${target}`, async () => {
      const graph = await deployed({}, target);
      const server = graph.one(STATEFUL_SET, "mongodb");
      assert.deepEqual(at(server.inputs, "metadata"), {
        name: "mongodb",
        namespace: "shared",
        labels: LABELS,
      });
      assert.equal(at(server.inputs, "spec", "serviceName"), "mongodb-service");
      assert.equal(at(server.inputs, "spec", "replicas"), 1);
      assert.equal(at(podOf(server), "terminationGracePeriodSeconds"), 120);
      assert.deepEqual(withoutMounts(containerOf(server)), {
        name: "mongodb",
        image: IMAGE,
        imagePullPolicy: "IfNotPresent",
        args: [
          "--auth",
          "--setParameter",
          "enableLocalhostAuthBypass=false",
          "--bind_ip_all",
          "--wiredTigerCacheSizeGB=0.25",
        ],
        env: [{ name: "DB_PORT", value: "27017" }],
        ports: [{ name: "mongodb", containerPort: 27017, protocol: "TCP" }],
        resources: RESOURCES,
        startupProbe: { ...PING, periodSeconds: 5, failureThreshold: 60 },
        readinessProbe: { ...PING, periodSeconds: 30 },
        livenessProbe: {
          tcpSocket: { port: 27017 },
          periodSeconds: 20,
          timeoutSeconds: 10,
          failureThreshold: 5,
        },
        securityContext: SECURITY,
      });
      const admin = { secretName: objectName(graph.one(SECRET, "mongodb-admin")), defaultMode: 0o440 };
      const scripts = { name: objectName(graph.one(CONFIG_MAP, "mongodb-server-scripts")) };
      assert.deepEqual(mountsOf(server), {
        "/data/db": { persistentVolumeClaim: { claimName: "mongodb-data" } },
        "/scripts": { configMap: scripts, readOnly: true },
        "/credentials/admin": { secret: admin, readOnly: true },
        "/data/configdb": { emptyDir: { sizeLimit: "16Mi" } },
        "/tmp": { emptyDir: { sizeLimit: "64Mi" } },
      });
      assert.equal(at(podOf(server), "securityContext", "runAsNonRoot"), true);
      const ids = ["runAsUser", "fsGroup"].map((id) => at(podOf(server), "securityContext", id));
      assert.deepEqual(ids, target === "minikube" ? [10001, 10001] : [undefined, undefined]);
    });

    it(`makes its administrator on the disk before the server starts, on ${target}`, async () => {
      const server = (await deployed({}, target)).one(STATEFUL_SET);
      assert.deepEqual(withoutMounts(preparationOf(server)), {
        name: "administrator",
        image: IMAGE,
        imagePullPolicy: "IfNotPresent",
        command: ["sh", "/scripts/administrator.sh"],
        env: [
          { name: "DATA_DIR", value: "/data/db" },
          { name: "DB_PORT", value: "27017" },
          { name: "CACHE_GB", value: "0.25" },
          { name: "ADOPTED", value: "false" },
        ],
        resources: RESOURCES,
        securityContext: SECURITY,
      });
      assert.deepEqual(at(preparationOf(server), "volumeMounts"), at(containerOf(server), "volumeMounts"));
    });
  }

  it("is reached through the Service mongodb-service, at 27017", async () => {
    const graph = await deployed();
    const service = graph.one(SERVICE, "mongodb-service").inputs;
    assert.deepEqual(service.metadata, { name: "mongodb-service", namespace: "shared", labels: LABELS });
    assert.deepEqual(service.spec, {
      selector: LABELS,
      ports: [{ name: "mongodb", port: 27017, targetPort: 27017, protocol: "TCP" }],
    });
    assert.equal(graph.outputs.host, "mongodb-service.shared.svc.cluster.local");
  });

  it("is called as the component, unless it is told a name of its Service", async () => {
    const graph = await deployed({ service: undefined });
    assert.equal(graph.outputs.host, "mongodb.shared.svc.cluster.local");
  });

  it("has an administrator with a generated password, in one Secret that stays in its namespace", async () => {
    const graph = await deployed();
    const admin = graph.one(SECRET, "mongodb-admin");
    assert.deepEqual(admin.inputs.stringData, {
      username: "platform-admin",
      password: text(graph.one(PASSWORD, "mongodb-admin-password").outputs.result),
    });
    assert.equal(at(admin.inputs, "metadata", "namespace"), "shared");
    assert.equal(graph.outputs.adminSecretName, objectName(admin));
  });

  for (const [memory, cache] of Object.entries({
    "768Mi": "0.25",
    "1536Mi": "0.50",
    "2Gi": "0.75",
    "4Gi": "1.75",
  })) {
    it(`bounds its cache to ${cache} GiB within ${memory} of memory, where the whole server has to fit`, async () => {
      const server = (await withMemory(memory)).one(STATEFUL_SET);
      const args = at(containerOf(server), "args");
      assert.ok(
        Array.isArray(args) && args.includes(`--wiredTigerCacheSizeGB=${cache}`),
        JSON.stringify(args),
      );
      assert.equal(variable(preparationOf(server), "CACHE_GB"), cache);
    });
  }

  it("refuses less memory than its smallest cache and the rest of it need", async () => {
    await assert.rejects(
      withMemory("512Mi"),
      /can't run with a memory limit of 512Mi.*Give it 768Mi at least/s,
    );
  });

  it("keeps its data on a protected claim, or on one that it adopts and that has to have data", async () => {
    const graph = await deployed();
    assert.deepEqual(
      [graph.one(VOLUME, "mongodb-data").protect, graph.one(STATEFUL_SET).protect],
      [true, true],
    );
    assert.deepEqual(at(graph.one(VOLUME).inputs, "spec"), {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "5Gi" } },
    });
    const adopting = await deployed({ storage: { size: "5Gi", existingClaim: "old-data" } });
    const server = adopting.one(STATEFUL_SET);
    assert.equal(adopting.one(VOLUME).read, true);
    assert.deepEqual(mountsOf(server)["/data/db"], { persistentVolumeClaim: { claimName: "old-data" } });
    assert.equal(variable(preparationOf(server), "ADOPTED"), "true");
  });

  it("restarts with changed scripts, because their ConfigMap has a new name then", async () => {
    const scripts = (await deployed()).one(CONFIG_MAP, "mongodb-server-scripts");
    assert.equal(at(scripts.inputs, "metadata", "name"), undefined);
    assert.deepEqual(Object.keys(scripts.inputs.data as object), [
      ...["administrator.js", "administrator.sh", "connect.js", "connect.sh", "ping.js", "ping.sh"],
    ]);
  });
});

describe("a consumer of the document database", () => {
  it("has its user made by a Job, which is told no secret", async () => {
    const job = (await deployed()).one(JOB, "mongodb-shop-1-provision");
    assert.deepEqual(withoutMounts(containerOf(job)), {
      name: "provision",
      image: IMAGE,
      imagePullPolicy: "IfNotPresent",
      command: ["sh", "/scripts/provision.sh"],
      env: [
        { name: "DB_HOST", value: "mongodb-service.shared.svc.cluster.local" },
        { name: "DB_PORT", value: "27017" },
        { name: "DATABASE", value: "shop_data" },
      ],
      resources: {
        requests: { cpu: "50m", memory: "192Mi", "ephemeral-storage": "64Mi" },
        limits: { memory: "512Mi", "ephemeral-storage": "528Mi" },
      },
      securityContext: SECURITY,
    });
  });

  it("gets a URL of parts that are encoded, and the parts", async () => {
    const graph = await deployed();
    const password = text(graph.one(PASSWORD, "mongodb-shop-1-password").outputs.result);
    const published = graph.one(SECRET, "shop-db");
    const { MONGODB_USERNAME: user, ...data } = published.inputs.stringData as Record<string, string>;
    const host = "mongodb-service.shared.svc.cluster.local";
    assert.match(user!, /^mlops-[^-]+-shop-/);
    assert.deepEqual(data, {
      MONGODB_HOST: host,
      MONGODB_PORT: "27017",
      MONGODB_DATABASE: "shop_data",
      MONGODB_PASSWORD: password,
      MONGODB_URL: `mongodb://${user}:${password}@${host}:27017/shop_data?authSource=admin`,
    });
  });

  it("shares the scripts with the sweep, in one ConfigMap", async () => {
    const graph = await deployed();
    const scripts = graph.one(CONFIG_MAP, "mongodb-scripts");
    for (const script of ["provision.sh", "provision.js", "sweep.sh", "sweep.js", "connect.sh", "connect.js"])
      assert.ok(script in (scripts.inputs.data as object), script);
    for (const job of graph.all(JOB))
      assert.deepEqual(mountsOf(job)["/scripts"], {
        configMap: { name: objectName(scripts) },
        readOnly: true,
      });
    assert.deepEqual(namesOf(graph.all(JOB)), ["mongodb-shop-1-provision", "mongodb-sweep"]);
  });

  for (const name of ["admin", "Local", "config", "", "a.b", "a/b", "x".repeat(64)]) {
    it(`can't have a database called "${name}"`, async () => {
      await assert.rejects(
        deployed({}, "minikube", name),
        /"shop" asks for the database .* of mongodb\. A name has/s,
      );
    });
  }
});

describe("the URL of a document database", () => {
  it("is a secret, and has whatever is in a name or a password percent-encoded", async () => {
    const graph = await run(() => ({
      url: documentUrl({
        host: "mongodb.example.com",
        port: 27018,
        database: "shop",
        user: "ann@home",
        password: "p:a/s%s?",
        authSource: "admin",
      }),
    }));
    assert.equal(
      graph.outputs.url,
      "mongodb://ann%40home:p%3Aa%2Fs%25s%3F@mongodb.example.com:27018/shop?authSource=admin",
    );
  });
});
