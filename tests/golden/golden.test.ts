// What each stack would create, against what was last agreed to: every object, and the URNs of everything that
// holds data or an identity. `npm run golden` accepts a change.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import type { Resource } from "../../tools/graph/graph";
import { filesIn, writeFolder } from "../../tools/render/folder";
import { fileTree } from "../../tools/render/manifests";
import { goldenPath, matchGolden } from "../support/golden";
import { stack, stackNames } from "../support/stacks";

const update = process.env.UPDATE_GOLDEN === "1";

/**
 * A new URN for one of these deletes it and makes another: data is lost; or no sweep ever finds the identities that
 * were made under the old stack id.
 */
const STATEFUL =
  /::(.*\$)?(kubernetes:core\/v1:(Namespace|PersistentVolumeClaim)::.*|kubernetes:apps\/v1:StatefulSet::.*|random:.*::stack-id)$/;

for (const name of stackNames) {
  describe(`the ${name} stack`, () => {
    it("creates the objects that were agreed to, and no others", async () => {
      const files = fileTree((await stack(name)).objects);
      if (update) writeFolder(goldenPath(name), files);
      const golden = filesIn(goldenPath(name));
      assert.deepEqual(
        [...files.keys()].sort(),
        [...golden].sort(),
        "other files; accept with: npm run golden",
      );
      for (const [file, text] of files) matchGolden(`${name}/${file}`, text);
    });

    it("keeps the identity of everything that holds data", async () => {
      const { graph } = await stack(name);
      const urns = graph.resources.filter(({ urn, read }) => STATEFUL.test(urn) && !read).map(identity);
      assert.ok(urns.length > 0);
      matchGolden(`${name}.urns`, `${urns.sort().join("\n")}\n`);
    });

    it("has a golden file for nothing else", () => {
      const known = stackNames.flatMap((other) => [
        other,
        `${other}.urns`,
        `${other}.order.txt`,
        `${other}.reachability.txt`,
      ]);
      const found = fs.readdirSync(goldenPath()).filter((entry) => !entry.endsWith(".test.ts"));
      assert.deepEqual(found.sort(), known.sort());
    });
  });
}

/** The URN, and what else must not change: the name in the cluster and the protection from deletion. */
function identity({ urn, id, protect, type }: Resource): string {
  const kubernetes = type.startsWith("kubernetes:");
  return [urn, kubernetes ? id : "", protect ? "protected" : "unprotected"]
    .filter((part) => part !== "")
    .join(" ");
}
