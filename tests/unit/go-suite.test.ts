// The Go suites are counted honestly: whatever keeps a Go test from ending makes it a failed test. Real `go test` runs
// on small modules in a scratch folder.
import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runGo } from "../../tools/test/adapters/go";
import type { TestRecord } from "../../tools/test/report";

describe("a Go suite", function () {
  // The first compilation of the testing package is the slow one.
  this.timeout(180_000);
  const scratch = path.join(os.tmpdir(), `mlops-platform-go-${process.pid}`);

  before(function () {
    if (spawnSync("go", ["version"]).error !== undefined) this.skip();
    fs.mkdirSync(scratch);
    fs.writeFileSync(path.join(scratch, "go.mod"), "module example\n\ngo 1.21\n");
  });
  after(() => fs.rmSync(scratch, { recursive: true, force: true }));

  async function run(body: string): Promise<TestRecord[]> {
    const code = `package example\n\nimport (\n"os"\n"testing"\n)\n\nvar _ = os.Exit\n\n${body}`;
    fs.writeFileSync(path.join(scratch, "example_test.go"), code);
    return runGo(scratch, { limitMinutes: 2, output: "silent" });
  }

  async function recordsOf(body: string): Promise<string[]> {
    return (await run(body)).map(({ name, outcome }) => `${outcome}: ${name}`).sort();
  }

  it("counts passed, failed and skipped tests", async () => {
    const records = await recordsOf(`
      func TestAdds(t *testing.T) {}
      func TestFails(t *testing.T) { t.Error("no") }
      func TestSkips(t *testing.T) { t.Skip("later") }`);
    assert.deepEqual(records, [
      "failed: example: TestFails",
      "passed: example: TestAdds",
      "skipped: example: TestSkips",
    ]);
  });

  it("knows why a test failed", async () => {
    const [record] = await run(`func TestFails(t *testing.T) { t.Error("one is not two") }`);
    assert.match(record!.reason!, /example_test\.go:\d+: one is not two/);
  });

  it("counts a test in whose middle the process ends", async () => {
    const records = await recordsOf(`
      func TestAdds(t *testing.T) {}
      func TestExits(t *testing.T) { os.Exit(0) }`);
    assert.deepEqual(records, ["failed: example: TestExits", "passed: example: TestAdds"]);
  });

  it("counts a package that does not compile", async () => {
    const records = await recordsOf("func TestAdds(t *testing.T) { nothing() }");
    assert.deepEqual(records, ["failed: the package example"]);
  });
});
