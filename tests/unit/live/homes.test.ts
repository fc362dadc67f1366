// Where test runs have their live machines: nobody else may have prepared it.
import * as assert from "node:assert/strict";
import { chmodSync, statSync } from "node:fs";
import * as path from "node:path";
import { homeOfRun } from "../../live/support/homes";
import { scratch } from "../../support/processes";

describe("the home of a run's live machine", () => {
  it("is in the user's cache, in a folder that is nobody else's, also when it was there before", () => {
    const cache = scratch("cache");
    const homes = path.join(cache, "mlops-platform", "live-tests");
    for (let run = 0; run < 2; run++) {
      assert.equal(homeOfRun({ XDG_CACHE_HOME: cache }), path.join(homes, String(process.pid)));
      assert.equal(statSync(homes).mode & 0o777, 0o700);
      chmodSync(homes, 0o755);
    }
  });
});
