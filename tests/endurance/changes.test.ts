// Changes while the platform is in use: credentials are rotated and workloads are updated, by configuration and `make up`, while
// predictions are asked for through the ingress and things are kept in every store.
import * as assert from "node:assert/strict";
import { usePlatform } from "../live/support/platform";
import { Changes, type Settings } from "./support/changes";
import { failuresIn, useCrew } from "./support/crew";
import { CONSUMER, restartNotes } from "./support/notes";
import { note } from "./support/report";

/** A little more room than before: nothing but the pods' own template changes. */
const memory = (limit: string) => ({ resources: { limits: { memory: limit } } });

describe("changes while the platform is in use", function () {
  this.timeout(15 * 60_000);
  const platform = usePlatform();
  let changes: Changes;
  const crew = useCrew(platform, async () => {
    changes = new Changes(platform());
    await changes.deploy(CONSUMER);
  });

  /** Deploys settings, and returns what everybody saw until all pods were the new ones. */
  async function during(event: string, work: () => Promise<void>) {
    const began = performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    // What a pod did that ended last counts, too.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const seen = crew().seen(began);
    note(event, seconds, seen);
    for (const [name, { sent }] of Object.entries(seen)) assert.ok(sent > 5, `${name} sent ${sent} requests`);
    return seen;
  }

  const deploying = (event: string, settings: Settings) => during(event, () => changes.deploy(settings));

  it("fails no request when every workload is replaced by one with other settings", async () => {
    const seen = await deploying("update of iris, ai-workload, MLflow, main-app and a worker", {
      iris: memory("1100Mi"),
      aiWorkload: memory("1100Mi"),
      tracking: memory("2100Mi"),
      vidp: { services: { "main-app": memory("600Mi"), downscale: memory("600Mi") } },
    });
    assert.deepEqual(failuresIn(seen), {});
  });

  it("fails no request when everybody's credentials are rotated: first the new ones are added", async () => {
    const seen = await deploying("rotation: the new credentials", { generations: { default: ["2", "1"] } });
    assert.deepEqual(failuresIn(seen), {});
  });

  it("fails no request when applications and clients take the new ones", async () => {
    const seen = await during("rotation: applications take them", async () => {
      await restartNotes(platform());
      await crew().renew();
    });
    assert.deepEqual(failuresIn(seen), {});
  });

  it("fails no request when the old ones are revoked", async () => {
    const seen = await deploying("rotation: the old ones are revoked", { generations: { default: ["2"] } });
    assert.deepEqual(failuresIn(seen), {});
  });

  it("predicts on while the servers behind it restart with other settings", async () => {
    const seen = await deploying("update of MinIO, MySQL and MongoDB", {
      minio: memory("1100Mi"),
      mysql: memory("1600Mi"),
      mongodb: memory("1100Mi"),
    });
    // Each has one disk, and so one pod: who keeps something is told to wait, and tries again.
    assert.deepEqual(failuresIn(seen, "iris", "ai-workload"), {});
  });

  it("has lost nothing of what was acknowledged meanwhile", async () => {
    await crew().stop();
    assert.deepEqual(await crew().lost(), []);
  });
});
