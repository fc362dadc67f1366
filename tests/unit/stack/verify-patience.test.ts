// How long verify waits for what is still to come after a deployment.
import * as assert from "node:assert/strict";
import type { Check } from "../../../tools/verify/checks";
import { patiently } from "../../../tools/verify/patience";

const good: Check = { area: "secrets", namespace: "minio", object: "Secret minio-admin", problem: undefined };
const unready: Check = {
  area: "workloads",
  namespace: "mlops",
  object: "Deployment iris-api",
  problem: "1 of 2 pods are ready",
  isUnready: true,
};
const wrong: Check = { ...good, problem: "does not exist" };

/**
 * What it returns, says and waits, with looks that find one thing after another, and the last one again and again. Each look takes
 * so many seconds.
 */
async function wait(
  { seconds, aLook = 0 }: { seconds: number; aLook?: number },
  ...looks: readonly (readonly Check[])[]
) {
  const words: string[] = [];
  let waited = 0;
  let round = 0;
  const look = () => {
    waited += aLook;
    return Promise.resolve(looks[Math.min(round++, looks.length - 1)]!);
  };
  const found = await patiently(look, {
    seconds,
    say: (text) => words.push(text),
    now: () => waited * 1000,
    pause: (milliseconds) => Promise.resolve((waited += milliseconds / 1000)),
  });
  return { found, words, waited };
}

describe("verify, right after a deployment", () => {
  it("looks once when all is well", async () => {
    assert.deepEqual(await wait({ seconds: 60 }, [good]), { found: [good], words: [], waited: 0 });
  });

  it("waits for the pods that an autoscaler adds, and says so", async () => {
    const words = ["Waiting for Deployment iris-api in mlops..."];
    assert.deepEqual(await wait({ seconds: 60 }, [unready, good], [unready, good], [good]), {
      found: [good],
      words,
      waited: 4,
    });
  });

  it("waits no longer than it was told, and returns what is not ready then", async () => {
    const { found, waited, words } = await wait({ seconds: 30 }, [unready]);
    assert.deepEqual({ found, waited }, { found: [unready], waited: 30 });
    assert.equal(words.length, 2);
    assert.equal((await wait({ seconds: 0 }, [unready])).waited, 0);
  });

  it("counts the time that it takes to look, too", async () => {
    const { waited, words } = await wait({ seconds: 60, aLook: 8 }, [unready]);
    assert.equal(waited, 68);
    assert.equal(words.length, 3);
  });

  it("does not wait when something is wrong that no waiting mends", async () => {
    assert.equal((await wait({ seconds: 60 }, [unready, wrong])).waited, 0);
  });

  it("does not wait on when something of that kind turns up meanwhile", async () => {
    assert.deepEqual((await wait({ seconds: 60 }, [unready], [unready, wrong])).found, [unready, wrong]);
  });
});
