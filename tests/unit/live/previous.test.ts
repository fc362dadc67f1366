// The commit that an update starts from, when it is not there: whoever named it is told so.
import * as assert from "node:assert/strict";
import { PreviousProgram } from "../../endurance/support/previous";

describe("the program of the commit before", () => {
  it("is not that of a BASE that names no commit, which fails and says what BASE may be", async function () {
    await assert.rejects(
      PreviousProgram.checkOut(this, "orign/main"),
      /^AssertionError \[ERR_ASSERTION\]: BASE=orign\/main names no commit of \/.*: it is a commit, a branch or a tag; /,
    );
  });
});
