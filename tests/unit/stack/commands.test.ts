// What becomes of commands that people give to the engine themselves.
import * as assert from "node:assert/strict";
import { careful } from "../../../tools/stack/commands";

describe("a command of one's own", () => {
  it("never takes a stack's file out of the checkout", () => {
    assert.deepEqual(careful(["stack", "rm", "--yes"]), ["stack", "rm", "--yes", "--preserve-config"]);
  });

  it("is otherwise what was asked for", () => {
    assert.deepEqual(careful(["stack", "history"]), ["stack", "history"]);
  });
});
