// A program with components of its own that uses what the platform granted it, examples/model-service, on the real engine
// beside the real platform.
import * as assert from "node:assert/strict";
import { copied } from "../package/support/installed";
import { Checkout, closeCheckouts } from "./support/checkout";
import { consumersOf, OtherProgram } from "./support/other-program";

const NAMESPACE = "flowers";

describe("a program with components of the package, beside the platform", function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;
  let program: OtherProgram;

  before(async function () {
    checkout = await Checkout.make(this);
    checkout.reduceToSharedServices();
    checkout.configure("dev", "modelRegistry.enabled", false);
    checkout.configure("dev", "tracking.enabled", true);
    checkout.configure("dev", "consumers", consumersOf("examples/model-service"));
    await checkout.succeed("up");
    copied("examples/iris");
    program = await OtherProgram.make(checkout, "examples/model-service");
  });
  after(closeCheckouts);

  const ready = async (): Promise<number> =>
    (await checkout.cluster.get("deployment", NAMESPACE, "flowers-api")).status?.readyReplicas ?? 0;

  it("runs in the namespace that the platform made for it, and a second run finds nothing to do", async () => {
    await program.up();
    assert.ok((await ready()) >= 1, "no pod is ready");
    assert.deepEqual(await program.preview(), []);
  });

  it("leaves nothing for the platform to put right", async () => {
    const { output } = await checkout.succeed("preview");
    assert.match(output, /\d+ unchanged/);
    assert.doesNotMatch(output, /to (create|update|replace|delete)/);
  });

  it("sees a rotated credential as new pods, and as nothing else", async () => {
    checkout.configure("dev", "generations", { flowers: ["2", "1"] });
    await checkout.succeed("up");
    assert.deepEqual(await program.preview(), [
      {
        what: "update Deployment flowers-api",
        properties: ["spec.template.metadata.annotations.mlops-platform/tracking-generation"],
      },
    ]);
    await program.up();
    assert.deepEqual(await program.preview(), []);
  });

  it("goes without what the platform made for it", async () => {
    await program.succeed("destroy", "--yes", "--skip-preview");
    assert.equal(await checkout.cluster.exists("deployment", NAMESPACE, "flowers-api"), false);
    assert.equal(await checkout.cluster.exists("networkpolicy", NAMESPACE, "default-deny"), false);
    assert.equal(await checkout.cluster.exists("secret", NAMESPACE, "flowers-tracking-connection"), true);
  });
});
