// The pytest suites are counted honestly: whatever keeps a test from passing makes it a failed test. Real pytest runs on
// small files in a scratch folder.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runPytest } from "../../tools/test/adapters/pytest";
import type { TestRecord } from "../../tools/test/report";
import { toolsOrSkip } from "../support/tools";

describe("a pytest suite", function () {
  this.timeout(180_000);
  const scratch = path.join(os.tmpdir(), `mlops-platform-pytest-${process.pid}`);

  before(async function () {
    await toolsOrSkip(this, "python-ml");
    fs.mkdirSync(scratch);
  });
  after(() => fs.rmSync(scratch, { recursive: true, force: true }));

  async function run(body: string): Promise<TestRecord[]> {
    fs.writeFileSync(path.join(scratch, "test_example.py"), `import os\nimport pytest\n\n${body}`);
    return runPytest(scratch, { limitMinutes: 2, output: "silent" });
  }

  async function recordsOf(body: string): Promise<string[]> {
    return (await run(body)).map(({ name, outcome }) => `${outcome}: ${name}`).sort();
  }

  it("counts passed, failed and skipped tests", async () => {
    const records = await recordsOf(`
def test_adds(): pass
def test_fails(): assert False
def test_skips(): pytest.skip()
@pytest.mark.parametrize("n", [1, 2])
def test_each(n): assert n == 1
`);
    assert.deepEqual(records, [
      "failed: test_example.py::test_each[2]",
      "failed: test_example.py::test_fails",
      "passed: test_example.py::test_adds",
      "passed: test_example.py::test_each[1]",
      "skipped: test_example.py::test_skips",
    ]);
  });

  it("knows why a test failed, and nothing of those that did not", async () => {
    const records = await run("def test_adds(): pass\ndef test_compares(): assert 1 == 2\n");
    const [passed, failed] = records.map(({ reason }) => reason);
    assert.equal(passed, undefined);
    assert.match(failed!, /assert 1 == 2/);
  });

  it("counts what goes wrong before and after a test", async () => {
    const records = await recordsOf(`
@pytest.fixture
def broken(): raise OSError
@pytest.fixture
def untidy():
    yield
    raise OSError
def test_before(broken): pass
def test_after(untidy): pass
`);
    assert.deepEqual(records, [
      "failed: test_example.py::test_after (cleaning up)",
      "failed: test_example.py::test_before",
      "passed: test_example.py::test_after",
    ]);
  });

  it("counts the test in whose middle the process ends, and those after it", async () => {
    const records = await recordsOf(`
def test_adds(): pass
def test_exits(): os._exit(0)
def test_follows(): pass
`);
    assert.deepEqual(records, [
      "failed: test_example.py::test_exits (never ran)",
      "failed: test_example.py::test_follows (never ran)",
      "passed: test_example.py::test_adds",
    ]);
  });

  it("counts a file that cannot be read", async () => {
    assert.deepEqual(await recordsOf("def test_adds(: pass"), ["failed: reading test_example.py"]);
  });
});
