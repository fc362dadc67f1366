// InferenceService: a server behind a Service, its variables, keys, code, way in and monitoring.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { InferenceServiceArgs } from "../../../../components/inference-service";
import type { WatchArgs } from "../../../../components/monitoring";
import { Workload } from "../../../../components/workload";
import { isSecretPath } from "../../../../tools/graph/graph";
import { text } from "../../../../tools/graph/values";
import { container, IMAGE, resources, security, targetNames } from "../../../support/fixtures";
import { readNetwork } from "../../../../tools/network/network";
import { scratch, write } from "../../../support/processes";
import { run } from "../../../support/program";
import { mayConnect } from "../../../../tools/network/reachability";
import { at, CONFIG_MAP, DEPLOYMENT, mountsOf, SECRET, surroundings } from "../../../support/services";
import { deployed, envOf, fromConfig, fromSecret, irisApi, objectName, serverOf, specOf } from "./setup";

const SERVICE = "kubernetes:core/v1:Service";
const labels = { "app.kubernetes.io/name": "iris-api" };

for (const target of targetNames)
  describe(`an inference service on ${target}`, () => {
    it("is the server's image with probes, a port and a scratch folder, and nothing that was not asked for", async () => {
      const graph = await deployed(() => ({}), target);
      const { volumeMounts, ...server } = serverOf(graph);
      assert.deepEqual(server, {
        name: "server",
        image: IMAGE,
        imagePullPolicy: "IfNotPresent",
        ports: [{ name: "http", containerPort: 8000, protocol: "TCP" }],
        resources: {
          requests: { ...resources.requests, "ephemeral-storage": "64Mi" },
          limits: { ...resources.limits, "ephemeral-storage": "576Mi" },
        },
        startupProbe: { httpGet: { path: "/health", port: 8000 }, periodSeconds: 2, failureThreshold: 150 },
        readinessProbe: { httpGet: { path: "/ready", port: 8000 }, periodSeconds: 5, timeoutSeconds: 5 },
        livenessProbe: {
          httpGet: { path: "/health", port: 8000 },
          periodSeconds: 15,
          timeoutSeconds: 5,
          failureThreshold: 4,
        },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      });
      assert.deepEqual(volumeMounts, [{ name: "tmp", mountPath: "/tmp" }]);
      assert.deepEqual(mountsOf(graph.one(DEPLOYMENT)), { "/tmp": { emptyDir: { sizeLimit: "64Mi" } } });
      assert.deepEqual(at(specOf(graph), "securityContext"), security[target].context());
      for (const absent of ["initContainers", "affinity", "tolerations"])
        assert.equal(at(specOf(graph), absent), undefined, absent);
      graph.none(CONFIG_MAP);
      graph.none(SECRET);
    });

    it("has a Service of the exact name that clients use, and says where it is", async () => {
      const graph = await deployed(() => ({}), target);
      assert.deepEqual(at(graph.one(SERVICE, "iris-api-service").inputs, "spec"), {
        selector: labels,
        ports: [{ name: "http", port: 8000, targetPort: 8000, protocol: "TCP" }],
      });
      assert.equal(graph.outputs.url, "http://iris-api-service.team.svc.cluster.local:8000");
      assert.equal(at(graph.outputs.endpoint, "name"), "iris-api");
      for (const absent of ["externalUrl", "apiKeySecretName"])
        assert.equal(graph.outputs[absent], undefined);
    });
  });

