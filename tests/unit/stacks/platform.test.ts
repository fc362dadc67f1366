// The whole platform of a stack on both Targets: its inventory, its contract, and what holds of all of it.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CONTRACT_VERSION } from "../../../stacks/contract";
import { isPatch, kubernetesKind } from "../../../tools/graph/providers";
import { text } from "../../../tools/graph/values";
import { targetNames } from "../../support/fixtures";
import { findLeaks } from "../../support/leaks";
import { houseRuleViolations, podTemplates, restrictedViolations } from "../../support/pods";
import { run, type TestGraph } from "../../support/program";
import { at, CONFIG_MAP, DEPLOYMENT, JOB, SECRET } from "../../support/services";
import { both, located, platform, program, sharedOnly } from "./setup";

const PROVIDER = "pulumi:providers:kubernetes";
const NAMESPACE_PATCH = "kubernetes:core/v1:NamespacePatch";
const VOLUME = "kubernetes:core/v1:PersistentVolumeClaim";
const REGISTRY = "kubernetes:modelregistry.opendatahub.io/v1beta1:ModelRegistry";

/** Objects that would meet on the cluster under one name. */
function namesakes({ objects }: TestGraph): string[] {
  const names = objects
    .filter(({ patch }) => !patch)
    .map(
      ({ manifest, namespace }) =>
        `${manifest.apiVersion} ${manifest.kind} ${namespace ?? ""}/${manifest.metadata.name}`,
    );
  return names.filter((name, index) => names.indexOf(name) !== index);
}

