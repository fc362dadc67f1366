// TrainingJob: a program that registers a model, run once for each version of what it is made of.
import * as assert from "node:assert/strict";
import * as random from "@pulumi/random";
import { InferenceService } from "../../../components/inference-service";
import { TrainingJob, type TrainingJobArgs } from "../../../components/training-job";
import { IMAGE, resources, security, targetNames } from "../../support/fixtures";
import { type Pod, readNetwork } from "../../../tools/network/network";
import { scratch, write } from "../../support/processes";
import { run, type TestGraph } from "../../support/program";
import { mayConnect } from "../../../tools/network/reachability";
import {
  at,
  CONFIG_MAP,
  DEPLOYMENT,
  JOB,
  mountsOf,
  POLICY,
  SECRET,
  type Surroundings,
  surroundings,
} from "../../support/services";
import { envOf, fromSecret, objectName, trackingGrant } from "./inference-service/setup";

function training(here: Surroundings, args: Partial<TrainingJobArgs> = {}): TrainingJob {
  return new TrainingJob("iris-train", {
    namespace: here.team,
    security: security[here.target],
    image: IMAGE,
    tracking: args.tracking ?? trackingGrant("iris-train"),
    resources,
    ...args,
  });
}

const trained = (
  args: (here: Surroundings) => Partial<TrainingJobArgs> = () => ({}),
  target: Surroundings["target"] = "minikube",
): Promise<TestGraph> =>
  run(() => {
    const here = surroundings({}, target);
    training(here, args(here));
  });

const templateOf = (graph: TestGraph) => at(graph.one(JOB).inputs, "spec", "template");
const containerOf = (graph: TestGraph) => at(templateOf(graph), "spec", "containers", 0);

for (const target of targetNames)
  it(`a training job on ${target} is a restricted pod with its own access to the tracking server`, async () => {
    const graph = await trained(() => ({ settings: { EXPERIMENT: "iris" } }), target);
    const secret = graph.one(SECRET, "iris-train-mlflow-server-1");
    assert.deepEqual(envOf(containerOf(graph)), {
      // No user of that id is known in the image, and MLflow asks who makes the run.
      LOGNAME: "iris-train",
      EXPERIMENT: "iris",
      MLFLOW_TRACKING_URI: fromSecret(secret, "MLFLOW_TRACKING_URI"),
      MLFLOW_TRACKING_USERNAME: fromSecret(secret, "MLFLOW_TRACKING_USERNAME"),
      MLFLOW_TRACKING_PASSWORD: fromSecret(secret, "MLFLOW_TRACKING_PASSWORD"),
    });
    assert.deepEqual(at(templateOf(graph), "spec", "securityContext"), security[target].context());
    assert.deepEqual(mountsOf(graph.one(JOB)), { "/tmp": { emptyDir: { sizeLimit: "256Mi" } } });
    for (const absent of ["command", "args", "ports"])
      assert.equal(at(containerOf(graph), absent), undefined);
    for (const absent of ["affinity", "tolerations"])
      assert.equal(at(templateOf(graph), "spec", absent), undefined);
  });

