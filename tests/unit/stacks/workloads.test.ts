// The systems on top of the shared services, as a stack has them: the names that people type, what each is
// connected to, and what turns them on.
import * as assert from "node:assert/strict";
import { parseConfig } from "../../../stacks/config";
import { deploy } from "../../../stacks/platform";
import { isPlainObject, text, type PlainObject } from "../../../tools/graph/values";
import { type TargetName, targetNames } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import { at, CONFIG_MAP, DEPLOYMENT, JOB, POLICY, SECRET } from "../../support/services";

const VOLUME = "kubernetes:core/v1:PersistentVolumeClaim";
const crime = { crimePrediction: { enabled: true } };
const ai = {
  aiWorkload: { image: "registry.example.com/ai:1", models: { accessMode: "ReadWriteMany" } },
};

const stack = (target: TargetName, settings: PlainObject = {}): Promise<TestGraph> =>
  run(() => deploy(parseConfig({ values: { target, ...settings }, secretKeys: new Set() })), {
    stack: "dev",
  });

/** The container of a Deployment. */
function server(graph: TestGraph, deployment: string): PlainObject {
  const containers = at(graph.one(DEPLOYMENT, deployment).inputs, "spec", "template", "spec", "containers");
  const [first] = Array.isArray(containers) ? containers.filter(isPlainObject) : [];
  assert.ok(first);
  return first;
}

/** The variable of a container, resolved where a ConfigMap has it. */
function variable(graph: TestGraph, container: PlainObject, name: string): unknown {
  const env = Array.isArray(container.env) ? container.env.filter(isPlainObject) : [];
  const found = env.find((entry) => entry.name === name);
  const reference = at(found, "valueFrom", "configMapKeyRef");
  if (!isPlainObject(reference)) return found?.value ?? found?.valueFrom;
  const map = graph.object("ConfigMap", text(reference.name));
  return at(map, "data", text(reference.key));
}

/** The expressions under a name that the rules of a workload record. */
function recorded(graph: TestGraph, workload: string, name: string): unknown[] {
  const groups = at(graph.object("PrometheusRule", workload), "spec", "groups");
  const rules = (Array.isArray(groups) ? groups : []).flatMap((group) => at(group, "rules") as PlainObject[]);
  return rules.filter(({ record }) => record === name).map(({ expr }) => expr);
}

