// What whoever deploys is told when an operator does not get installed, at a real API server; the tests play the
// Lifecycle Manager.
import * as assert from "node:assert/strict";
import { fails, Installations, succeeds } from "./support/installations";

describe("a failed installation of an operator, for real, is explained", function () {
  this.timeout(300_000);
  let operators: Installations;

  before(async function () {
    operators = await Installations.start(this);
  });

  after(() => {
    (operators as Installations | undefined)?.stop();
  });

  it("at once when the plan failed: it is not tried again", async () => {
    const { installer, manager, first } = await operators.subscribe();
    const message = "error validating existing CRs against new CRD's schema";
    await manager.plan("install-a", { versions: [first], approved: true, phase: "Failed", message });
    await fails(
      installer,
      { patience: 600, timeout: 600 },
      /The operator example-operator-\d+ is not installed: InstallPlan install-a failed/,
      new RegExp(`InstallPlan example-operator-\\d+-home/install-a: ${first}, Failed: ${message}`),
      /kubectl delete installplan install-a/,
    );
  });

  it("when the version failed for some time", async () => {
    const { installer, manager, first } = await operators.subscribe();
    const message = "install strategy failed: Deployment.apps is invalid";
    await manager.version(first, { phase: "Failed", reason: "InstallComponentFailed", message });
    await fails(
      installer,
      {},
      new RegExp(`ClusterServiceVersion \\S+/${first}: Failed \\(InstallComponentFailed\\): ${message}`),
      /kubectl get pods,events --namespace=example-operator-\d+-home/,
    );
  });

  it("when somebody else installed the operator", async () => {
    const { installer, manager, first } = await operators.subscribe();
    await manager.version(first, { phase: "Failed", reason: "InterOperatorGroupOwnerConflict" });
    await fails(installer, {}, /Somebody else has installed it/, /install: false/);
  });

  it("when no version satisfies, with the condition", async () => {
    const { installer, manager } = await operators.subscribe();
    const message = "constraints not satisfiable: no operators found in channel stable-1";
    const condition = {
      type: "ResolutionFailed",
      status: "True",
      reason: "ConstraintsNotSatisfiable",
      message,
    };
    await manager.report({ conditions: [{ ...condition, status: "True" }] });
    await fails(
      installer,
      {},
      /Subscription example-operator-\d+-home\/example-operator-\d+:/,
      new RegExp(`ResolutionFailed \\(ConstraintsNotSatisfiable\\): ${message}`),
      /in the channel stable-1\? kubectl describe packagemanifest example-operator-\d+ --namespace=catalogs/,
    );
  });

  it("when a version is in the way that an earlier Subscription left behind", async () => {
    const { installer, manager } = await operators.subscribe();
    const message =
      "constraints not satisfiable: subscription other requires at least one of its channels, " +
      "clusterserviceversion other.v1.2.3 exists and is not referenced by a subscription";
    await manager.report({
      conditions: [
        { type: "ResolutionFailed", status: "True", reason: "ConstraintsNotSatisfiable", message },
      ],
    });
    await fails(
      installer,
      {},
      /not installed: other\.v1\.2\.3 is there already, and belongs to no Subscription\./,
      /kubectl delete clusterserviceversion other\.v1\.2\.3 --namespace=example-operator-\d+-home\n/,
    );
  });

  it("when that version is the pinned one, which seems to work", async () => {
    const { installer, manager, first } = await operators.subscribe({ approval: "Manual" });
    await manager.version(first, { phase: "Succeeded" });
    const message = `constraints not satisfiable: clusterserviceversion ${first} exists and is not referenced by a subscription`;
    await manager.report({
      currentCSV: "",
      installedCSV: "",
      conditions: [
        { type: "ResolutionFailed", status: "True", reason: "ConstraintsNotSatisfiable", message },
      ],
    });
    await fails(
      installer,
      {},
      new RegExp(`not installed: ${first} is there already, and belongs to no Subscription\\.`),
    );
  });

  it("when the catalogs never answer, and with the conditions that hold alone", async () => {
    const { installer, manager } = await operators.subscribe();
    await manager.report({
      conditions: [
        {
          type: "CatalogSourcesUnhealthy",
          status: "True",
          reason: "UnhealthyCatalogSourceFound",
          message: "examples",
        },
        {
          type: "ResolutionFailed",
          status: "True",
          reason: "ErrorPreventedResolution",
          message: "connection refused",
        },
        { type: "InstallPlanMissing", status: "False", reason: "NotTrue" },
      ],
    });
    const { terminationMessage } = await fails(
      installer,
      { timeout: 3 },
      /its versions cannot be resolved, after 3 s\./,
      /CatalogSourcesUnhealthy \(UnhealthyCatalogSourceFound\): examples/,
      /ResolutionFailed \(ErrorPreventedResolution\): connection refused/,
      /kubectl get catalogsources,pods --namespace=catalogs/,
    );
    assert.doesNotMatch(terminationMessage, /InstallPlanMissing|no value/);
  });

  it("when it never gets ready in its time", async () => {
    const { installer, manager, first } = await operators.subscribe();
    const message = "waiting for deployment example to become ready";
    await manager.version(first, { phase: "Installing", reason: "InstallWaiting", message });
    await fails(
      installer,
      { timeout: 2 },
      new RegExp(`${first} is Installing, after 2 s\\.`),
      new RegExp(`Installing \\(InstallWaiting\\): ${message}`),
      /The next deployment tries again/,
    );
  });

  it("when the version does not bring its kinds, or not in the version that is needed", async () => {
    const { installer, manager, first, definition } = await operators.subscribe({
      definitions: ["gadgets.example.com", "gizmos.example.com/v2"],
    });
    await manager.version(first, { phase: "Succeeded" });
    await manager.define(definition);
    await manager.define("gizmos.example.com", ["v1", "v2beta1"]);
    await fails(
      installer,
      { timeout: 1 },
      /not served: gadgets\.example\.com gizmos\.example\.com\/v2, after 1 s/,
    );
    await manager.define("gadgets.example.com");
    await manager.define("gizmos.example.com", ["v1", "v2"]);
    await succeeds(installer);
  });

  it("when the version is gone although all was installed", async () => {
    const { installer, manager, first } = await operators.subscribe();
    await manager.plan("install-a", { versions: [first], approved: true, phase: "Complete" });
    await manager.version(first, { phase: "Succeeded" });
    await manager.remove("clusterserviceversions", first);
    await fails(installer, {}, /install-a is Complete, but \S+ is gone/, /Delete the Subscription too/);
  });

  it("when the Subscription is gone", async () => {
    const { installer, manager, operator } = await operators.subscribe();
    await manager.remove("subscriptions", operator.name);
    await fails(installer, {}, /there is no such Subscription/, /again with a refresh/);
  });

  it("when the API server cannot be reached", async () => {
    const { installer } = await operators.subscribe();
    await fails(
      installer,
      { timeout: 1, url: "https://127.0.0.1:1" },
      /the API server gave no answer: .*refused/,
    );
  });

  it("in no more words than Kubernetes keeps, and never with its token", async () => {
    const { installer, manager } = await operators.subscribe();
    const long = (type: string) =>
      ({ type, status: "True", reason: "Long", message: `${"a long story ".repeat(500)}end` }) as const;
    await manager.report({ conditions: ["One", "Two", "Three", "Four", "Five", "Six"].map(long) });
    const outcome = await installer.run({ timeout: 1 });
    assert.equal(outcome.code, 1);
    assert.ok(Buffer.byteLength(outcome.terminationMessage) <= 4096);
    assert.match(outcome.terminationMessage, /One \(Long\)[^]*Two \(Long\)[^]*Three \(Long\)/);
    assert.ok(outcome.token.length > 100 && !outcome.output.includes(outcome.token));
  });
});
