// The diff that a failed golden test shows, which a reviewer reads to decide whether the change was wanted.
import * as assert from "node:assert/strict";
import { changedLines as diff } from "../../tools/diff/lines";

describe("a golden difference", () => {
  it("is empty for the same text", () => {
    assert.equal(diff("a\nb\n", "a\nb\n"), "");
  });

  it("shows a changed line as it was and as it is, between its neighbours", () => {
    assert.equal(diff("a\nb\nc\nd\ne", "a\nb\nX\nd\ne", 1), "  b\n- c\n+ X\n  d\n  ...");
  });

  it("shows added and removed lines only once", () => {
    assert.equal(diff("a\nb\nc", "a\nc", 0), "- b\n  ...");
    assert.equal(diff("a\nc", "a\nb\nc", 0), "+ b\n  ...");
  });

  it("shows a difference in the last line's end", () => {
    assert.notEqual(diff("a", "a\n"), "");
  });
});
