// An update while the platform is in use: from what the commit before this one (or BASE) deploys to what this one does.
import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { isPlainObject, text, type PlainObject } from "../../tools/graph/values";
import { usePlatform } from "../live/support/platform";
import { Changes } from "./support/changes";
import { failuresIn, RETRYING, useCrew, type Seen } from "./support/crew";
import { recovered } from "./support/faults";
import { CONSUMER } from "./support/notes";
import { PreviousProgram } from "./support/previous";
import { note } from "./support/report";

describe("an update from the commit before (or BASE), while the platform is in use", function () {
  this.timeout(20 * 60_000);
  const platform = usePlatform();
  let first: Awaited<ReturnType<typeof state>>;
  let seen: Seen;

  let previous: PreviousProgram;
  const crew = useCrew(platform, async (suite) => {
    previous = await PreviousProgram.checkOut(suite);
    new Changes(platform()).merge(CONSUMER);
    await previous.deploy(platform());
    await recovered(platform());
  });
  before(async () => {
    first = await state();
    const began = performance.now();
    await platform().stack("up");
    const updated = performance.now();
    await recovered(platform());
    await crew().allAnswered(updated);
    seen = crew().seen(began);
    note(`update from ${previous.commit}`, (updated - began) / 1000, seen);
  });

  /** What has to stay what it is: volumes by uid, the servers on them, and Secrets by a checksum of what they hold. */
  async function state() {
    const [claims, servers, secrets] = await Promise.all(
      ["persistentvolumeclaims", "pods", "secrets"].map((kind) => platform().get(kind, "--all-namespaces")),
    );
    const isServer = ({ ownerReferences: owners }: PlainObject): boolean =>
      Array.isArray(owners) && owners.some((owner) => isPlainObject(owner) && owner.kind === "StatefulSet");
    return {
      volumes: claims?.map(({ metadata }) => `${metadata.name} ${text(metadata.uid)}`).sort(),
      servers: servers
        ?.filter(({ metadata }) => isServer(metadata))
        .map(({ metadata }) => `${metadata.name} ${text(metadata.uid)}`)
        .sort(),
      secrets: secrets
        ?.filter(
          ({ metadata }) => isPlainObject(metadata.labels) && "mlops-platform/stack" in metadata.labels,
        )
        .map(({ metadata, data }) => {
          const sum = createHash("sha256").update(JSON.stringify(data)).digest("hex");
          return `${text(metadata.namespace)}/${metadata.name} ${sum}`;
        })
        .sort(),
    };
  }

  it("fails no prediction", () => {
    for (const client of ["iris", "ai-workload"]) assert.ok((seen[client]?.sent ?? 0) > 10, client);
    assert.deepEqual(failuresIn(seen, "iris", "ai-workload"), {});
  });

  it("fails nobody who writes; if it replaces a server that there is one of, nobody who tries again", async () => {
    const { servers } = await state();
    const isReplaced = JSON.stringify(servers) !== JSON.stringify(first.servers);
    const writers = isReplaced ? [] : ["notes", "runs", "videos"];
    assert.deepEqual(failuresIn(seen, ...writers, ...RETRYING), {});
  });

  it("replaces no volume, and generates no credential anew", async () => {
    const { volumes, secrets } = await state();
    assert.deepEqual(volumes, first.volumes);
    assert.deepEqual(
      first.secrets?.filter((secret) => !secrets?.includes(secret)),
      [],
    );
  });

  it("loses nothing of what was acknowledged meanwhile", async () => {
    await crew().stop();
    assert.deepEqual(await crew().lost(), []);
  });
});
