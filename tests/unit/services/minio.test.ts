// MinioStore: the object store's server, its Services, disk and administrator, and the way in to its console.
import * as assert from "node:assert/strict";
import type { MinioStoreArgs } from "../../../components/object-store";
import { minikube } from "../../../stacks/minikube";
import { openshift } from "../../../stacks/openshift";
import { configSchema } from "../../../stacks/config/schema";
import type { Resource } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import { IMAGE, type TargetName, targetNames } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  JOB,
  minioStore,
  mountsOf,
  POLICY,
  namesOf,
  SECRET,
  surroundings,
  withoutMounts,
} from "../../support/services";

const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const SERVICE = "kubernetes:core/v1:Service";
const VOLUME = "kubernetes:core/v1:PersistentVolumeClaim";
const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget";
const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const ROUTE = "kubernetes:route.openshift.io/v1:Route";

const LABELS = { "app.kubernetes.io/name": "minio" };

const expose = {
  minikube: minikube(configSchema("minikube").parse({ target: "minikube" })).expose,
  openshift: openshift(configSchema("openshift").parse({ target: "openshift" })).expose,
};

function deployed(args: Partial<MinioStoreArgs> = {}, target?: TargetName): Promise<TestGraph> {
  return run(() => {
    const store = minioStore(surroundings({}, target), args);
    store.seal();
    const { url, region, adminSecretName, consoleUrl } = store;
    return { url, region, adminSecretName, ...(consoleUrl === undefined ? {} : { consoleUrl }) };
  });
}

const podOf = (resource: Resource) => at(resource.inputs, "spec", "template", "spec");
const containerOf = (resource: Resource) => at(podOf(resource), "containers", 0);
const objectName = (resource: Resource) => text(at(resource.outputs, "metadata", "name"));

describe("the object store", () => {
  for (const target of targetNames) {
    it(`is one MinIO server with its disk, started by arguments alone, on ${target}`, async () => {
      const graph = await deployed({}, target);
      const server = graph.one(STATEFUL_SET, "minio");
      assert.deepEqual(at(server.inputs, "metadata"), { name: "minio", namespace: "shared", labels: LABELS });
      const { template, ...spec } = server.inputs.spec as Record<string, unknown>;
      const { podManagementPolicy, ...rest } = spec;
      assert.deepEqual(rest, { serviceName: "minio-api", replicas: 1, selector: { matchLabels: LABELS } });
      // Otherwise its controller never replaces a pod that did not get ready, not even after a correction.
      assert.equal(podManagementPolicy, "Parallel");
      assert.ok(template);
      const admin = objectName(graph.one(SECRET, "minio-admin"));
      assert.deepEqual(withoutMounts(containerOf(server)), {
        name: "minio",
        image: IMAGE,
        imagePullPolicy: "IfNotPresent",
        args: ["server", "/data", "--address=:9000", "--console-address=:9001"],
        env: [
          { name: "HOME", value: "/tmp" },
          { name: "MINIO_ROOT_USER_FILE", value: "/credentials/admin/user" },
          { name: "MINIO_ROOT_PASSWORD_FILE", value: "/credentials/admin/password" },
        ],
        ports: [
          { name: "api", containerPort: 9000, protocol: "TCP" },
          { name: "console", containerPort: 9001, protocol: "TCP" },
        ],
        resources: {
          requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
          limits: { memory: "256Mi", "ephemeral-storage": "768Mi" },
        },
        startupProbe: {
          httpGet: { path: "/minio/health/live", port: 9000 },
          periodSeconds: 2,
          failureThreshold: 60,
        },
        readinessProbe: {
          httpGet: { path: "/minio/health/ready", port: 9000 },
          periodSeconds: 5,
          timeoutSeconds: 3,
        },
        livenessProbe: {
          httpGet: { path: "/minio/health/live", port: 9000 },
          periodSeconds: 15,
          timeoutSeconds: 5,
          failureThreshold: 4,
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      });
      assert.deepEqual(mountsOf(server), {
        "/data": { persistentVolumeClaim: { claimName: "minio-data" } },
        "/tmp": { emptyDir: { sizeLimit: "256Mi" } },
        "/credentials/admin": { secret: { secretName: admin, defaultMode: 0o440 }, readOnly: true },
      });
      const context = at(podOf(server), "securityContext");
      assert.equal(at(context, "runAsUser"), target === "minikube" ? 10001 : undefined);
      assert.equal(at(context, "fsGroup"), target === "minikube" ? 10001 : undefined);
    });
  }

  it("has a Service for its API and one for its console", async () => {
    const graph = await deployed();
    const port = (name: string, number: number) => [
      { name, port: number, targetPort: number, protocol: "TCP" },
    ];
    assert.deepEqual(namesOf(graph.all(SERVICE)), ["minio-api", "minio-console"]);
    for (const [name, ports] of [
      ["minio-api", port("api", 9000)],
      ["minio-console", port("console", 9001)],
    ] as const) {
      const { inputs } = graph.one(SERVICE, name);
      assert.deepEqual(inputs.metadata, { name, namespace: "shared", labels: LABELS });
      assert.deepEqual(inputs.spec, { selector: LABELS, ports });
    }
  });

  it("keeps its data on a claim of its own, which is protected like its server", async () => {
    const graph = await deployed({ storage: { size: "30Gi", storageClass: "fast" } });
    const volume = graph.one(VOLUME, "minio-data");
    assert.deepEqual(volume.inputs.spec, {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "30Gi" } },
      storageClassName: "fast",
    });
    assert.deepEqual([volume.protect, graph.one(STATEFUL_SET).protect], [true, true]);
    const throwAway = await deployed({ storage: { size: "1Gi", protect: false } });
    assert.deepEqual([throwAway.one(VOLUME).protect, throwAway.one(STATEFUL_SET).protect], [false, false]);
    assert.equal(at(throwAway.one(VOLUME).inputs, "spec", "storageClassName"), undefined);
  });

  it("adopts a claim that is there: it is read, used as it is, and counts as another disk", async () => {
    const graph = await deployed({
      storage: { size: "30Gi", existingClaim: "old-data" },
      buckets: { a: {} },
    });
    const claim = graph.one(VOLUME);
    assert.deepEqual([claim.read, claim.id], [true, "shared/old-data"]);
    assert.deepEqual(mountsOf(graph.one(STATEFUL_SET))["/data"], {
      persistentVolumeClaim: { claimName: "old-data" },
    });
    const annotations = at(graph.one(JOB, "minio-bucket-a").inputs, "spec", "template", "metadata");
    assert.deepEqual(at(annotations, "annotations"), {
      "inputs.mlops-platform/volume": at(claim.outputs, "metadata", "uid"),
    });
  });

  it("lets a drain of its node go on", async () => {
    assert.deepEqual((await deployed()).one(BUDGET, "minio").inputs.spec, {
      maxUnavailable: 1,
      // A server that is down already holds nobody up.
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: LABELS },
    });
  });

  it("has an administrator whose generated password is in one Secret of its namespace", async () => {
    const graph = await deployed();
    const admin = graph.one(SECRET, "minio-admin");
    assert.equal(at(admin.inputs, "metadata", "name"), undefined, "auto-named, so that it can change");
    assert.equal(at(admin.inputs, "metadata", "namespace"), "shared");
    assert.deepEqual(admin.inputs.stringData, {
      user: "platform-admin",
      password: graph.one("random:index/randomPassword:RandomPassword", "minio-admin-password").outputs
        .result,
    });
    assert.equal(graph.outputs.adminSecretName, objectName(admin));
  });

  it("says where it is: an address inside the cluster, and no console", async () => {
    const { url, region, consoleUrl } = (await deployed()).outputs;
    assert.deepEqual(
      [url, region, consoleUrl],
      ["http://minio-api.shared.svc.cluster.local:9000", "us-east-1", undefined],
    );
  });
});