for (const target of targetNames) {
  describe(`iris on ${target}`, () => {
    let graph: TestGraph;
    before(async () => {
      graph = await stack(target, {
        iris: { host: "iris-api.example.com", cors: ["https://iris.example.com"], rateLimit: 50 },
      });
    });

    it("has the names that its users type, in namespace mlops", () => {
      const way =
        target === "minikube" ? (["Ingress", "iris-api-ingress"] as const) : (["Route", "iris-api"] as const);
      for (const [kind, name] of [
        ["Deployment", "iris-api"],
        ["Deployment", "mlflow-server"],
        ["Service", "iris-api-service"],
        ["Service", "mlflow-server-service"],
        ["HorizontalPodAutoscaler", "iris-api-hpa"],
        way,
      ] as const)
        graph.object(kind, name, "mlops");
      assert.equal(at(graph.object("Service", "iris-api-service"), "spec", "ports", "0", "port"), 8000);
      assert.equal(at(graph.object("Service", "mlflow-server-service"), "spec", "ports", "0", "port"), 5000);
      graph.one(CONFIG_MAP, "iris-api-config");
      graph.one(SECRET, "iris-api-secrets");
    });

    it("runs two to six replicas, which the autoscaler alone decides", () => {
      const spec = graph.object("HorizontalPodAutoscaler", "iris-api-hpa").spec;
      assert.deepEqual([at(spec, "minReplicas"), at(spec, "maxReplicas")], [2, 6]);
      assert.equal(at(graph.one(DEPLOYMENT, "iris-api").inputs, "spec", "replicas"), undefined);
    });

    it("loads the champion from MLflow, with an identity that only reads", () => {
      const container = server(graph, "iris-api");
      assert.equal(variable(graph, container, "MODEL_URI"), "models:/iris@champion");
      const env = (job: string) =>
        JSON.stringify(at(graph.one(JOB, job).inputs, "spec", "template", "spec", "containers"));
      assert.match(env("mlflow-server-iris-api-1-provision"), /\\"permission\\":\\"READ\\"/);
      assert.match(env("mlflow-server-iris-train-1-provision"), /\\"permission\\":\\"EDIT\\"/);
    });

    it("starts when its model is trained, and MLflow when its database is migrated", () => {
      const before = (name: string) =>
        graph.prerequisitesOf(graph.one(DEPLOYMENT, name)).map((resource) => resource.name);
      assert.ok(before("iris-api").includes("iris-train"));
      assert.ok(before("mlflow-server").includes("mlflow-server-migration"));
      assert.ok(before("mlflow-server").includes("minio-mlflow-1-provision"));
    });

    it("answers pages of the origins that the way in leaves to it", () => {
      const origins = variable(graph, server(graph, "iris-api"), "CORS_ORIGINS");
      assert.equal(origins, target === "minikube" ? "" : "https://iris.example.com");
    });

    it("runs its owner's image, on a model that its owner trains", async () => {
      const own = await stack(target, { iris: { image: "registry.example.com/iris:2" } });
      const container = server(own, "iris-api");
      assert.equal(container.image, "registry.example.com/iris:2");
      assert.equal(container.command, undefined);
      own.none(JOB, "iris-train");
      assert.equal(variable(own, container, "MODEL_URI"), "models:/iris@champion");
    });

    it("is held to its promises by what its clients ask: not by probes and scrapes", async () => {
      const watched = await stack(target, { monitoring: { enabled: true } });
      const [errors] = recorded(watched, "iris-api", "workload:failed_requests:rate5m");
      assert.match(String(errors), /path!~"\/\(health\|ready\|metrics\)"/);
      const [all] = recorded(watched, "iris-api", "workload:requests:rate5m");
      assert.match(String(all), /path!~"\/\(health\|ready\|metrics\)"/);
      const [timed] = recorded(watched, "iris-api", "workload:timed_requests:rate5m");
      assert.match(String(timed), /path!~"\/\(health\|ready\|metrics\)"/);
    });

    it("can send MLflow files of any size that the way in lets through: its pod has room for them", async () => {
      const exposed = await stack(target, { tracking: { host: "mlflow.example.com" } });
      const { volumes } = at(exposed.one(DEPLOYMENT, "mlflow-server").inputs, "spec", "template", "spec") as {
        volumes: PlainObject[];
      };
      assert.deepEqual(
        at(
          volumes.find(({ name }) => name === "tmp"),
          "emptyDir",
        ),
        { sizeLimit: "10Gi" },
      );
      if (target === "minikube")
        assert.match(
          JSON.stringify(exposed.object("Ingress", "mlflow-server-ingress")),
          /"nginx.ingress.kubernetes.io\/proxy-body-size":"10g"/,
        );
    });

    it("takes its model from a volume where there is no MLflow", async () => {
      const local = await stack(target, {
        tracking: { enabled: false },
        iris: { modelVolume: "iris-model" },
      });
      const container = server(local, "iris-api");
      assert.equal(variable(local, container, "MLFLOW_TRACKING_URI"), "");
      assert.equal(variable(local, container, "MODEL_URI"), "/models");
      assert.match(JSON.stringify(local.one(DEPLOYMENT, "iris-api").inputs), /"claimName":"iris-model"/);
      local.none(DEPLOYMENT, "mlflow-server");
      local.none(JOB, "iris-train");
    });
  });

  describe(`the AI workload on ${target}`, () => {
    it("is off until it has an image", async () => {
      const graph = await stack(target);
      graph.none(DEPLOYMENT, "ai-workload");
      assert.ok(!JSON.stringify(graph.outputs).includes("ai-workload"));
    });

    it("scales from three to ten, up at once and down after five minutes", async () => {
      const graph = await stack(target, ai);
      const spec = graph.object("HorizontalPodAutoscaler", "ai-workload-hpa").spec;
      assert.deepEqual([at(spec, "minReplicas"), at(spec, "maxReplicas")], [3, 10]);
      const metrics = at(spec, "metrics");
      assert.deepEqual(
        (Array.isArray(metrics) ? metrics : []).map((metric) => [
          at(metric, "resource", "name"),
          at(metric, "resource", "target", "averageUtilization"),
        ]),
        [
          ["cpu", 70],
          ["memory", 80],
        ],
      );
      assert.equal(at(spec, "behavior", "scaleUp", "stabilizationWindowSeconds"), 0);
      assert.equal(at(spec, "behavior", "scaleDown", "stabilizationWindowSeconds"), 300);
    });

    it("may write to the home that it is told of: the image's own belongs to another user", async () => {
      const graph = await stack(target, { ...ai, ...crime });
      for (const deployment of ["ai-workload", "backend-deployment"]) {
        const container = server(graph, deployment);
        assert.equal(variable(graph, container, "HOME"), "/tmp");
        assert.match(JSON.stringify(container.volumeMounts), /"mountPath":"\/tmp"/);
      }
    });

    it("has its sizes, its rollout and its volume from the requirements, in a quota of its own", async () => {
      const graph = await stack(target, ai);
      const deployment = graph.one(DEPLOYMENT, "ai-workload").inputs;
      assert.deepEqual(at(deployment, "spec", "strategy", "rollingUpdate"), {
        maxSurge: 1,
        maxUnavailable: 1,
      });
      const { resources } = server(graph, "ai-workload");
      assert.deepEqual(
        [at(resources, "requests", "cpu"), at(resources, "requests", "memory")],
        ["250m", "512Mi"],
      );
      assert.deepEqual([at(resources, "limits", "cpu"), at(resources, "limits", "memory")], ["1000m", "1Gi"]);
      assert.equal(graph.one(VOLUME, "ai-workload-models").protect, true);
      graph.object("ResourceQuota", "quota", "ai-workload");
      graph.object("LimitRange", "defaults", "ai-workload");
    });

    it("runs where the GPUs are, and rather where it is cheap", async () => {
      const gpu = { count: 2, nodes: { labels: { gpu: "a100" }, taints: ["gpu-only"] } };
      const graph = await stack(target, {
        aiWorkload: { ...ai.aiWorkload, gpu, spot: { labels: { spot: "true" } } },
      });
      assert.equal(at(server(graph, "ai-workload").resources, "limits", "nvidia.com/gpu"), "2");
      const pod = at(graph.one(DEPLOYMENT, "ai-workload").inputs, "spec", "template", "spec");
      assert.match(JSON.stringify(at(pod, "affinity")), /"preferred.*"spot".*"required.*"a100"/);
      assert.match(JSON.stringify(at(pod, "tolerations")), /gpu-only/);
    });
  });

  describe(`crime prediction on ${target}`, () => {
    it("is off by default", async () => {
      (await stack(target)).none(DEPLOYMENT, "backend-deployment");
    });

    it("has three replicas of each part, and never one less during an update", async () => {
      const graph = await stack(target, crime);
      for (const name of ["backend-deployment", "frontend-deployment"]) {
        const spec = at(graph.one(DEPLOYMENT, name).inputs, "spec");
        assert.equal(at(spec, "replicas"), 3);
        assert.deepEqual(at(spec, "strategy", "rollingUpdate"), { maxSurge: 1, maxUnavailable: 0 });
      }
    });

    it("lets its user interface call its model server, and nobody else", async () => {
      const graph = await stack(target, crime);
      assert.equal(
        variable(graph, server(graph, "frontend-deployment"), "BACKEND_URL"),
        "http://backend-service.crime-prediction.svc.cluster.local:5000",
      );
      const callers = graph
        .all(POLICY)
        .map(({ name }) => name)
        .filter((name) => name.startsWith("backend-deployment-from-"));
      assert.deepEqual(callers, ["backend-deployment-from-frontend-deployment"]);
    });

    it("shows its user interface at a host where there is one", async () => {
      const graph = await stack(target, { crimePrediction: { enabled: true, host: "crime.example.com" } });
      const kind = target === "minikube" ? "Ingress" : "Route";
      graph.object(kind, target === "minikube" ? "frontend-deployment-ingress" : "frontend-deployment");
      assert.equal(
        at(graph.object("Service", "frontend-service"), "spec", "type") ?? "ClusterIP",
        "ClusterIP",
      );
    });
  });
}

