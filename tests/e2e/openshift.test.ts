// OpenShift AI from nothing, on the real engine and a real API server that has none of its kinds: operators come in their
// own time or never, what needs them waits, and goes before them. OLM and the operators are simulated
// (tools/control-plane); the Jobs that wait for them run their real scripts.
import * as assert from "node:assert/strict";
import { packages } from "../../components/operators";
import { Checkout, closeCheckouts } from "./support/checkout";
import type { LiveObject } from "./support/cluster";
import { Kubelet, WAITING_IMAGE } from "./support/kubelet";
import { assertNothingOrphaned, assertReady, changes } from "./support/views";

const CLUSTER = "datascienceclusters.datasciencecluster.opendatahub.io";
const INITIALIZATION = "dscinitializations.dscinitialization.opendatahub.io";
const REGISTRY = "modelregistries.modelregistry.opendatahub.io";
const RUNTIME = "servingruntimes.serving.kserve.io";
const SERVER = "inferenceservices.serving.kserve.io";
const SUBSCRIPTION = "subscriptions.operators.coreos.com";
const PLAN = "installplans.operators.coreos.com";
const VERSION = "clusterserviceversions.operators.coreos.com";

/** The one whose fate differs from test to test. */
const { name: OPERATOR, namespace: HOME, version: PINNED } = packages.openShiftAi2;

const INSTALLED = [
  packages.openShiftAi2.version,
  packages.serviceMesh.version,
  packages.serverless.version,
  packages.pipelines.version,
].sort();

