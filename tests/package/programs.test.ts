// Programs of other people that use the packages as they are installed.
import * as assert from "node:assert/strict";
import * as path from "node:path";
import * as source from "../../packages/platform/index";
import { run } from "../support/program";
import { everything, type Library } from "./support/everything";
import { compile, copied, installed } from "./support/installed";

describe("a program that uses the packages", function () {
  this.timeout(300_000);

  before(() => {
    installed();
  });

  it("compiles with strict settings, the types of its libraries included, whichever way it finds modules", async () => {
    copied("examples/model-service");
    const folder = copied("tests/package/programs");
    const [modern, classic] = await Promise.all([
      compile(folder),
      compile(path.join(folder, "classic.tsconfig.json")),
    ]);
    assert.equal(modern, "");
    assert.equal(classic, "");
  });

  it("makes the same objects with what is installed as with the source, scripts included", async () => {
    const library = installedLibrary();
    const made = (await run(() => everything(library))).objects;
    const wanted = (await run(() => everything(source))).objects;
    assert.deepEqual(made, wanted);
    const scripts = made
      .filter(({ manifest }) => manifest.kind === "ConfigMap")
      .map(({ manifest }) => manifest);
    assert.ok(scripts.length > 10);
  });

  it("has the same contract in both packages", async () => {
    const { folder } = installed();
    const load = (name: string): Promise<Record<string, unknown>> =>
      import(require.resolve(name, { paths: [folder] })) as Promise<Record<string, unknown>>;
    const [whole, alone] = [await load("mlops-platform/contract"), await load("mlops-platform-contract")];
    assert.deepEqual(Object.keys(whole), Object.keys(alone));
  });
});

/** As a program in the folder would require it. */
function installedLibrary(): Library {
  const file = require.resolve("mlops-platform", { paths: [installed().folder] });
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- What is loaded is made by the test.
  return require(file) as Library;
}
