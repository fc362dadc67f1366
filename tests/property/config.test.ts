// Whatever the configuration says: it renders, or it is refused with an error that was written for a person. And
// whatever renders keeps every secret inside a Secret.
import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import * as pulumi from "@pulumi/pulumi";
import { parseConfig, type RawConfig, type StackConfig } from "../../stacks/config";
import { fileTree } from "../../tools/render/manifests";
import { renderConfig } from "../../tools/render/stack";
import { findLeaks } from "../support/leaks";
import { configurations, secretsIn } from "./configs";

const RUNS = 1000;

describe("any configuration", function () {
  this.timeout(15 * 60_000);

  it(`renders without leaking a secret, or is refused with a clear error (${RUNS} generated ones)`, async () => {
    const outcomes = { rendered: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(configurations(), async (raw) => {
        outcomes[await outcome(raw)]++;
      }),
      // The message of a failure names the seed; this repeats it: FAST_CHECK_SEED=... npx mocha tests/property
      { numRuns: RUNS, ...repetition() },
    );
    // A generator that makes one kind only would prove little.
    assert.ok(outcomes.rendered >= RUNS / 4 && outcomes.refused >= RUNS / 10, JSON.stringify(outcomes));
  });
});

async function outcome(raw: RawConfig): Promise<"rendered" | "refused"> {
  let config: StackConfig;
  try {
    config = parseConfig(raw);
  } catch (error) {
    return refusal(error, raw);
  }
  try {
    const { graph, objects } = await renderConfig("property", config);
    assert.deepEqual(findLeaks(graph, secretsIn(raw)), []);
    fileTree(objects);
    return "rendered";
  } catch (error) {
    return refusal(error, raw);
  }
}

/** Errors for the person at the terminal are RunErrors, which Pulumi shows without a stack trace. */
function refusal(error: unknown, raw: RawConfig): "refused" {
  if (!(error instanceof Error) || !pulumi.RunError.isInstance(error)) throw error;
  assert.ok(error.message.length > 20, `a message that says nothing: ${error.message}`);
  for (const secret of secretsIn(raw))
    assert.ok(!error.message.includes(secret), "the message shows a secret");
  return "refused";
}

function repetition(): { seed?: number } {
  const { FAST_CHECK_SEED } = process.env;
  return FAST_CHECK_SEED === undefined ? {} : { seed: Number(FAST_CHECK_SEED) };
}
