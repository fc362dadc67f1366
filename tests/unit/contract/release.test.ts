// `make contract`: what readers may rely on is written down, and never weakened under one version.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { release, type Release } from "../../../tools/contract/release";
import { releasedFile, releasedSchema } from "../../../tools/contract/schema";
import type { PlainObject } from "../../../tools/graph/values";

const one: PlainObject = {
  type: "object",
  properties: { a: { type: "string", description: "A." } },
  required: ["a"],
};
const more: PlainObject = {
  ...one,
  properties: { ...(one.properties as PlainObject), b: { type: "string" } },
};
const reworded: PlainObject = {
  ...one,
  properties: { a: { type: "string", description: "The first letter." } },
};
const less: PlainObject = { ...one, required: [] };

describe("releasing the contract", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "contract-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const make = (args: Partial<Release>): string =>
    release({ version: 1, schema: one, reworded: false, ...args }, folder);

  it("writes down a version that was never released, and says what to commit", () => {
    assert.equal(make({}), "Released version 1 of the contract: commit stacks/contract/released/1.json.");
    assert.deepEqual(releasedSchema(1, folder), one);
  });

  it("does nothing where nothing changed", () => {
    make({});
    const { mtimeMs } = fs.statSync(releasedFile(1, folder));
    assert.equal(make({}), "Version 1 is released as it is.");
    assert.equal(fs.statSync(releasedFile(1, folder)).mtimeMs, mtimeMs);
  });

  it("lets readers rely on what was added, from then on", () => {
    make({});
    assert.match(make({ schema: more }), /^Released what is new in version 1/);
    assert.throws(() => make({ schema: one }), /^Error: b was removed/);
  });

  it("refuses what breaks readers, whatever it is called, and leaves the released version as it was", () => {
    make({});
    for (const asReworded of [false, true])
      assert.throws(
        () => make({ schema: less, reworded: asReworded }),
        /a was always there and may be absent/,
      );
    assert.deepEqual(releasedSchema(1, folder), one);
  });

  it("takes other words for a field only from somebody who says that they mean the same", () => {
    make({});
    assert.throws(() => make({ schema: reworded }), /a meant "A\." and means "The first letter\."/);
    make({ schema: reworded, reworded: true });
    assert.deepEqual(releasedSchema(1, folder), reworded);
  });

  it("takes everything under a raised version, and keeps what readers of the last one rely on", () => {
    make({});
    make({ version: 2, schema: less });
    assert.deepEqual([releasedSchema(1, folder), releasedSchema(2, folder)], [one, less]);
  });
});
