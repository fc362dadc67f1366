// Two stacks in one cluster, and the end of both: nothing collides, protected data stays, and what is removed is gone.
import * as assert from "node:assert/strict";
import { Checkout, closeCheckouts } from "./support/checkout";
import { nameOf } from "./support/cluster";
import { assertNothingOrphaned, assertReady, volumes } from "./support/views";

describe("two stacks in one cluster", function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;

  before(async function () {
    checkout = await Checkout.make(this);
    checkout.configure("dev", "protectData", true);
    checkout.addStack("staging", "dev");
    await checkout.succeed("up");
  });
  after(closeCheckouts);

  it("refuses the second one the namespaces of the first, before it changes anything", async () => {
    const before = (await checkout.cluster.inventory("dev")).map(nameOf);
    const { code, output } = await checkout.run("up", "staging");
    assert.notEqual(code, 0);
    assert.match(output, /the namespace minio belongs to the stack dev/);
    assert.match(output, /namespacePrefix/);
    assert.deepEqual((await checkout.cluster.inventory("dev")).map(nameOf), before);
    assert.deepEqual(await checkout.cluster.inventory("staging"), []);
  });

  it("refuses the second one the hosts and ports of the first, whatever its prefix", async () => {
    checkout.configure("staging", "namespacePrefix", "staging-");
    checkout.configure("staging", "protectData", false);
    const { code, output } = await checkout.run("up", "staging");
    assert.notEqual(code, 0);
    assert.match(
      output,
      /the port 30001 of the nodes belongs to the Service crime-prediction\/frontend-service/,
    );
    assert.match(output, /the host mlflow.local belongs to the Ingress mlops\/mlflow-server-ingress/);
    assert.deepEqual(await checkout.cluster.inventory("staging"), []);
  });

  it("brings both up side by side when the second has a prefix, hosts and ports of its own", async () => {
    checkout.configure("staging", "crimePrediction.nodePort", 30002);
    for (const key of ["minio.consoleHost", "tracking.host", "iris.host", "vidp.host", "vidp.apiHost"])
      checkout.configure("staging", key, `${key.replace(".", "-").toLowerCase()}.staging.local`);
    await checkout.succeed("up", "staging");
    await assertReady(checkout.cluster);
    for (const stack of ["dev", "staging"]) await assertNothingOrphaned(checkout, stack);
  });

  it("refuses to remove protected data, and says how to go on", async () => {
    const before = await volumes(checkout.cluster, "dev");
    const { code, output } = await checkout.run("down");
    assert.notEqual(code, 0);
    assert.match(output, /Nothing was removed: stack dev protects its data/);
    assert.match(output, /PersistentVolumeClaim db-ai\/mysql-data/);
    assert.match(output, /protectData/);
    assert.deepEqual(await volumes(checkout.cluster, "dev"), before);
    assert.ok(before.size >= 2);
  });

  it("leaves nothing of a stack behind, once its data is not protected any more", async () => {
    checkout.configure("dev", "protectData", false);
    await checkout.succeed("up");
    await checkout.succeed("down");
    assert.deepEqual((await checkout.cluster.inventory("dev")).map(nameOf), []);
    const own = [
      "minio",
      "db-ai",
      "rhoai-model-registries",
      "mlops",
      "ai-workload",
      "crime-prediction",
      "vidp",
    ];
    const namespaces = (await checkout.cluster.list("namespaces")).map(({ metadata }) => metadata.name);
    assert.deepEqual(
      namespaces.filter((name) => own.includes(name)),
      [],
    );
  });

  it("does not disturb one stack by removing the other", async () => {
    await assertReady(checkout.cluster);
    await assertNothingOrphaned(checkout, "staging");
    await checkout.succeed("pulumi", "staging", "preview", "--expect-no-changes");
  });
});
