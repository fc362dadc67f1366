// Changes to a running stack: each rolls out what uses it and nothing else, and one that fails leaves the version
// before it at work. Then what others do to the objects behind the stack's back.
import * as assert from "node:assert/strict";
import { Checkout, closeCheckouts } from "./support/checkout";
import { nameOf } from "./support/cluster";
import { assertNothingOrphaned, assertReady, changes, differences, workloads } from "./support/views";

const REGISTRY = "Deployment rhoai-model-registries/model-registry";
const REGISTRY_NAMESPACE = "rhoai-model-registries";
const AI = "Deployment ai-workload/ai-workload";
const IRIS = "Deployment mlops/iris-api";
const TRACKING = "Deployment mlops/mlflow-server";
const VIDEOS = "Deployment vidp/main-app";

describe("a running stack", function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;

  before(async function () {
    checkout = await Checkout.make(this);
    await checkout.succeed("up");
  });
  after(closeCheckouts);

  /** Deploys, and says which Deployments and StatefulSets asked for other pods afterwards. */
  async function rolledOutBy(change: () => void): Promise<{ rolled: string[]; output: string }> {
    const before = await workloads(checkout.cluster);
    change();
    const { output } = await checkout.succeed("up");
    return { rolled: differences(before, await workloads(checkout.cluster)), output };
  }

  const secrets = async (namespace: string): Promise<string[]> => {
    const all = await checkout.cluster.list("secrets");
    return all
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map(({ metadata }) => metadata.name);
  };

  it("rolls out one Deployment for its new image, and changes nothing else", async () => {
    const { rolled, output } = await rolledOutBy(() =>
      checkout.configure("dev", "images.modelRegistry", "registry.example/model-registry:2"),
    );
    assert.deepEqual(rolled, [REGISTRY]);
    const { unchanged, ...others } = changes(output);
    assert.deepEqual(others, { updated: 1 });
    assert.ok(unchanged !== undefined && unchanged > 50);
  });

  it("restarts the database alone for a setting of the database", async () => {
    const { rolled } = await rolledOutBy(() => checkout.configure("dev", "mysql.maxConnections", 321));
    assert.deepEqual(rolled, ["StatefulSet db-ai/mysql"]);
    await assertReady(checkout.cluster);
  });

  it("rolls its consumers to a new generation of credentials, while the old one stays", async () => {
    const { rolled, output } = await rolledOutBy(() =>
      checkout.configure("dev", "generations", { default: ["2", "1"] }),
    );
    assert.deepEqual(rolled, [AI, IRIS, TRACKING, REGISTRY, VIDEOS]);
    const names = await secrets(REGISTRY_NAMESPACE);
    for (const start of ["model-registry-mysql-1-", "model-registry-mysql-2-"])
      assert.ok(
        names.some((name) => name.startsWith(start)),
        `${start}* is not among ${names.join(", ")}`,
      );
    assertSweptLast(output);
  });

  it("revokes a generation that is taken away; only what asks clients for keys rolls out", async () => {
    const { rolled, output } = await rolledOutBy(() =>
      checkout.configure("dev", "generations", { default: ["2"] }),
    );
    assert.deepEqual(rolled, [AI, IRIS]);
    for (const namespace of [REGISTRY_NAMESPACE, "db-ai", "minio", "mlops", "vidp"]) {
      const old = (await secrets(namespace)).filter((name) => /-1(-identity)?-[0-9a-f]{8}$/.test(name));
      assert.deepEqual(old, []);
    }
    for (const service of ["mysql", "minio", "mlflow-server", "mongodb"])
      assert.match(output, new RegExp(`Job ${service}-sweep`));
    await assertNothingOrphaned(checkout, "dev");
  });

  it("gives a new consumer its credentials, and disturbs no other", async () => {
    const { rolled } = await rolledOutBy(() =>
      checkout.configure("dev", "consumers", {
        shop: {
          namespace: "shop",
          createNamespace: true,
          pods: { app: "shop" },
          bucket: { name: "shop" },
          schema: "shop",
        },
      }),
    );
    assert.deepEqual(rolled, []);
    const { stdout } = await checkout.succeed("outputs");
    const published = [...stdout.matchAll(/consumers\.shop\.connections\.\w+\.secretName +(\S+)/g)].map(
      ([, name]) => name,
    );
    assert.equal(published.length, 2, stdout);
    const names = await secrets("shop");
    for (const name of published)
      assert.ok(names.includes(name!), `${name} is not among ${names.join(", ")}`);
  });

  it("takes the credentials of a removed consumer back, and disturbs no other", async () => {
    const { rolled, output } = await rolledOutBy(() => checkout.configure("dev", "consumers", undefined));
    assert.deepEqual(rolled, []);
    assert.deepEqual(await secrets("shop"), []);
    for (const namespace of ["db-ai", "minio"])
      assert.deepEqual(
        (await secrets(namespace)).filter((name) => name.includes("shop")),
        [],
      );
    assert.match(output, /Job mysql-sweep/);
    assert.match(output, /Job minio-sweep/);
  });

  it("fails within its time limit, with the pod's reason, when an image cannot be pulled", async () => {
    checkout.configure("dev", "rolloutTimeout", 20);
    checkout.configure("dev", "images.modelRegistry", "registry.invalid/model-registry:3");
    const { code, output } = await checkout.run("up");
    assert.notEqual(code, 0, "an update whose pods never start succeeded");
    assert.match(output, /ProgressDeadlineExceeded/);
    assert.match(output, /ImagePullBackOff/);
    assert.match(output, /`make up` goes on from here/);
  });

  it("keeps the version before at work when a rollout fails", async () => {
    const pods = await checkout.cluster.list("pods");
    const ready = pods
      .filter(({ metadata }) => metadata.namespace === REGISTRY_NAMESPACE)
      .filter(({ status }) =>
        status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True"),
      )
      .flatMap(({ spec }) => spec?.containers?.map(({ image }) => image));
    assert.deepEqual([...new Set(ready)], ["registry.example/model-registry:2"]);
  });

  it("recovers from a failed rollout by the next deployment of a good version", async () => {
    checkout.configure("dev", "rolloutTimeout", undefined);
    checkout.configure("dev", "images.modelRegistry", "registry.example/model-registry:4");
    await checkout.succeed("up");
    await assertReady(checkout.cluster);
  });

  it("makes deleted objects again", async () => {
    const before = (await checkout.cluster.inventory("dev")).map(nameOf);
    await checkout.cluster.run(["delete", "networkpolicies", "--all", "--namespace=minio"]);
    await checkout.cluster.run(["delete", "service", "mysql", "--namespace=db-ai"]);
    await checkout.cluster.run(["delete", "limitranges", "--all", "--namespace=db-ai"]);
    await refreshAndDeploy();
    assert.deepEqual((await checkout.cluster.inventory("dev")).map(nameOf).sort(), before.sort());
    await assertNothingOrphaned(checkout, "dev");
  });

  it("takes back what others changed in its fields, and leaves theirs alone", async () => {
    const deployment = ["deployment", "model-registry", `--namespace=${REGISTRY_NAMESPACE}`];
    const before = await workloads(checkout.cluster);
    await checkout.cluster.run([
      "set",
      "image",
      "deployment/model-registry",
      `--namespace=${REGISTRY_NAMESPACE}`,
      "*=other:1",
    ]);
    await checkout.cluster.run(["annotate", ...deployment, "example.com/owner=somebody-else"]);
    await refreshAndDeploy();
    assert.deepEqual(differences(before, await workloads(checkout.cluster)), []);
    const live = await checkout.cluster.get("deployment", REGISTRY_NAMESPACE, "model-registry");
    assert.equal(live.metadata.annotations?.["example.com/owner"], "somebody-else");
  });

  /** What docs/reliability.md says to do about drift. */
  async function refreshAndDeploy(): Promise<void> {
    await checkout.succeed("up", "dev", "REFRESH=1");
    const { output } = await checkout.succeed("up");
    assert.deepEqual(Object.keys(changes(output)), ["unchanged"]);
  }
});

/** Old identities end after the pods that used them are gone, never before. */
function assertSweptLast(output: string): void {
  const lines = output.split("\n");
  const rolled = lines.findIndex((line) => /Deployment model-registry updated/.test(line));
  const swept = lines.findIndex((line) => /Job mysql-sweep creat/.test(line));
  assert.notEqual(rolled, -1, output);
  assert.ok(
    swept > rolled,
    `the sweep ran on line ${swept}, the rollout ended on line ${rolled}:\n${output}`,
  );
}
