// Whatever is given as a configuration is accepted, or refused with a reason.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import { ConfigError, mergeRaw, parseConfig, readStackFile } from "../../../stacks/config";
import { given, parse } from "./setup";

describe("Whatever is given", function () {
  // A thousand configurations, on a machine that may be busy.
  this.timeout(120_000);
  const topLevel = Object.keys(parse({}));
  const anything = fc.anything({ withMap: true, withDate: true, withBigInt: true, withNullPrototype: true });
  const known = fc.constantFrom(
    ...topLevel,
    ...[
      "external",
      "storage",
      "size",
      "credentials",
      "iris",
      "default",
      "namespace",
      "bucket",
      "requests",
      "quota",
    ],
    ...["__proto__", "constructor", "toString", "", "a.b", "x".repeat(300)],
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof({ depthSize: "medium" }, anything, fc.dictionary(known, tie("tree"), { maxKeys: 5 })),
  }));

  it("is accepted, or refused with a ConfigError that has a fix for every problem", () => {
    const values = fc.dictionary(known, tree, { maxKeys: 6 });
    const target = fc.constantFrom("minikube", "openshift", 1, undefined);
    fc.assert(
      fc.property(values, target, fc.subarray(topLevel), (garbage, name, secretKeys) => {
        try {
          parseConfig(
            mergeRaw(given({ target: name }), { values: garbage, secretKeys: new Set(secretKeys) }),
          );
        } catch (error) {
          assert.ok(error instanceof ConfigError, inspect(error));
          assert.ok(error.problems.length > 0 && error.problems.every(({ fix }) => fix !== ""));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("as a file, is read or refused with a ConfigError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseConfig(readStackFile(text));
        } catch (error) {
          assert.ok(error instanceof ConfigError, inspect(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
