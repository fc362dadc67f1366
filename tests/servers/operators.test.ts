// How the Job that installs an operator goes about it at a real API server; the tests play the Lifecycle Manager.
import * as assert from "node:assert/strict";
import { GLOBAL_NAMESPACE } from "../../components/operators";
import { eventually } from "../support/processes";
import { fails, Installations, meanwhile, succeeds } from "./support/installations";

describe("the installation of an operator, for real", function () {
  this.timeout(300_000);
  let operators: Installations;

  before(async function () {
    operators = await Installations.start(this);
  });

  after(() => {
    (operators as Installations | undefined)?.stop();
  });

  describe("with automatic approval", () => {
    it("is over when the version works and its kinds are served, however late that is", async () => {
      const { installer, manager, first, definition } = await operators.subscribe();
      const outcome = await meanwhile(succeeds(installer, { patience: 60 }), async (stillWaits) => {
        await stillWaits();
        await manager.plan("install-a", { versions: [first], approved: true });
        await stillWaits();
        await manager.version(first, { phase: "Installing", reason: "InstallSucceeded" });
        // A failure that passes.
        await manager.version(first, { phase: "Failed", reason: "InstallCheckFailed" });
        await manager.version(first, { phase: "Pending", reason: "NeedsReinstall" });
        await stillWaits();
        await manager.version(first, { phase: "Succeeded" });
        await stillWaits();
        await manager.define(definition);
      });
      assert.match(outcome.stdout, /example-operator-\d+ works: example-operator-\d+\.v1\.0\.0\n$/);
    });

    it("is over at once where everything is there, and changes nothing", async () => {
      const { installer, manager, first, second, definition } = await operators.subscribe();
      await manager.define(definition);
      await manager.version(first, { phase: "Succeeded" });
      await manager.plan("install-b", { versions: [second] });
      await succeeds(installer);
      assert.equal(await manager.isApproved("install-b"), false);
    });

    it("fails where a neighbour's manual approval makes its plan wait, and approves nothing itself", async () => {
      const { installer, manager, first } = await operators.subscribe();
      await manager.plan("install-a", { versions: [first] });
      await fails(
        installer,
        {},
        /InstallPlan install-a waits for approval \(example-operator-\d+\.v1\.0\.0\)/,
        /A Subscription with approval Manual makes every plan of its namespace wait/,
      );
      assert.equal(await manager.isApproved("install-a"), false);
    });
  });

  describe("with manual approval", () => {
    const approval = "Manual";

    it("approves the plan of the pinned version", async () => {
      const { installer, manager, first, definition } = await operators.subscribe({ approval });
      await manager.define(definition);
      await manager.plan("install-a", { versions: [first] });
      await meanwhile(succeeds(installer), async () => {
        await eventually("it is approved", () => manager.isApproved("install-a"));
        await manager.version(first, { phase: "Succeeded" });
      });
    });

    it("leaves the next version's plan alone, before and after it has installed the pinned one", async () => {
      const { installer, manager, first, second, definition } = await operators.subscribe({ approval });
      await manager.define(definition);
      await manager.plan("install-b", { versions: [second] });
      await fails(
        installer,
        {},
        /install-b would install \S+v1\.1\.0, not \S+v1\.0\.0/,
        /Only the pinned version/,
      );
      await manager.version(first, { phase: "Succeeded" });
      await manager.plan("install-b", { versions: [second] });
      await succeeds(installer);
      assert.equal(await manager.isApproved("install-b"), false);
    });

    it("goes on to the version that is pinned next", async () => {
      const { installer, manager, operator, first, second, definition } = await operators.subscribe({
        approval,
      });
      await manager.define(definition);
      await manager.version(first, { phase: "Succeeded" });
      await succeeds(installer);
      await manager.plan("install-b", { versions: [second] });
      const next = await operators.installer({ package: { ...operator, version: second }, approval });
      await meanwhile(succeeds(next), async () => {
        await eventually("it is approved", () => manager.isApproved("install-b"));
        await manager.version(second, { phase: "Succeeded" });
      });
    });

    it("fails where there is no way to the pinned version", async () => {
      const { installer, manager, second } = await operators.subscribe({ approval });
      await manager.plan("install-b", { versions: [second], approved: true, phase: "Complete" });
      await manager.version(second, { phase: "Succeeded" });
      await fails(
        installer,
        {},
        /v1\.1\.0 is installed, and no update to \S+v1\.0\.0 is offered/,
        /never goes back to an older version/,
      );
    });

    it("does not approve what brings others' versions along, and says how to", async () => {
      const { installer, manager, first } = await operators.subscribe({
        approval,
        namespace: GLOBAL_NAMESPACE,
      });
      await manager.plan("install-others", { versions: [first, "billing.v7.0.0"] });
      await fails(
        installer,
        {},
        /install-others would install more than is pinned here: billing\.v7\.0\.0/,
        /kubectl patch installplan install-others --namespace=openshift-operators --type=merge --patch='\{"spec":\{"approved":true\}\}'/,
      );
      assert.equal(await manager.isApproved("install-others"), false);
    });

    it("approves what brings only versions along that are pinned in the same namespace", async () => {
      const neighbour = { ...(await operators.subscribe()).operator, version: "neighbour.v3.0.0" };
      const { installer, manager, first, definition } = await operators.subscribe({
        approval,
        namespace: GLOBAL_NAMESPACE,
        together: [{ ...neighbour, namespace: GLOBAL_NAMESPACE }],
      });
      await manager.define(definition);
      await manager.plan("install-both", { versions: ["neighbour.v3.0.0", first] }, first);
      await meanwhile(succeeds(installer), async () => {
        await eventually("it is approved", () => manager.isApproved("install-both"));
        await manager.version(first, { phase: "Succeeded" });
      });
    });

    it("does not approve a plan that becomes another one in between", async () => {
      const { installer, manager, first } = await operators.subscribe({ approval });
      await manager.plan("install-a", { versions: [first] });
      const { namespace } = manager;
      const patch = JSON.stringify({ spec: { clusterServiceVersionNames: [first, "billing.v7.0.0"] } });
      const swap = operators.asAdministrator(
        `patch installplans.operators.coreos.com install-a --namespace=${namespace} --type=merge --patch='${patch}'`,
      );
      await fails(
        installer,
        { before: { verb: "patch", lines: swap } },
        /more than is pinned here: billing\.v7\.0\.0/,
      );
      assert.equal(await manager.isApproved("install-a"), false);
    });
  });

  describe("by an administrator", () => {
    it("is waited for by its kinds alone", async () => {
      const { installer, manager, definition } = await operators.subscribe({ install: false });
      await meanwhile(succeeds(installer), async (stillWaits) => {
        await stillWaits();
        await manager.define(definition);
      });
    });

    it("is asked for where it did not happen", async () => {
      const { installer } = await operators.subscribe({ install: false });
      await fails(
        installer,
        { timeout: 1 },
        /these kinds are not served: widgets\d+\.example\.com, after 1 s/,
        /An administrator has to install example-operator-\d+ \(channel stable-1 of examples\)/,
      );
    });
  });
});
