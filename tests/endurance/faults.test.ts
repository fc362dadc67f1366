// Faults while the platform is in use: any pod, the node's daemons and the whole machine are killed. What is asserted of a fault is who
// may notice it at all, that everything comes back, and that nothing that was acknowledged is lost. What it costs those who
// notice it is measured (support/report.ts), and depends on the machine.
//
// Requests that a killed process was answering fail: nobody else could answer them. So of what is killed itself, clients that
// try again are looked at.
import * as assert from "node:assert/strict";
import { usePlatform } from "../live/support/platform";
import { Changes } from "./support/changes";
import { failuresIn, RETRYING, useCrew } from "./support/crew";
import * as faults from "./support/faults";
import { CONSUMER } from "./support/notes";
import { note } from "./support/report";

const EVERYBODY = ["iris", "ai-workload", "notes", "runs", "videos"];

/** Each workload, and those who use it while they work. */
const USERS: Readonly<Record<string, readonly string[]>> = {
  "minio/minio": ["notes", "runs"],
  "db-ai/mysql": ["notes", "runs"],
  "vidp/mongodb": ["videos"],
  "rhoai-model-registries/model-registry": [],
  "mlops/mlflow-server": ["runs"],
  "mlops/iris-api": ["iris"],
  "ai-workload/ai-workload": ["ai-workload"],
  "crime-prediction/backend-deployment": [],
  "crime-prediction/frontend-deployment": [],
  "vidp/frontend": [],
  "vidp/main-app": ["videos"],
  "vidp/downscale": ["videos"],
  "vidp/langscale": [],
  "vidp/subtitle": [],
  "vidp/animal-detect": [],
  // The add-ons of this cluster, one of each: the way in, names, and volumes that are made.
  "traefik/traefik": EVERYBODY,
  "kube-system/coredns": ["notes", "runs", "videos"],
  "local-path-storage/local-path-provisioner": [],
};

describe("faults while the platform is in use", function () {
  this.timeout(15 * 60_000);
  const platform = usePlatform();
  let volumes: unknown;

  const claims = async () =>
    (await platform().get("persistentvolumeclaims", "--all-namespaces"))
      .map(({ metadata, spec }) => [
        metadata.name,
        metadata.uid,
        (spec as { volumeName?: string }).volumeName,
      ])
      .sort();

  const crew = useCrew(platform, async () => {
    await new Changes(platform()).deploy(CONSUMER);
    await faults.recovered(platform());
  });
  before(async () => {
    volumes = await claims();
  });

  /** Lets something happen, waits until all is well again, and returns what everybody saw. */
  async function during(event: string, fault: () => Promise<void>) {
    const began = performance.now();
    await fault();
    const happened = performance.now();
    await faults.recovered(platform());
    await crew().allAnswered(happened);
    const seconds = (performance.now() - began) / 1000;
    const seen = crew().seen(began);
    note(event, seconds, seen);
    for (const name of [...EVERYBODY, ...RETRYING])
      assert.ok((seen[name]?.sent ?? 0) > 0, `${name} sent nothing`);
    return seen;
  }

  it("are tried with every workload of the stack", async () => {
    const own = (await faults.workloads(platform())).filter(({ isOfStack }) => isOfStack);
    assert.ok(own.length > 10);
    for (const { namespace, name } of own) assert.ok(`${namespace}/${name}` in USERS, `${namespace}/${name}`);
  });

  const ways = {
    "the main process of a pod": faults.killMainProcess,
    "a pod itself, by force,": faults.deletePod,
  };
  // One after another, and before what follows: tests of an inner suite would come last.
  for (const [what, kill] of Object.entries(ways))
    for (const [workload, users] of Object.entries(USERS))
      it(`go unnoticed by all but ${users.join(", ") || "nobody"} when ${what} of ${workload} goes, and it comes back`, async () => {
        const found = (await faults.workloads(platform())).find(
          ({ namespace, name }) => `${namespace}/${name}` === workload,
        );
        assert.ok(found, workload);
        const seen = await during(`${workload}: ${what.replace(/,$/, "")}`, () => kill(platform(), found));
        const others = EVERYBODY.filter((name) => !users.includes(name));
        assert.deepEqual(failuresIn(seen, ...others, ...RETRYING), {});
      });

  it("go unnoticed when the kubelet is killed, which looks after its pods again", async () => {
    const [iris] = (await faults.workloads(platform())).filter(({ name }) => name === "iris-api");
    assert.ok(iris);
    const seen = await during("the kubelet is killed", () => faults.killDaemon(platform(), "kubelet"));
    assert.deepEqual(failuresIn(seen), {});
    await faults.deletePod(platform(), iris);
    await faults.recovered(platform());
  });

  it("go unnoticed by those who predict when containerd is killed, and new containers can be made", async () => {
    const [iris] = (await faults.workloads(platform())).filter(({ name }) => name === "iris-api");
    assert.ok(iris);
    const seen = await during("containerd is killed", () => faults.killDaemon(platform(), "containerd"));
    assert.deepEqual(failuresIn(seen, "iris", "ai-workload", ...RETRYING), {});
    await faults.deletePod(platform(), iris);
    await faults.recovered(platform());
  });

  it("end when the machine is killed, and started again", async () => {
    await during("the machine is killed", async () => {
      await faults.killMachine(platform());
      await platform().machine.start();
    });
  });

  it("have lost nothing of what was acknowledged, and no volume", async () => {
    await crew().stop();
    assert.deepEqual(await crew().lost(), []);
    assert.deepEqual(await claims(), volumes);
  });
});