describe("crime prediction without a host", () => {
  it("is at port 30001 of the node on minikube, or at the one that is asked for", async () => {
    for (const [nodePort, settings] of [
      [30001, {}],
      [30007, { nodePort: 30007 }],
    ] as const) {
      const graph = await stack("minikube", { crimePrediction: { enabled: true, ...settings } });
      const spec = graph.object("Service", "frontend-service").spec;
      assert.equal(at(spec, "type"), "NodePort");
      assert.equal(at(spec, "ports", "0", "nodePort"), nodePort);
    }
  });

  it("stays inside on OpenShift", async () => {
    const graph = await stack("openshift", crime);
    assert.equal(at(graph.outputs.workloads, "frontend-deployment", "externalUrl"), undefined);
  });
});

describe("a consumer of MLflow", () => {
  it("gets its connection as a Secret, and the rights that it asks for", async () => {
    const graph = await stack("minikube", {
      consumers: { churn: { namespace: "churn", tracking: { experiments: ["churn"], access: "read" } } },
    });
    const secret = graph.one(SECRET, "churn-tracking-connection").inputs;
    assert.deepEqual(Object.keys(secret.stringData as PlainObject).sort(), [
      "MLFLOW_TRACKING_PASSWORD",
      "MLFLOW_TRACKING_URI",
      "MLFLOW_TRACKING_USERNAME",
    ]);
    graph.one(JOB, "mlflow-server-churn-1-provision");
    graph.one(POLICY, "mlflow-server-from-churn");
  });
});