describe("a training job", () => {
  it("is tried three times in half an hour, unless it is told otherwise", async () => {
    const limits = (graph: TestGraph) => {
      const { inputs } = graph.one(JOB);
      return [at(inputs, "spec", "activeDeadlineSeconds"), at(inputs, "spec", "backoffLimit")];
    };
    assert.deepEqual(limits(await trained()), [1800, 2]);
    assert.deepEqual(limits(await trained(() => ({ deadline: 7200, retries: 0 }))), [7200, 0]);
  });

  it("runs its own files, as it is told", async () => {
    const folder = scratch("training");
    write(folder, { "train.py": "print('train')\n" });
    const graph = await trained(() => ({
      code: { folder },
      command: ["python"],
      args: ["/code/train.py"],
      scratch: { "/tmp": "1Gi" },
      placement: { gpu: { count: 2 } },
    }));
    const code = graph.one(CONFIG_MAP, "iris-train-code");
    assert.deepEqual(code.inputs.data, { "train.py": "print('train')\n" });
    // Other code is a ConfigMap of another name, and so another Job.
    assert.match(objectName(code), /^iris-train-code-[0-9a-f]{8}$/);
    assert.deepEqual(mountsOf(graph.one(JOB)), {
      "/tmp": { emptyDir: { sizeLimit: "1Gi" } },
      "/code": { configMap: { name: objectName(code) }, readOnly: true },
    });
    assert.deepEqual(at(containerOf(graph), "command"), ["python"]);
    assert.deepEqual(at(containerOf(graph), "args"), ["/code/train.py"]);
    assert.equal(at(containerOf(graph), "resources", "limits", "nvidia.com/gpu"), "2");
  });

  // A Job's template is fixed: another one is another Job, which runs.
  const changes: Record<string, [Partial<TrainingJobArgs>, () => Partial<TrainingJobArgs>]> = {
    image: [{}, () => ({ image: `${IMAGE}-2` })],
    settings: [{ settings: { EPOCHS: "1" } }, () => ({ settings: { EPOCHS: "2" } })],
    storage: [{}, () => ({ tracking: trackingGrant("iris-train", { storage: "disk-2" }) })],
  };
  for (const [what, [before, after]] of Object.entries(changes))
    it(`runs again when ${what === "storage" ? "the tracking server lost its storage" : `its ${what} changed`}`, async () => {
      const one = templateOf(await trained(() => before));
      const same = templateOf(await trained(() => before));
      const other = templateOf(await trained(() => ({ ...before, ...after() })));
      assert.deepEqual(same, one);
      assert.notDeepEqual(other, one);
    });

  it("reaches the tracking server, after that is allowed, and nobody else", async () => {
    const graph = await trained();
    const { dependencies } = graph.one(JOB);
    for (const policy of [
      "iris-train-to-mlflow-server",
      "mlflow-server-from-iris-train",
      "team-default-deny",
    ])
      assert.ok(dependencies.includes(graph.one(POLICY, policy).urn), policy);
    const other = (component: string): Pod => ({
      kind: "pod",
      name: component,
      namespace: "shared",
      labels: { "app.kubernetes.io/name": component },
      ports: [],
    });
    const [tracking, database] = [other("mlflow-server"), other("mysql")];
    const network = readNetwork(
      graph.objects.map(({ manifest }) => manifest),
      [tracking, database],
    );
    const pod = network.pods.find(({ name }) => name.startsWith("team/job/iris-train"))!;
    assert.ok(mayConnect(network, pod, tracking, 5000));
    assert.ok(!mayConnect(network, pod, tracking, 5001));
    assert.ok(!mayConnect(network, pod, database, 3306));
  });

  it("is what its access is used by, and what a service waits for", async () => {
    const graph = await run(() => {
      const here = surroundings();
      const first = new random.RandomPet("first");
      const tracking = trackingGrant("iris-train");
      const { ready } = training(here, { tracking, after: [first] });
      new InferenceService("iris-api", {
        namespace: here.team,
        security: security.minikube,
        image: IMAGE,
        service: { name: "iris-api-service", port: 8000 },
        probes: { live: "/health", ready: "/ready" },
        resources,
        after: ready,
      });
      return { users: tracking.users.map(({ urn }) => urn) };
    });
    const { urn, dependencies } = graph.one(JOB);
    assert.deepEqual(graph.outputs.users, [urn]);
    assert.ok(graph.one(DEPLOYMENT).dependencies.includes(urn));
    assert.ok(dependencies.includes(graph.one("random:index/randomPet:RandomPet").urn));
  });

  it("can't set what it gets from the tracking server", async () => {
    const settings = { MLFLOW_TRACKING_URI: "http://elsewhere" };
    await assert.rejects(
      trained(() => ({ settings })),
      {
        message:
          "The settings of iris-train have MLFLOW_TRACKING_URI, which it gets from the tracking server. " +
          "Leave them out.",
      },
    );
  });
});
