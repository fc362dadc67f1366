// The contract's types in the packages are made from its JSON Schema. They say what the shape says, no more and no less.
import * as assert from "node:assert/strict";
import * as shape from "../../../stacks/contract/shape";
import { contractTypes } from "../../../tools/package/contract-types";
import { typeErrors } from "../../docs/support/compile";

const MADE = "contract types.ts";

/** What the compiler says where each type has to be the same in both. */
function differences(made: string): string[] {
  const names = [...made.matchAll(/^export (?:type|interface) (\w+)/gm)].map((match) => match[1]);
  const same = `
    import type * as made from "./contract types";
    import type * as source from "./stacks/contract/shape";
    type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : "another type";
    ${names.map((name) => `export const ${name}: Same<made.${name}, source.${name}> = true;`).join("\n")}`;
  return typeErrors(
    new Map([
      [MADE, made.replace("export declare const", "declare const")],
      ["same.ts", same],
    ]),
  );
}

describe("the contract's types as packages have them", function () {
  this.timeout(120_000);
  const made = contractTypes(shape.CONTRACT_VERSION);

  it("are the types of the shape, all of them", () => {
    assert.deepEqual(differences(made), []);
  });

  it("would not be, were a field missing or of another type", () => {
    for (const [part, other] of [
      [/^ {4}consoleUrl\?: string;\n/m, ""],
      [/access: "read" \| "write" \| "readWrite";/, "access: string;"],
      [/adminSecretName\?: string;/, "adminSecretName: string;"],
    ] as const) {
      const wrong = made.replace(part, other);
      assert.notEqual(wrong, made, String(part));
      assert.match(differences(wrong).join("\n"), /another type/, String(part));
    }
  });

  it("tell what each field means", () => {
    assert.match(made, /\/\*\* Name of the generation that the Secret holds\..*\*\/\n +generation: string;/);
  });
});