for (const target of targetNames) {
  describe(`the platform on ${target}`, () => {
    let graph: TestGraph;
    before(async () => {
      graph = await platform(target, { consumers: { iris: both } });
    });

    it("labels every Kubernetes object with the stack it belongs to, beside its own labels", () => {
      const labels = {
        "app.kubernetes.io/managed-by": "pulumi",
        "app.kubernetes.io/part-of": "mlops-platform",
        "mlops-platform/stack": "dev",
      };
      const objects = graph.resources.filter(
        ({ type, inputs }) => kubernetesKind(inputs) !== undefined && !isPatch(type, inputs),
      );
      assert.ok(objects.length > 40);
      for (const { urn, inputs } of objects) {
        const own = at(inputs, "metadata", "labels") as Record<string, string>;
        assert.deepEqual({ ...own, ...labels }, own, urn);
      }
      const server = graph.one("kubernetes:apps/v1:StatefulSet", "minio").inputs;
      assert.equal(at(server, "metadata", "labels", "app.kubernetes.io/name"), "minio");
      const selector = at(server, "spec", "selector", "matchLabels");
      assert.deepEqual(selector, { "app.kubernetes.io/name": "minio" }, "selectors can't change in place");
    });

    it("has outputs of exactly this shape, none of them secret", () => {
      assert.deepEqual(graph.secretOutputs, []);
      const admin = (service: string) =>
        text(at(graph.one(SECRET, `${service}-admin`).outputs, "metadata", "name"));
      const registry = located(
        "model-registry",
        "rhoai-model-registries",
        target === "minikube" ? 8080 : 8443,
        target === "minikube" ? {} : { pods: { app: "model-registry", component: "model-registry" } },
      );
      const iris = located("iris-api", "mlops", 8000, { service: "iris-api-service" });
      const backend = located("backend-deployment", "crime-prediction", 5000, { service: "backend-service" });
      const frontend = located("frontend-deployment", "crime-prediction", 8501, {
        service: "frontend-service",
      });
      const mlflow = located("mlflow-server", "mlops", 5000, { service: "mlflow-server-service" });
      assert.deepEqual(graph.outputs, {
        contractVersion: CONTRACT_VERSION,
        target,
        objectStore: {
          url: "http://minio-api.minio.svc.cluster.local:9000",
          ...located("minio", "minio", 9000, { service: "minio-api" }),
          region: "us-east-1",
          buckets: ["irises", "mlflow", "mlpipeline", "model-registry-bucket"],
          adminSecretName: admin("minio"),
        },
        database: {
          ...located("mysql", "db-ai", 3306),
          encrypted: false,
          adminSecretName: admin("mysql"),
        },
        modelRegistry: {
          url: `${target === "minikube" ? "http" : "https"}://${registry.host}:${registry.port}`,
          ...registry,
          artifactsSecretName: "model-registry-artifacts",
        },
        tracking: {
          url: "http://mlflow-server-service.mlops.svc.cluster.local:5000",
          ...mlflow,
          externalUrl: "https://mlflow.example.com",
          adminSecretName: admin("mlflow-server"),
        },
        workloads: {
          "iris-api": {
            namespace: "mlops",
            url: "http://iris-api-service.mlops.svc.cluster.local:8000",
            ...iris,
            externalUrl: "https://iris-api.example.com",
            apiKeySecretName: "iris-api-key",
          },
          "ai-workload": {
            namespace: "ai-workload",
            url: "http://ai-workload.ai-workload.svc.cluster.local:8000",
            ...located("ai-workload", "ai-workload", 8000),
            externalUrl: "https://ai.example.com",
            apiKeySecretName: "ai-workload-key",
          },
          "backend-deployment": {
            namespace: "crime-prediction",
            url: "http://backend-service.crime-prediction.svc.cluster.local:5000",
            ...backend,
          },
          "frontend-deployment": {
            namespace: "crime-prediction",
            url: "http://frontend-service.crime-prediction.svc.cluster.local:8501",
            ...frontend,
            externalUrl: "https://crime.example.com",
          },
        },
        portForward: {
          minio: "kubectl port-forward --namespace minio service/minio-api 9000:9000",
          "minio-console": "kubectl port-forward --namespace minio service/minio-console 9001:9001",
          mysql: "kubectl port-forward --namespace db-ai service/mysql 3306:3306",
          "model-registry": `kubectl port-forward --namespace rhoai-model-registries service/model-registry ${registry.port}:${registry.port}`,
          "mlflow-server": "kubectl port-forward --namespace mlops service/mlflow-server-service 5000:5000",
          "iris-api": "kubectl port-forward --namespace mlops service/iris-api-service 8000:8000",
          "ai-workload": "kubectl port-forward --namespace ai-workload service/ai-workload 8000:8000",
          "backend-deployment":
            "kubectl port-forward --namespace crime-prediction service/backend-service 5000:5000",
          "frontend-deployment":
            "kubectl port-forward --namespace crime-prediction service/frontend-service 8501:8501",
        },
        namespaces: {
          minio: "minio",
          "db-ai": "db-ai",
          "rhoai-model-registries": "rhoai-model-registries",
          ...(target === "openshift" ? { operators: "operators" } : {}),
          mlops: "mlops",
          "ai-workload": "ai-workload",
          "crime-prediction": "crime-prediction",
        },
        consumers: {
          iris: {
            namespace: "garden",
            pods: {},
            connections: {
              objectStore: {
                secretName: "iris-s3-connection",
                generation: "1",
                bucket: "irises",
                prefix: "",
                access: "readWrite",
              },
              database: { secretName: "iris-db-connection", generation: "1", schema: "irises" },
            },
          },
        },
      });
    });

    it("registers the same in a preview of a new stack, where nothing has a value yet", async () => {
      const settings = { consumers: { iris: { ...both, createNamespace: true, egress: true } } };
      const preview = await run(program(target, settings), { stack: "dev", preview: true });
      const real = await platform(target, settings);
      const urns = ({ resources }: TestGraph) => resources.map(({ urn }) => urn).sort();
      assert.deepEqual(urns(preview), urns(real));
    });

    it("knows every object's namespace and labels in that preview", async () => {
      const preview = await run(program(target, { consumers: { iris: both } }), { preview: true });
      for (const { urn, inputs } of preview.resources)
        if (kubernetesKind(inputs) !== undefined)
          assert.equal(typeof at(inputs, "metadata", "labels"), "object", urn);
    });

    it("shows no secret, wherever one looks", () => {
      assert.deepEqual(findLeaks(graph.graph), []);
    });

    it("runs pods that every restricted namespace admits, by the rules of the house", () => {
      const templates = podTemplates(graph.objects);
      assert.ok(templates.length >= 8);
      for (const { owner, spec } of templates)
        assert.deepEqual([...restrictedViolations(spec), ...houseRuleViolations(spec)], [], owner);
    });

    it("gives every rollout the time that the config allows", async () => {
      const hasty = await platform(target, { consumers: { iris: both }, rolloutTimeout: 90 });
      const rollouts = hasty.resources.filter(({ type }) =>
        /:(Deployment|StatefulSet|ModelRegistry)$/.test(type),
      );
      assert.ok(rollouts.length >= 3);
      for (const { urn, type, inputs, customTimeouts } of rollouts) {
        assert.deepEqual(customTimeouts, { create: "105s", update: "105s" }, urn);
        if (type === DEPLOYMENT) assert.equal(at(inputs, "spec", "progressDeadlineSeconds"), 90, urn);
      }
    });

    it("has no two objects of one name", () => {
      assert.deepEqual(namesakes(graph), []);
    });

    it("makes a namespace once for all its consumers, before what is put there, and leaves it when they go", async () => {
      const shared = { ...both, createNamespace: true };
      const graph = await platform(target, {
        consumers: { iris: both, rose: { ...shared, schema: "roses" } },
      });
      const namespace = graph.one(NAMESPACE_PATCH, "garden");
      assert.equal(namespace.protect, false);
      for (const secret of ["iris-s3-connection", "rose-db-connection"])
        assert.ok(graph.one(SECRET, secret).dependencies.includes(namespace.urn));
    });

    it("keeps what a change of one consumer does not concern", async () => {
      const more = await platform(target, { consumers: { iris: both, rose: { ...both, schema: "roses" } } });
      const concerned = ["minio-identities", "minio-sweep", "mysql-identities", "mysql-sweep"];
      for (const { urn, name, inputs } of graph.resources)
        if (!concerned.includes(name)) assert.deepEqual(more.byUrn(urn).inputs, inputs, urn);
    });

    it("sees a consumer's identities and ways go with its entry, and nothing else", async () => {
      const without = await platform(target);
      const left = new Set(without.resources.map(({ urn }) => urn));
      const gone = graph.resources.filter(({ urn }) => !left.has(urn));
      assert.ok(gone.length > 10);
      for (const { urn } of gone) assert.match(urn, /iris/);
      assert.ok(
        !text(at(without.one(CONFIG_MAP, "minio-identities").inputs, "data", "keep")).includes("iris"),
      );
    });

    it("does not claim a namespace or a disk that is there already", async () => {
      const adopting = await platform(target, {
        namespaces: { minio: { existing: true } },
        minio: { storage: { existingClaim: "old-data" } },
      });
      const namespace = adopting.one("kubernetes:core/v1:NamespacePatch", "minio");
      const disk = adopting.one("kubernetes:core/v1:PersistentVolumeClaim", "minio-data-adopted");
      for (const { inputs } of [namespace, disk])
        assert.ok(!JSON.stringify(inputs).includes("mlops-platform/stack"));
    });

    it("adopts existing disks, in whose Jobs their uids are", async () => {
      const storage = { existingClaim: "old-data" };
      const adopting = await platform(target, { minio: { storage }, mysql: { storage } });
      for (const [service, namespace, job] of [
        ["minio", "minio", "minio-bucket-mlpipeline"],
        ["mysql", "db-ai", "mysql-model-registry-1-provision"],
      ] as const) {
        const claim = adopting.one(VOLUME, `${service}-data-adopted`);
        assert.deepEqual([claim.read, claim.id], [true, `${namespace}/old-data`]);
        const annotations = at(adopting.one(JOB, job).inputs, "spec", "template", "metadata", "annotations");
        const uid = at(claim.outputs, "metadata", "uid");
        assert.ok(uid);
        assert.equal(at(annotations, "inputs.mlops-platform/volume"), uid);
      }
    });

    it("does without a model registry when it is off", async () => {
      const off = await platform(target, { ...sharedOnly, modelRegistry: { enabled: false } });
      assert.equal(off.outputs.modelRegistry, undefined);
      assert.ok(!Object.hasOwn(off.outputs, "modelRegistry"));
      off.none(DEPLOYMENT);
      off.none(REGISTRY);
    });

    it("exposes its console where a host is given, and says so", async () => {
      const exposed = await platform(target, { minio: { consoleHost: "console.example.com" } });
      assert.equal(at(exposed.outputs.objectStore, "consoleUrl"), "https://console.example.com");
    });

    it("puts its prefix in front of every namespace of its own", async () => {
      const prefixed = await platform(target, { namespacePrefix: "team1-" });
      assert.deepEqual(prefixed.outputs.namespaces, {
        minio: "team1-minio",
        "db-ai": "team1-db-ai",
        "rhoai-model-registries": "team1-rhoai-model-registries",
        ...(target === "openshift" ? { operators: "team1-operators" } : {}),
        mlops: "team1-mlops",
        "ai-workload": "team1-ai-workload",
        "crime-prediction": "team1-crime-prediction",
      });
      // Operators are the cluster's: there is one of each, whatever stack installs it.
      const own = prefixed.objects.filter(
        ({ component }) => !component.startsWith("mlops:operators:Operator "),
      );
      const namespaces = new Set(own.map(({ namespace }) => namespace));
      assert.deepEqual(
        [...namespaces].filter((name) => name && !name.startsWith("team1-")),
        [],
      );
    });
  });
}

