// The scripts that run in the cluster, as text: sound shell, and within what every server's image has.
// What they do to a server is tested with one, in tests/servers.
import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const components = path.resolve(__dirname, "../../components");
const scripts = fs
  .readdirSync(components, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".sh"))
  .sort();

describe("the cluster's scripts", () => {
  it("are there", () => {
    for (const service of ["object-store", "sql-database", "document-database"]) {
      for (const script of ["provision.sh", "sweep.sh"])
        assert.ok(scripts.includes(path.join(service, script)));
    }
  });

  for (const script of scripts) {
    const text = fs.readFileSync(path.join(components, script), "utf8");

    it(`${script} passes shellcheck as plain sh`, function () {
      const { error, stdout } = spawnSync(
        "shellcheck",
        ["--shell=sh", "--external-sources", "--source-path=SCRIPTDIR", path.join(components, script)],
        { encoding: "utf8" },
      );
      if (error) {
        if (process.env.CI === "true")
          throw new Error("shellcheck is not installed: apt-get install shellcheck");
        console.warn("      shellcheck is not installed: apt-get install shellcheck");
        this.skip();
      }
      assert.equal(stdout, "");
    });

    it(`${script} stops at the first error, at unset variables, and never traces what it does`, () => {
      const shared = text.includes('. "$(dirname "$0")/connect.sh"') ? "connect.sh" : path.basename(script);
      const options = fs.readFileSync(path.join(components, path.dirname(script), shared), "utf8");
      assert.match(options, /^set -eu/m);
      assert.doesNotMatch(text, /^\s*set .*-\w*[xv]/m);
    });
  }
});