describe("an inference service", () => {
  it("runs its replicas, placement and rollout as it is told", async () => {
    const graph = await deployed(() => ({
      replicas: { min: 3, max: 10, cpu: 70, memory: 80 },
      rollout: { maxSurge: 1, maxUnavailable: 1 },
      rolloutTimeout: 120,
      placement: { gpu: {}, spot: { labels: { spot: "yes" } } },
      command: ["python"],
      args: ["/code/serve.py"],
      probes: { live: "/live", ready: "/ready", startup: 61 },
      scratch: { "/cache": "1Gi" },
    }));
    const { inputs, customTimeouts } = graph.one(DEPLOYMENT);
    assert.equal(at(inputs, "spec", "replicas"), undefined);
    assert.deepEqual(at(inputs, "spec", "strategy", "rollingUpdate"), { maxSurge: 1, maxUnavailable: 1 });
    assert.equal(at(inputs, "spec", "progressDeadlineSeconds"), 120);
    assert.deepEqual(customTimeouts, { create: "135s", update: "135s" });
    assert.equal(at(graph.object("HorizontalPodAutoscaler", "iris-api-hpa"), "spec", "maxReplicas"), 10);
    const server = serverOf(graph);
    assert.equal(at(server, "resources", "limits", "nvidia.com/gpu"), "1");
    assert.deepEqual([server.command, server.args], [["python"], ["/code/serve.py"]]);
    assert.equal(at(server, "startupProbe", "failureThreshold"), 31);
    assert.deepEqual(Object.keys(mountsOf(graph.one(DEPLOYMENT))), ["/cache"]);
    assert.ok(at(specOf(graph), "affinity", "nodeAffinity") !== undefined);
  });

  it("keeps its settings in a ConfigMap and its secrets in a Secret, both named anew when they change", async () => {
    const graph = await deployed(() => ({
      settings: { LOG_LEVEL: "info", PORT: pulumi.output("8000") },
      secrets: { TOKEN: "a token" },
    }));
    const config = graph.one(CONFIG_MAP, "iris-api-config");
    const secrets = graph.one(SECRET, "iris-api-secrets");
    assert.deepEqual(config.inputs.metadata, { namespace: "team" });
    assert.deepEqual(config.inputs.data, { LOG_LEVEL: "info", PORT: "8000" });
    assert.match(objectName(config), /^iris-api-config-[0-9a-f]{8}$/);
    assert.match(objectName(secrets), /^iris-api-secrets-[0-9a-f]{8}$/);
    assert.deepEqual(secrets.inputs.stringData, { TOKEN: "a token" });
    assert.ok(isSecretPath(secrets.secretInputs, "stringData.TOKEN"));
    assert.deepEqual(envOf(serverOf(graph)), {
      LOG_LEVEL: fromConfig(config, "LOG_LEVEL"),
      PORT: fromConfig(config, "PORT"),
      TOKEN: fromSecret(secrets, "TOKEN"),
    });
  });

  it("can't have one variable from two sources", async () => {
    const twice = deployed(() => ({ settings: { MODE: "a", OTHER: "b" }, secrets: { MODE: "c" } }));
    await assert.rejects(twice, {
      message:
        "iris-api sets MODE twice. A variable comes from its settings, its secrets, its model, its API key, its " +
        "exposure or what it calls: remove it from all but one.",
    });
    await assert.rejects(
      deployed(() => ({ settings: { MODEL_URI: "/elsewhere" }, model: { volume: "models" } })),
      /iris-api sets MODEL_URI twice/,
    );
  });

  it("starts after what has to be done before", async () => {
    const graph = await run(() => {
      const training = new random.RandomPet("training");
      irisApi(surroundings(), { after: [training] });
    });
    const { dependencies } = graph.one(DEPLOYMENT);
    assert.ok(dependencies.includes(graph.one("random:index/randomPet:RandomPet", "training").urn));
  });

  it("calls others, and is called by others, on ways that are open for them alone", async () => {
    const graph = await run(() => {
      const here = surroundings();
      const common = { namespace: here.shared, security: security.minikube, container: container() };
      const features = new Workload("features", {
        ...common,
        service: { name: "features", port: 9000, portName: "http" },
      });
      const api = irisApi(here, { calls: { FEATURES_URL: features } });
      new Workload("frontend", {
        ...common,
        service: { name: "frontend", port: 8501, portName: "http" },
        calls: { BACKEND_URL: api },
      });
    });
    assert.equal(envOf(serverOf(graph)).FEATURES_URL, "http://features.shared.svc.cluster.local:9000");
    const network = readNetwork(graph.objects.map(({ manifest }) => manifest));
    const pod = (name: string) => network.pods.find((each) => each.name.endsWith(`/deployment/${name}`))!;
    assert.ok(mayConnect(network, pod("iris-api"), pod("features"), 9000));
    assert.ok(mayConnect(network, pod("frontend"), pod("iris-api"), 8000));
    assert.ok(!mayConnect(network, pod("features"), pod("iris-api"), 8000));
    assert.ok(!mayConnect(network, pod("frontend"), pod("features"), 9000));
    const { dependencies } = graph.one(DEPLOYMENT, "frontend");
    assert.ok(dependencies.includes(graph.one(DEPLOYMENT, "iris-api").urn));
  });
});