describe("the model registry on minikube", () => {
  it("is exposed where a host is given, and the contract says so", async () => {
    const graph = await platform("minikube", { modelRegistry: { host: "registry.example.com" } });
    assert.equal(at(graph.outputs.modelRegistry, "externalUrl"), "https://registry.example.com");
    graph.one("kubernetes:networking.k8s.io/v1:Ingress", "model-registry-ingress");
  });
});

describe("the provider that updates in place", () => {
  it("reaches the same cluster as all others, identified in the same way", async () => {
    const cluster = {
      kubeconfig: "/home/me/.kube/config",
      context: "prod",
      cluster: "east",
      clusterIdentifier: "prod-east",
    };
    const config = Object.fromEntries(
      Object.entries(cluster).map(([key, value]) => [`kubernetes:${key}`, value]),
    );
    const before = pulumi.runtime.allConfig();
    try {
      pulumi.runtime.setAllConfig({ ...before, ...config });
      const { inputs } = (await platform("minikube")).one(PROVIDER, "in-place");
      for (const [key, value] of Object.entries(cluster)) assert.equal(inputs[key], value, key);
    } finally {
      pulumi.runtime.setAllConfig(before);
    }
  });

  it("finds the cluster as all others do, and keeps no path of a file that may be gone at the next run", async () => {
    const { inputs } = (await platform("minikube")).one(PROVIDER, "in-place");
    assert.equal(inputs.kubeconfig, "");
  });
});
