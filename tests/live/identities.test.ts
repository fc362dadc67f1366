// Who may do what, with credentials: every identity of the stack is tried at every server, on every bucket, schema, database,
// experiment and model. What works is what the Grants say.
import * as assert from "node:assert/strict";
import { renderStack } from "../../tools/render/stack";
import { toolsOrSkip } from "../support/tools";
import { expectedActions, grantedIdentities, type GrantedIdentity } from "./support/grants";
import { tryAll } from "./support/identities";
import { usePlatform } from "./support/platform";

describe("who may do what with real servers", function () {
  this.timeout(10 * 60_000);
  const platform = usePlatform();
  let identities: readonly GrantedIdentity[];
  let worked: readonly string[];

  before(async function () {
    const [python = "", mongosh = ""] = await toolsOrSkip(this, "python-ml", "mongosh");
    identities = grantedIdentities(await renderStack("dev", platform().machine.home.config));
    worked = await tryAll(platform(), { python, mongosh }, identities);
  });

  it("is tried on buckets, schemas, databases and experiments, with at least one identity of each server", () => {
    assert.deepEqual([...new Set(identities.map(({ service }) => service.kind))].sort(), [
      "document-database",
      "object-store",
      "sql-database",
      "tracking-server",
    ]);
  });

  it("is what the Grants say: nobody may do more, and nobody less", () => {
    assert.deepEqual([...worked].sort(), expectedActions(identities));
  });

  it("is more than nothing, and less than everything", () => {
    assert.ok(worked.length > 0);
    const places = new Set(worked.map((line) => line.split(" | ").slice(1).join(" | ")));
    assert.ok(worked.length < places.size * identities.length);
  });
});
