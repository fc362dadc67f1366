// PromQL from parts: whatever a label contains stays a value.
import * as assert from "node:assert/strict";
import { bucketUpTo, literally, select, threshold } from "../../../components/monitoring/promql";

describe("a selector", () => {
  it("says what each label is, matches, is not or does not match", () => {
    const where = { a: "1", b: { matches: "x|y" }, c: { not: "2" }, d: { notMatches: "z.*" } };
    assert.equal(select({ metric: "m", where }), 'm{a="1",b=~"x|y",c!="2",d!~"z.*"}');
  });

  it("starts with the labels that it is given, and keeps its own", () => {
    assert.equal(
      select({ metric: "m", where: { path: "/" } }, { namespace: "n", job: "j" }),
      'm{namespace="n",job="j",path="/"}',
    );
  });

  it("quotes whatever would end a value", () => {
    const path = 'a"} or up{b="\\\n';
    assert.equal(select({ metric: "m", where: { path } }), 'm{path="a\\"} or up{b=\\"\\\\\\n"}');
  });
});

describe("the bucket that ends at a number of seconds", () => {
  const written: readonly [seconds: number, right: readonly string[], wrong: readonly string[]][] = [
    [0.25, ["0.25", "0.250"], ["0.025", "0.2", "0.255", "10.25"]],
    [1, ["1", "1.0", "1.000"], ["10", "0.1", "1.5", "1."]],
    [10, ["10", "10.0"], ["1", "100", "+Inf"]],
  ];
  for (const [seconds, right, wrong] of written) {
    it(`is found however a server writes ${seconds}`, () => {
      const { matches } = bucketUpTo(seconds) as { matches: string };
      // Prometheus matches whole values.
      const whole = new RegExp(`^(?:${matches})$`);
      assert.deepEqual(
        [...right, ...wrong].filter((label) => whole.test(label)),
        right,
      );
    });
  }
});

it("a name as a regular expression matches itself alone", () => {
  assert.equal(literally("a.b+c"), "a\\.b\\+c");
});

it("a threshold is written as a person would write it", () => {
  assert.equal(threshold(14.4 * (1 - 0.999)), "0.0144");
  assert.equal(threshold(1 - 0.99), "0.01");
});