describe("an inference service's keys", () => {
  const withKeys = (...generations: string[]) =>
    deployed(({ access }) => ({ apiKey: { generations, inPlace: access.inPlace } }));
  const PASSWORD = "random:index/randomPassword:RandomPassword";

  it("are generated, one a generation; the server takes all of them, newest first", async () => {
    const graph = await withKeys("2026-11", "2026-08");
    const key = (generation: string) =>
      text(graph.one(PASSWORD, `iris-api-key-${generation}-password`).outputs.result);
    const secrets = graph.one(SECRET, "iris-api-secrets");
    assert.deepEqual(secrets.inputs.stringData, {
      API_KEYS: `${key("2026-11")},${key("2026-08")}`,
    });
    assert.notEqual(key("2026-11"), key("2026-08"));
    assert.ok(isSecretPath(secrets.secretInputs, "stringData.API_KEYS"));
    assert.deepEqual(envOf(serverOf(graph)), { API_KEYS: fromSecret(secrets, "API_KEYS") });
  });

  it("are handed to clients under a fixed name, the newest alone, once every pod takes it", async () => {
    const graph = await withKeys("2026-11", "2026-08");
    const secret = graph.one(SECRET, "iris-api-key");
    assert.deepEqual(secret.inputs.metadata, { name: "iris-api-key", namespace: "team" });
    assert.deepEqual(secret.inputs.stringData, {
      API_KEY: graph.one(PASSWORD, "iris-api-key-2026-11-password").outputs.result,
    });
    assert.ok(isSecretPath(secret.secretInputs, "stringData.API_KEY"));
    assert.ok(secret.provider?.includes("in-place"));
    assert.ok(secret.dependencies.includes(graph.one(DEPLOYMENT).urn));
    assert.equal(graph.outputs.apiKeySecretName, "iris-api-key");
  });

  it("need a generation", async () => {
    await assert.rejects(withKeys(), {
      message:
        'The API key of iris-api has no generation. Name at least one, such as "1", or leave apiKey out for a service ' +
        "without a key.",
    });
  });
});

describe("an inference service's code", () => {
  const folder = scratch("code");
  write(folder, { "serve.py": "print('serve')\n", "model.py": "", "train.py": "" });
  fs.mkdirSync(path.join(folder, "tests"));
  const withFiles = (files?: string[], from = folder) =>
    deployed(() => ({ code: { folder: from, ...(files ? { files } : {}) } }));

  it("is a few files in one folder of the container, which rolls out when one of them changes", async () => {
    const graph = await withFiles(["serve.py", "model.py"]);
    const code = graph.one(CONFIG_MAP, "iris-api-code");
    assert.deepEqual(code.inputs.data, { "model.py": "", "serve.py": "print('serve')\n" });
    assert.match(objectName(code), /^iris-api-code-[0-9a-f]{8}$/);
    assert.deepEqual(mountsOf(graph.one(DEPLOYMENT))["/code"], {
      configMap: { name: objectName(code) },
      readOnly: true,
    });
  });

  it("is all files of the folder, without those in folders of it, unless they are named", async () => {
    const { data } = (await withFiles()).one(CONFIG_MAP, "iris-api-code").inputs;
    assert.deepEqual(Object.keys(data as object), ["model.py", "serve.py", "train.py"]);
  });

  const wrong: [string, () => Promise<unknown>, RegExp][] = [
    [
      "a file that is not there",
      () => withFiles(["server.py"]),
      /iris-api names .*server\.py, which is not there/,
    ],
    ["a file elsewhere", () => withFiles(["../serve.py"]), /iris-api names \.\.\/serve\.py\. Name files of/],
    ["no files", () => withFiles([]), /iris-api has no files: there are none in/],
    ["a folder that is not there", () => withFiles(undefined, "/nowhere"), /there are none in \/nowhere/],
  ];
  for (const [what, attempt, message] of wrong)
    it(`can't be ${what}`, async () => {
      await assert.rejects(attempt, { message });
    });

  it("can't be more than a ConfigMap holds", async () => {
    const large = scratch("large-code");
    write(large, { "serve.py": "x".repeat(2 ** 20 + 1) });
    await assert.rejects(
      withFiles(undefined, large),
      /is 1048577 bytes, more than the 1048576 of a ConfigMap/,
    );
  });
});

describe("an inference service's monitoring", () => {
  it("is told where its metrics are, what they mean and what it promises", async () => {
    const watched: [string, WatchArgs][] = [];
    const indicators = { requests: { metric: "requests" }, errors: { metric: "errors" } };
    const objectives = { availability: 0.999 };
    const watch = async (args: Partial<InferenceServiceArgs>) => {
      watched.length = 0;
      await deployed(() => ({
        ...args,
        monitoring: {
          monitor: { watch: (name, watchArgs) => void watched.push([name, watchArgs]) },
          indicators,
          objectives,
        },
      }));
      assert.equal(watched.length, 1);
      const [[name, { namespace, endpoint, ready, ...rest }]] = watched as [[string, WatchArgs]];
      assert.equal(ready.length, 2, "its Deployment and its Service");
      assert.equal(namespace.name, endpoint.namespace);
      return { name, port: endpoint.port, ...rest };
    };
    const expected = {
      name: "iris-api",
      port: 8000,
      service: labels,
      portName: "http",
      workload: { kind: "Deployment", name: "iris-api" },
      indicators,
      objectives,
    };
    assert.deepEqual(await watch({}), expected);
    assert.deepEqual(await watch({ replicas: { min: 1, max: 2, cpu: 70 } }), {
      ...expected,
      workload: { ...expected.workload, autoscaler: "iris-api-hpa" },
    });
  });
});
