// Triton behind KServe: what is asked of KServe, what that gets to work with, and who may use the result.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { ingressExposure } from "../../../../components/exposure";
import { isPlainObject, type Plain, type PlainObject, text } from "../../../../tools/graph/values";
import { clusterPods } from "../../../support/fixtures";
import { admit, allocationOf } from "../../../support/scc";
import { scratch, write } from "../../../support/processes";
import { at, CONFIG_MAP, JOB, POLICY, SECRET } from "../../../support/services";
import {
  annotationsOf,
  containerOf,
  deployed,
  monitoring,
  objectName,
  predictorOf,
  route,
  RUNTIME,
  SAMPLE,
  SERVICE,
  tritonResources,
  servingOperator,
} from "./setup";
import { podTemplates } from "../../../support/pods";

const ROUTE = "kubernetes:route.openshift.io/v1:Route";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";

describe("a Triton server", () => {
  it("is served without Knative, in the words of its KServe", async () => {
    for (const mode of ["RawDeployment", "Standard"] as const) {
      const graph = await deployed({ operator: () => servingOperator(mode) });
      assert.equal(at(annotationsOf(graph), "serving.kserve.io/deploymentMode"), mode);
      assert.equal(at(annotationsOf(graph), "pulumi.com/waitFor"), "condition=Ready");
    }
  });

  it("names its runtime, its models and what it takes, so that KServe fills in nothing", async () => {
    const graph = await deployed();
    assert.deepEqual(at(predictorOf(graph), "model"), {
      modelFormat: { name: "triton", version: "2" },
      protocolVersion: "v2",
      runtime: "triton",
      // With the slash: the identity may list nothing above it.
      storageUri: "s3://models/triton/",
      resources: tritonResources,
    });
    assert.deepEqual(at(graph.one(RUNTIME, "triton").inputs, "spec", "supportedModelFormats"), [
      { name: "triton", version: "2", autoSelect: false },
    ]);
  });

  it("listens where its probes, KServe and the metrics look, and keeps its administration to itself", async () => {
    const container = containerOf(await deployed());
    const args = at(container, "args");
    assert.ok(Array.isArray(args));
    for (const arg of ["--model-store=/mnt/models", "--http-port=8080", "--metrics-port=8002"])
      assert.ok(args.includes(arg), arg);
    assert.ok(
      args.includes("--http-restricted-api=model-repository,shared-memory,trace,logging:pod-uid=$(POD_UID)"),
    );
    assert.deepEqual(at(container, "ports"), [{ name: "http", containerPort: 8080, protocol: "TCP" }]);
    assert.deepEqual(at(container, "readinessProbe", "httpGet"), { path: "/v2/health/ready", port: 8080 });
    assert.deepEqual(at(container, "livenessProbe", "httpGet"), { path: "/v2/health/live", port: 8080 });
  });

  it("shares memory within its limit, and has room on the disk for its models", async () => {
    const graph = await deployed({ args: () => ({ sharedMemory: "128Mi", modelSize: "3Gi" }) });
    const volumes = at(graph.one(RUNTIME).inputs, "spec", "volumes");
    assert.deepEqual(volumes, [
      { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
      { name: "dev-shm", emptyDir: { medium: "Memory", sizeLimit: "128Mi" } },
    ]);
    // Models, scratch and logs: 3072 + 256 + 512.
    assert.equal(at(containerOf(graph), "resources", "limits", "ephemeral-storage"), "3840Mi");
  });

  it("is admitted by restricted-v2 as a pod with nothing of its own to say about users", async () => {
    const graph = await deployed();
    const pods = podTemplates(graph.objects).filter(({ owner }) => owner === "team/InferenceService/triton");
    assert.equal(pods.length, 1);
    const allocation = allocationOf({
      "openshift.io/sa.scc.uid-range": "1000650000/10000",
      "openshift.io/sa.scc.supplemental-groups": "1000650000/10000",
      "openshift.io/sa.scc.mcs": "s0:c26,c10",
    });
    assert.deepEqual(admit(pods[0]!.spec, allocation).reasons, []);
    assert.equal(at(containerOf(graph), "securityContext", "readOnlyRootFilesystem"), true);
  });

  it("gets devices in the runtime, and its place among nodes in both parts of its pod", async () => {
    const graph = await deployed({ args: () => ({ placement: { gpu: { count: 2 } } }) });
    assert.equal(at(containerOf(graph), "resources", "limits", "nvidia.com/gpu"), "2");
    assert.deepEqual(at(graph.one(RUNTIME).inputs, "spec", "tolerations"), [
      { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
    ]);
    const spread = at(predictorOf(graph), "topologySpreadConstraints", 0, "labelSelector");
    assert.deepEqual(spread, { matchLabels: at(predictorOf(graph), "labels") });
  });

  it("has as many replicas as it is told, or an autoscaler of KServe's", async () => {
    const fixed = await deployed({ args: () => ({ replicas: 2 }) });
    assert.equal(at(annotationsOf(fixed), "serving.kserve.io/autoscalerClass"), "none");
    assert.equal(at(predictorOf(fixed), "minReplicas"), 2);
    assert.equal(at(predictorOf(fixed), "maxReplicas"), 2);
    const scaled = await deployed({ args: () => ({ replicas: { min: 1, max: 4, cpu: 70 } }) });
    assert.equal(at(annotationsOf(scaled), "serving.kserve.io/autoscalerClass"), "hpa");
    const { minReplicas, maxReplicas, scaleMetric, scaleTarget } = objectOf(predictorOf(scaled));
    assert.deepEqual(
      { minReplicas, maxReplicas, scaleMetric, scaleTarget },
      { minReplicas: 1, maxReplicas: 4, scaleMetric: "cpu", scaleTarget: 70 },
    );
  });

  it("refuses to be scaled by two things at once, or by none", async () => {
    const scaling = (replicas: { min: number; max: number; cpu?: number; memory?: number }) =>
      deployed({ args: () => ({ replicas }) });
    await assert.rejects(scaling({ min: 1, max: 2, cpu: 70, memory: 80 }), /follows both cpu and memory/);
    await assert.rejects(scaling({ min: 1, max: 2 }), /follows nothing/);
    await assert.rejects(scaling({ min: 3, max: 2, cpu: 70 }), /a min of 3 above its max of 2/);
  });

  describe("and its models", () => {
    it("are found through its account and a Secret that says where the store is", async () => {
      const graph = await deployed();
      const secret = graph.one(SECRET, "triton-minio-1");
      assert.deepEqual(Object.keys(objectOf(secret.inputs.stringData)), [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
      ]);
      assert.deepEqual(at(secret.inputs, "metadata", "annotations"), {
        "serving.kserve.io/s3-endpoint": "minio-api.shared.svc.cluster.local:9000",
        "serving.kserve.io/s3-usehttps": "0",
        "serving.kserve.io/s3-verifyssl": "0",
        "serving.kserve.io/s3-region": "us-east-1",
        "serving.kserve.io/s3-cabundle-configmap": "",
        "serving.kserve.io/s3-cabundle": "",
      });
      assert.ok(!secret.secretInputs.some((path) => path.startsWith("metadata")));
      const account = graph.one("kubernetes:core/v1:ServiceAccount", "triton");
      assert.deepEqual(account.inputs.secrets, [{ name: objectName(secret) }]);
      assert.equal(at(predictorOf(graph), "serviceAccountName"), "triton");
    });

    it("come over TLS from an external store, whose private authorities it is given", async () => {
      const graph = await deployed({ external: { caBundle: "PEM" } });
      const annotations = objectOf(
        at(graph.one(SECRET, "triton-minio-external").inputs, "metadata", "annotations"),
      );
      assert.equal(annotations["serving.kserve.io/s3-usehttps"], "1");
      assert.equal(annotations["serving.kserve.io/s3-verifyssl"], "1");
      assert.equal(annotations["serving.kserve.io/s3-cabundle-configmap"], "triton-ca-bundle");
      const bundle = graph.one(CONFIG_MAP, "triton-ca-bundle");
      const file = text(annotations["serving.kserve.io/s3-cabundle"]);
      assert.deepEqual(Object.keys(objectOf(bundle.inputs.data)), [path.basename(file)]);
      assert.ok(graph.one(SERVICE).dependencies.includes(bundle.urn));
    });

    it("are served anew with another credential, and with other models", async () => {
      const inputs = async (generations: string[]) =>
        objectOf(at(predictorOf(await deployed({ generations })), "annotations"));
      const [one, two] = [await inputs(["1"]), await inputs(["2", "1"])];
      assert.notEqual(one["inputs.mlops-platform/credential"], two["inputs.mlops-platform/credential"]);
      assert.equal(one["inputs.mlops-platform/models"], two["inputs.mlops-platform/models"]);
      const none = await deployed({ sample: false });
      assert.equal(at(predictorOf(none), "annotations", "inputs.mlops-platform/models"), undefined);
    });

    it("are uploaded first, every file of the sample, by an identity of their own", async () => {
      const graph = await deployed();
      const upload = graph.one(JOB, "triton-upload");
      const data = objectOf(graph.one(CONFIG_MAP, "triton-models").inputs.data);
      assert.deepEqual(Object.keys(data).sort(), [
        "iris--1--model.py",
        "iris--1--weights.json",
        "iris--config.pbtxt",
      ]);
      assert.equal(
        data["iris--config.pbtxt"],
        fs.readFileSync(path.join(SAMPLE, "iris/config.pbtxt"), "utf8"),
      );
      assert.ok(graph.one(SERVICE).dependencies.includes(upload.urn));
      assert.ok(upload.dependencies.includes(graph.one(JOB, "minio-triton-upload-1-provision").urn));
      const waited = graph.prerequisitesOf(upload).map(({ name }) => name);
      assert.ok(!waited.includes("serving-works"), "the upload waits for no operator");
    });

    it("are not uploaded where they are there already", async () => {
      const graph = await deployed({ sample: false });
      graph.none(JOB, "triton-upload");
      graph.none(CONFIG_MAP, "triton-models");
    });

    it("have to be files of text, few enough for a ConfigMap", async () => {
      const uploading = (files: Record<string, string>) => {
        const folder = scratch("repository");
        write(folder, files);
        return deployed({ sampleFolder: folder });
      };
      await assert.rejects(uploading({}), /are none: there are no files/);
      await assert.rejects(uploading({ "model.onnx": "\uFFFD" }), /model\.onnx that is no text/);
      await assert.rejects(uploading({ "a b": "text" }), /have a file "a b"/);
      await assert.rejects(uploading({ large: "x".repeat(2 ** 20 + 1) }), /more than the 1048576/);
    });
  });

  describe("and its clients", () => {
    it("show a token, which a proxy in front of it checks with the API server", async () => {
      const graph = await deployed({ args: () => ({ exposure: route() }) });
      assert.equal(at(annotationsOf(graph), "security.opendatahub.io/enable-auth"), "true");
      assert.equal(at(predictorOf(graph), "automountServiceAccountToken"), true);
      assert.equal(graph.outputs.url, "https://triton-predictor.team.svc.cluster.local:8443");
      assert.ok(graph.one(SERVICE).dependencies.includes(graph.one(POLICY, "triton-to-api-server").urn));
      const { spec } = graph.one(ROUTE, "triton-api").inputs;
      assert.equal(at(spec, "tls", "termination"), "reencrypt");
      assert.deepEqual(at(spec, "port"), { targetPort: 8443 });
      assert.equal(at(spec, "to", "name"), "triton-predictor");
      const way = graph.one(POLICY, "triton-from-ingress-controller").inputs.spec;
      assert.deepEqual(at(way, "ingress", 0, "ports"), [{ protocol: "TCP", port: 8443 }]);
    });

    it("have an account that may do nothing but ask this server", async () => {
      const graph = await deployed();
      assert.equal(graph.outputs.clientAccountName, "triton-client");
      assert.deepEqual(graph.one(ROLE, "triton-client").inputs.rules, [
        {
          apiGroups: ["serving.kserve.io"],
          resources: ["inferenceservices"],
          resourceNames: ["triton"],
          verbs: ["get"],
        },
      ]);
    });

    it("are all let in where nobody is asked for a token", async () => {
      const graph = await deployed({ args: () => ({ authentication: "none", exposure: route() }) });
      assert.equal(at(annotationsOf(graph), "security.opendatahub.io/enable-auth"), undefined);
      assert.equal(at(predictorOf(graph), "automountServiceAccountToken"), false);
      assert.equal(graph.outputs.url, "http://triton-predictor.team.svc.cluster.local:8080");
      assert.equal(at(graph.one(ROUTE, "triton-api").inputs, "spec", "tls", "termination"), "edge");
      graph.none(POLICY, "triton-to-api-server");
      graph.none(ROLE, "triton-client");
    });

    it("can't come through an Ingress, which could not check the certificate of the proxy", async () => {
      const ingress = ingressExposure({
        class: "nginx",
        controller: clusterPods,
        certificate: { source: "cluster" },
      });
      const exposed = deployed({ args: () => ({ exposure: ingress({ host: "triton.example.com" }) }) });
      await assert.rejects(exposed, /takes TLS only/);
    });

    it("never meet a Route or a Service that OpenShift AI would take for its own", async () => {
      const graph = await deployed({
        args: (here) => ({ exposure: route(), monitoring: monitoring(here) }),
      });
      const names = graph.objects
        .filter(({ manifest }) => ["Route", "Service", "ServiceMonitor"].includes(manifest.kind))
        .map(({ manifest }) => `${manifest.kind}/${manifest.metadata.name}`);
      for (const taken of ["Route/triton", "Service/triton-metrics", "ServiceMonitor/triton-metrics"])
        assert.ok(!names.includes(taken), taken);
    });
  });

  it("is watched by its own counters, on a port of their own, as the Deployment that KServe makes", async () => {
    const graph = await deployed({
      args: (here) => ({ monitoring: monitoring(here), replicas: { min: 1, max: 2, cpu: 70 } }),
    });
    const monitor = graph.one("kubernetes:monitoring.coreos.com/v1:ServiceMonitor", "triton").inputs;
    assert.equal(at(monitor, "spec", "endpoints", 0, "port"), "metrics");
    assert.deepEqual(
      at(graph.one("kubernetes:core/v1:Service", "triton-monitoring").inputs, "spec", "ports"),
      [{ name: "metrics", port: 8002, targetPort: 8002, protocol: "TCP" }],
    );
    const rules = JSON.stringify(graph.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs);
    assert.match(rules, /nv_inference_request_success\{[^}]*\}\[5m\]\)\) \+ \(sum/);
    assert.match(rules, /reason!=\\"CANCELED\\"/);
    assert.match(rules, /triton-predictor/);
  });

  it("starts when its operator, its bucket's Grant and its models are there", async () => {
    const graph = await deployed();
    const names = graph.prerequisitesOf(graph.one(SERVICE)).map(({ name }) => name);
    for (const name of [
      "serving-works",
      "minio-triton-1-provision",
      "triton-upload",
      "triton-to-minio",
      "minio-from-triton",
    ])
      assert.ok(names.includes(name), name);
    assert.ok(graph.one(JOB, "minio-sweep").dependencies.includes(graph.one(SERVICE).urn));
  });
});

function objectOf(value: Plain | undefined): PlainObject {
  if (!isPlainObject(value)) throw new Error("this is no object");
  return value;
}
