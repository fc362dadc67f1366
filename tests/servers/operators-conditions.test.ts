// The Job that waits for the conditions of an object, at a real API server; the tests play the operator that looks after
// the object.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Conditions } from "../../components/operators";
import { succeed } from "../support/processes";
import { toolsOrSkip } from "../support/tools";
import { ControlPlane, controlPlanePrograms } from "./support/control-plane";
import { fails, meanwhile, succeeds } from "./support/installations";
import { Installer, watcher } from "./support/installer";

const GROUP = "gardens.example.com";
const REMEDY = "Look at the garden: kubectl describe garden default";

interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

/** A kind whose objects count what is asked of them, and have a status of their own, as operators' kinds do. */
function definition(plural: string, kind: string): object {
  const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Cluster",
      names: { plural, kind },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: schema, status: schema } } },
          subresources: { status: {} },
        },
      ],
    },
  };
}

describe("waiting for conditions, for real,", function () {
  this.timeout(300_000);
  let kubectl: string;
  let plane: ControlPlane | undefined;
  let job: Installer;
  let count = 0;
  let name: string;

  before(async function () {
    [kubectl = ""] = await toolsOrSkip(this, "kubectl", ...controlPlanePrograms);
    plane = await ControlPlane.start(kubectl);
    for (const [plural, kind] of [
      ["gardens", "Garden"],
      ["soils", "Soil"],
    ] as const) {
      await administer(["apply", "--filename=-"], definition(plural, kind));
      await administer([
        "wait",
        "--for=condition=Established",
        `customresourcedefinition/${plural}.${GROUP}`,
      ]);
    }
  });

  /** Each test has objects of its own. */
  beforeEach(async () => {
    name = `garden-${++count}`;
    const object = (resource: string) => ({ group: GROUP, version: "v1", resource, name });
    job = await Installer.of(kubectl, plane!, {
      script: "conditions",
      account: name,
      program: () => {
        const conditions = new Conditions(name, {
          ...watcher(),
          object: object("gardens"),
          basis: object("soils"),
          after: [],
          inputs: { spec: pulumi.output("roses") },
          remedy: REMEDY,
          timeout: 60,
        });
        conditions.wait(`${name}-flowers`, "flower bed of the garden", ["RosesReady", "TulipsReady"]);
      },
    });
  });

  after(() => {
    plane?.stop();
  });

  function administer(args: readonly string[], input?: object): Promise<string> {
    const kubeconfig = `--kubeconfig=${plane!.kubeconfig}`;
    return succeed(kubectl, [...args, kubeconfig], { input: JSON.stringify(input ?? {}) });
  }

  /** Asks for something of the object, which is made where it is not there. */
  const ask = (kind: "Garden" | "Soil", spec: object): Promise<string> =>
    administer(["apply", "--filename=-"], { apiVersion: `${GROUP}/v1`, kind, metadata: { name }, spec });

  const report = (resource: "gardens" | "soils", status: object): Promise<string> =>
    administer([
      "patch",
      `${resource}.${GROUP}`,
      name,
      "--subresource=status",
      "--type=merge",
      `--patch=${JSON.stringify({ status })}`,
    ]);

  const ready = (type: string): Condition => ({ type, status: "True", reason: "Ready" });
  const flowering = [ready("RosesReady"), ready("TulipsReady")];

  it("ends when all of them are true", async () => {
    await ask("Garden", {});
    await report("gardens", { observedGeneration: 1, conditions: flowering });
    const { stdout } = await succeeds(job);
    assert.match(stdout, /The flower bed of the garden works\./);
  });

  it("lasts until they are, from before the object is there", async () => {
    await meanwhile(succeeds(job), async (stillWaits) => {
      await stillWaits();
      await ask("Garden", {});
      await stillWaits();
      await report("gardens", { observedGeneration: 1, conditions: [ready("RosesReady")] });
      await stillWaits();
      await report("gardens", {
        observedGeneration: 1,
        conditions: [ready("RosesReady"), { type: "TulipsReady", status: "Unknown" }],
      });
      await stillWaits();
      await report("gardens", { observedGeneration: 1, conditions: flowering });
    });
  });

  it("does not believe conditions of what was asked for before", async () => {
    await ask("Garden", {});
    await report("gardens", { observedGeneration: 1, conditions: flowering });
    await ask("Garden", { roses: 12 });
    await meanwhile(succeeds(job), async (stillWaits) => {
      await stillWaits();
      await report("gardens", { observedGeneration: 2 });
    });
    await ask("Garden", { roses: 13 });
    await fails(job, { timeout: 1 }, /its operator has not looked at it since it was changed/);
  });

  it("ends in vain with what is false and why, what it rests on, and where to look", async () => {
    await ask("Garden", {});
    await report("gardens", {
      observedGeneration: 1,
      conditions: [
        ready("RosesReady"),
        { type: "TulipsReady", status: "False", reason: "NoBulbs", message: "the bulbs are\nnot delivered" },
        { type: "GnomesReady", status: "False", reason: "Removed" },
      ],
    });
    await ask("Soil", {});
    await report("soils", {
      phase: "Dry",
      conditions: [{ type: "Watered", status: "False", message: "no rain" }],
    });
    const { stderr } = await fails(
      job,
      { timeout: 1 },
      /The flower bed of the garden does not work after 1 s\. What garden-\d+ says: TulipsReady is False \(NoBulbs\): "the bulbs are\\nnot delivered"\./,
      /Soil garden-\d+: Dry: "no rain"/,
      /Look at the garden: kubectl describe garden default/,
    );
    assert.doesNotMatch(stderr, /Gnomes|RosesReady/);
  });

  it("ends in vain where nobody looks after the object, or where it is not there", async () => {
    await fails(
      job,
      { timeout: 1 },
      /there is no gardens\.v1\.gardens\.example\.com "garden-\d+"/,
      /There is no soils/,
    );
    await ask("Garden", {});
    await ask("Soil", {});
    await fails(job, { timeout: 1 }, /its operator has not looked at it/, /Soil garden-\d+: no status/);
    await report("gardens", { observedGeneration: 1 });
    await fails(job, { timeout: 1 }, /RosesReady is not there yet; TulipsReady is not there yet/);
  });

  it("ends in vain without an answer, and never shows its token", async () => {
    const { output, token } = await fails(
      job,
      { timeout: 1, url: "https://127.0.0.1:1" },
      /the API server gave no answer: .*refused/,
    );
    assert.ok(token.length > 100 && !output.includes(token));
  });

  it("may look at its two objects, and at no other", async () => {
    for (const resource of ["gardens", "soils"]) {
      const allowed = await job.attempt(["get", `${resource}.${GROUP}`, name, "--ignore-not-found"]);
      assert.equal(allowed.code, 0, allowed.output);
      for (const args of [
        ["get", `${resource}.${GROUP}`],
        ["get", `${resource}.${GROUP}`, "another"],
        ["delete", `${resource}.${GROUP}`, name],
      ]) {
        const { code, output } = await job.attempt(args);
        assert.notEqual(code, 0, output);
        assert.match(output, /forbidden/i);
      }
    }
  });
});
