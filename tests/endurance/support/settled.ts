// Settled: a list of what is not as it is to be, until there is nothing left of it.
import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

/** Waits until nothing is wrong any more; what was wrong last is the error. */
export async function settled(wrong: () => Promise<readonly string[]>, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await wrong();
    if (found.length === 0) return;
    if (Date.now() > deadline) assert.deepEqual(found, [], `still so after ${seconds} s`);
    await delay(2000);
  }
}
