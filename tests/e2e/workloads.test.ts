// The systems on top of the shared services, on the real engine and API server: deployed, updated, rolled back and
// scaled. No container runs there, so what they answer is the business of tests/servers.
import * as assert from "node:assert/strict";
import { pipelineServices, workers } from "../../components/video-pipeline";
import { eventually } from "../support/processes";
import { Checkout, closeCheckouts } from "./support/checkout";
import { assertReady, changes, differences, workloads } from "./support/views";

/** Every system's Deployment, and the replicas that it starts with. */
const SYSTEMS = [
  ["mlops", "mlflow-server", 1],
  ["mlops", "iris-api", 2],
  ["ai-workload", "ai-workload", 3],
  ["crime-prediction", "backend-deployment", 3],
  ["crime-prediction", "frontend-deployment", 3],
  ...pipelineServices.map((name) => ["vidp", name, 1] as const),
] as const;

describe("the systems of a stack", function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;

  before(async function () {
    checkout = await Checkout.make(this);
    await checkout.succeed("up");
  });
  after(closeCheckouts);

  const replicas = async (namespace: string, name: string): Promise<number | undefined> =>
    (await checkout.cluster.get("deployment", namespace, name)).status?.readyReplicas;

  it("are all deployed, with their replicas, on a control plane that pulls no image", async () => {
    await assertReady(checkout.cluster);
    for (const [namespace, name, count] of SYSTEMS) {
      // The autoscaler brings up its minimum by itself, a moment after the Deployment is ready.
      await eventually(
        `${count} replicas of ${name}`,
        async () => (await replicas(namespace, name)) === count,
      );
    }
  });

  it("are watched, each by its own objects", async () => {
    for (const kind of ["servicemonitors.monitoring.coreos.com", "prometheusrules.monitoring.coreos.com"]) {
      const names = (await checkout.cluster.list(kind)).map(({ metadata }) => metadata.name).sort();
      assert.deepEqual(names, ["ai-workload", "iris-api", "minio", "mlflow-server"], kind);
    }
  });

  it("are rolled out one at a time by their own settings", async () => {
    const before = await workloads(checkout.cluster);
    checkout.configure("dev", "images.crimeBackend", "registry.example/crime-backend:2");
    const { output } = await checkout.succeed("up");
    assert.deepEqual(differences(before, await workloads(checkout.cluster)), [
      "Deployment crime-prediction/backend-deployment",
    ]);
    assert.equal(changes(output).updated, 1);
  });

  it("are rolled out to a new worker of the video pipeline, which leaves the others at their jobs", async () => {
    const before = await workloads(checkout.cluster);
    checkout.configure("dev", "vidp.images.subtitle", "registry.example/subtitle:2");
    await checkout.succeed("up");
    const after = await workloads(checkout.cluster);
    assert.deepEqual(differences(before, after), ["Deployment vidp/subtitle"]);
  });

  it("keep the version before while a bad one fails, and are rolled back by the config", async () => {
    const before = await workloads(checkout.cluster);
    checkout.configure("dev", "rolloutTimeout", 20);
    await checkout.succeed("up");
    checkout.configure("dev", "images.crimeFrontend", "registry.invalid/crime-frontend:3");
    const { code, output } = await checkout.run("up");
    assert.notEqual(code, 0, "an update whose pods never start succeeded");
    assert.match(output, /ImagePullBackOff/);
    assert.equal(await replicas("crime-prediction", "frontend-deployment"), 3);
    checkout.configure("dev", "images.crimeFrontend", undefined);
    checkout.configure("dev", "rolloutTimeout", undefined);
    await checkout.succeed("up");
    assert.deepEqual(differences(before, await workloads(checkout.cluster)), []);
    await assertReady(checkout.cluster);
  });

  it("stay at the replicas that an autoscaler chose", async () => {
    await checkout.cluster.run(["scale", "deployment", "iris-api", "--namespace=mlops", "--replicas=4"]);
    await eventually("four replicas", async () => (await replicas("mlops", "iris-api")) === 4);
    checkout.configure("dev", "images.tracking", "registry.example/mlflow:2");
    await checkout.succeed("up");
    await eventually("four replicas still", async () => (await replicas("mlops", "iris-api")) === 4);
    const { output } = await checkout.succeed("up");
    assert.deepEqual(Object.keys(changes(output)), ["unchanged"]);
  });

  it("keep the workers of the video pipeline that were added to a full one, while all are given shorter jobs", async () => {
    const scale = ["scale", "deployment", "downscale", "--namespace=vidp", "--replicas=3"];
    await checkout.cluster.run(scale);
    await eventually("three workers", async () => (await replicas("vidp", "downscale")) === 3);
    const before = await workloads(checkout.cluster);
    checkout.configure("dev", "vidp.jobSeconds", 1800);
    await checkout.succeed("up");
    await eventually("three workers still", async () => (await replicas("vidp", "downscale")) === 3);
    assert.deepEqual(
      differences(before, await workloads(checkout.cluster)),
      [...workers].map((name) => `Deployment vidp/${name}`).sort(),
    );
    const { spec } = await checkout.cluster.get("deployment", "vidp", "downscale");
    assert.match(JSON.stringify(spec), /"terminationGracePeriodSeconds":1805/);
  });

  it("are brought to a new minimum by their autoscaler", async () => {
    checkout.configure("dev", "iris.scaling.min", 5);
    await checkout.succeed("up");
    await eventually("five replicas", async () => (await replicas("mlops", "iris-api")) === 5);
  });
});
