// Files that are replaced at once.
import * as assert from "node:assert/strict";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { isFileOrRemains, replaceFile } from "../../../tools/stack/files";

describe("a file that is replaced", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "files-"));
    file = path.join(folder, "kept.json");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("is the old one or the new one, and never a part of either", () => {
    writeFileSync(file, "old");
    const reader = openSync(file, "r");
    replaceFile(file, "new");
    assert.equal(readFileSync(reader, "utf8"), "old");
    closeSync(reader);
    assert.equal(readFileSync(file, "utf8"), "new");
    assert.deepEqual(readdirSync(folder), ["kept.json"]);
  });

  it("is for its owner alone", () => {
    replaceFile(file, "new");
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("leaves nothing beside it when that fails", () => {
    mkdirSync(file);
    assert.throws(() => replaceFile(file, "new"));
    assert.deepEqual(readdirSync(folder), ["kept.json"]);
  });

  it("is known with what a killed process left of it", () => {
    const names = ["kept.json", "kept.json.4711", "kept.json.mine", "kept.json.", "another.json"];
    assert.deepEqual(
      names.map((name) => isFileOrRemains("kept.json", name)),
      [true, true, false, false, false],
    );
  });
});