describe("the console", () => {
  const kinds = {
    minikube: { kind: INGRESS, name: "minio-console-ingress" },
    openshift: { kind: ROUTE, name: "minio-console" },
  };
  for (const target of targetNames) {
    describe(`exposed on ${target}`, () => {
      let graph: TestGraph;
      before(async () => {
        const console = expose[target]({ host: "console.example.com" });
        graph = await deployed({ console }, target);
      });

      it("is reached at its host, through its own Service", () => {
        const way = graph.one(kinds[target].kind, kinds[target].name).inputs;
        const [host, service] =
          target === "minikube"
            ? [
                at(way, "spec", "rules", 0, "host"),
                at(way, "spec", "rules", 0, "http", "paths", 0, "backend", "service"),
              ]
            : [at(way, "spec", "host"), at(way, "spec", "to")];
        assert.equal(host, "console.example.com");
        assert.equal(at(service, "name"), "minio-console");
        assert.equal(graph.outputs.consoleUrl, "https://console.example.com");
      });

      it("knows its own address, for its redirects", () => {
        const env = at(containerOf(graph.one(STATEFUL_SET)), "env") as { name: string; value: string }[];
        assert.equal(
          env.find(({ name }) => name === "MINIO_BROWSER_REDIRECT_URL")?.value,
          "https://console.example.com",
        );
      });

      it("lets the ingress controller in, at the console's port", () => {
        const { spec } = graph.one(POLICY, "minio-console-from-ingress-controller").inputs;
        assert.deepEqual(at(spec, "podSelector"), { matchLabels: LABELS });
        assert.deepEqual(at(spec, "ingress", 0, "ports"), [{ protocol: "TCP", port: 9001 }]);
      });

      it("is opened when its Service is there", () => {
        const needed = graph.prerequisitesOf(graph.one(kinds[target].kind, kinds[target].name));
        assert.ok(needed.includes(graph.one(SERVICE, "minio-console")));
      });
    });
  }
});