describe("OpenShift AI, on a cluster without operators", function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;
  let kubelet: Kubelet | undefined;

  /** Runs the Jobs' scripts, from now on with this much time. */
  const allow = async (seconds: number): Promise<void> => {
    await kubelet?.stop();
    kubelet = checkout.kubelet({ INTERVAL: "1", PATIENCE: "3", TIMEOUT: String(seconds) });
  };

  /** How the operator fares from now on: a line of the README's table. */
  const fares = async (outcome: string): Promise<void> => {
    const where = ["configmap", "simulated-catalog", "--namespace=openshift-marketplace"];
    await checkout.cluster.try(["create", ...where]);
    const patch = JSON.stringify({ data: { [OPERATOR]: outcome } });
    await checkout.cluster.run(["patch", ...where, "--type=merge", `--patch=${patch}`]);
  };

  const serves = async (kind: string): Promise<boolean> =>
    (await checkout.cluster.try(["get", kind, "--all-namespaces"])).code === 0;

  /** Nothing of a kind that is not served. */
  const all = async (kind: string): Promise<LiveObject[]> =>
    (await serves(kind)) ? checkout.cluster.list(kind) : [];

  const field = async (kind: string, name: string, path: string): Promise<string> =>
    checkout.cluster.run(["get", kind, name, `--namespace=${HOME}`, `--output=jsonpath={${path}}`]);

  /** The pinned versions alone are there, and the plan for a newer one waits until somebody agrees. */
  const assertPinned = async (): Promise<void> => {
    const versions = (await checkout.cluster.list(VERSION)).map(({ metadata }) => metadata.name);
    assert.deepEqual(versions.sort(), INSTALLED);
    assert.equal(await field(SUBSCRIPTION, OPERATOR, ".status.installedCSV"), PINNED);
    const plan = await field(SUBSCRIPTION, OPERATOR, ".status.installPlanRef.name");
    assert.doesNotMatch(
      await field(PLAN, plan, ".spec.clusterServiceVersionNames"),
      new RegExp(`"${PINNED}"`),
    );
    assert.equal(await field(PLAN, plan, ".spec.approved"), "false");
  };

  before(async function () {
    checkout = await Checkout.make(this);
    checkout.reduceToSharedServices("prod");
    checkout.configure("prod", "images.cli", WAITING_IMAGE);
    checkout.configure("prod", "openshiftAi.operators.approval", "Manual");
    checkout.configure("prod", "protectData", false);
  });
  after(async () => {
    try {
      await kubelet?.stop();
    } finally {
      closeCheckouts();
    }
  });

  it("is previewed although the API server knows none of its operators' kinds", async () => {
    const { output } = await checkout.succeed("preview", "prod");
    assert.match(output, /DataScienceCluster/);
    for (const kind of [CLUSTER, REGISTRY, SERVER]) assert.equal(await serves(kind), false, kind);
  });

  it("fails in the Lifecycle Manager's words when its operator never works, and makes nothing that needs it", async () => {
    await allow(40);
    await fares("never");
    const { code, output } = await checkout.run("up", "prod");
    assert.notEqual(code, 0);
    assert.match(output, new RegExp(`The operator ${OPERATOR} is not installed: ${PINNED} is Installing`));
    assert.match(output, new RegExp(`\\(InstallWaiting\\): installing: waiting for deployment ${OPERATOR}`));
    for (const kind of [INITIALIZATION, CLUSTER, REGISTRY, RUNTIME, SERVER])
      assert.deepEqual(await all(kind), [], kind);
  });

  it("names the condition of a Subscription that cannot be resolved", async () => {
    // Gone before its fate changes: without its Subscription's settings, an operator that came to work would make a
    // DSCInitialization of its own.
    for (const [kind, name] of [
      [SUBSCRIPTION, OPERATOR],
      [VERSION, PINNED],
    ] as const)
      await checkout.cluster.run(["delete", kind, name, `--namespace=${HOME}`]);
    await fares("not-in-catalog");
    const { code, output } = await checkout.run("up", "prod", "REFRESH=1");
    assert.notEqual(code, 0);
    assert.match(
      output,
      new RegExp(
        `ResolutionFailed \\(ConstraintsNotSatisfiable\\): .*no operators found in package ${OPERATOR}`,
      ),
    );
  });

  it("comes up with an operator that takes its time, each part after what it needs", async () => {
    await allow(300);
    await fares("after 40s");
    await checkout.succeed("up", "prod");
    await assertReady(checkout.cluster);
    await assertNothingOrphaned(checkout, "prod");

    const born = async (kind: string): Promise<string> => {
      const [object, ...others] = (await checkout.cluster.list(kind)).map(({ metadata }) => metadata);
      assert.ok(object !== undefined && others.length === 0, kind);
      return object.creationTimestamp;
    };
    const seen = async (what: RegExp): Promise<string> => {
      const jobs = await checkout.cluster.list("jobs", "--namespace=operators");
      const times = jobs
        .filter(({ metadata }) => what.test(metadata.name))
        .map(({ status }) => status?.completionTime ?? "");
      assert.ok(times.length > 0 && !times.includes(""), String(what));
      return times.sort().at(-1) ?? "";
    };
    const order = [
      await seen(/-install-/),
      await born(INITIALIZATION),
      await born(CLUSTER),
      await seen(/^openshift-ai-model-serving-/),
      await born(RUNTIME),
      await born(SERVER),
    ];
    assert.deepEqual(order, order.toSorted());
    assert.ok((await seen(/^openshift-ai-model-registry-/)) <= (await born(REGISTRY)));
  });

  it("has the pinned versions with approval Manual, and no newer ones", assertPinned);

  it("has nothing to change in a second run, which agrees to nothing either", async () => {
    const { output } = await checkout.succeed("up", "prod");
    assert.deepEqual(Object.keys(changes(output)), ["unchanged"]);
    await assertPinned();
  });

  it("is not taken to another generation in place", async () => {
    checkout.configure("prod", "openshiftAi.version", "3.4");
    const { code, output } = await checkout.run("up", "prod");
    checkout.configure("prod", "openshiftAi.version", "2.25");
    assert.notEqual(code, 0);
    assert.match(output, /openshiftAi\.version is of another generation/);
    assert.match(output, /Nothing was deployed/);
  });

  it("goes away with its custom resources before their operators", async () => {
    // A DSCInitialization goes only while its operator is there, and after the DataScienceCluster.
    const { output } = await checkout.succeed("down", "prod");
    const order = [
      "InferenceService",
      "ServingRuntime",
      "DataScienceCluster",
      "DSCInitialization",
      "Subscription",
    ];
    const places = order.map((kind) => output.search(new RegExp(`:${kind} \\S+ deleted`)));
    assert.ok(
      places.every((place) => place >= 0),
      `${order.join(", ")}: ${places.join(", ")}`,
    );
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
    );
    for (const kind of [INITIALIZATION, CLUSTER, REGISTRY, RUNTIME, SERVER])
      assert.deepEqual(await all(kind), [], kind);
    assert.deepEqual(await checkout.cluster.inventory("prod"), []);
  });
});
