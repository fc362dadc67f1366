// The break detector: what may change in the contract under one version, what may not, and what a person is told.
import * as assert from "node:assert/strict";
import { CONTRACT_VERSION } from "../../../stacks/contract/shape";
import { type Break, breaks } from "../../../tools/contract/breaks";
import { report } from "../../../tools/contract/report";
import { currentSchema, releasedSchema } from "../../../tools/contract/schema";
import type { Plain, PlainObject } from "../../../tools/graph/values";

const string: PlainObject = { type: "string", description: "A word." };
const integer: PlainObject = { type: "integer", description: "A count." };
const oneOf = (...values: string[]): PlainObject => ({ ...string, enum: values });
const object = (properties: PlainObject, required = Object.keys(properties)): PlainObject => ({
  type: "object",
  properties,
  required,
});
const mapOf = (values: PlainObject): PlainObject => ({
  type: "object",
  propertyNames: { type: "string" },
  additionalProperties: values,
});
const listOf = (items: PlainObject): PlainObject => ({ type: "array", items });
const listOfAnything: PlainObject = { type: "array" };
const closed = (schema: PlainObject): PlainObject => ({ ...schema, additionalProperties: false });
const open = (schema: PlainObject, others: Plain): PlainObject => ({
  ...schema,
  additionalProperties: others,
});
const either = (...variants: PlainObject[]): PlainObject => ({ oneOf: variants });
const pods = object({ kind: { type: "string", const: "pods" }, port: integer });
const addresses = object({ kind: { type: "string", const: "addresses" }, port: integer });

/** What a change of the field `a` is found to be. */
const change = (released: PlainObject, current: PlainObject): Break[] =>
  breaks(object({ a: released }), object({ a: current }));

type Row = readonly [what: string, released: PlainObject, current: PlainObject];
type Breaking = readonly [...Row, kind: Break["kind"], field: string];

const harmless: readonly Row[] = [
  ["nothing", object({ b: string }), object({ b: string })],
  ["a field that was added, always there", object({ b: string }), object({ b: string, c: string })],
  [
    "a field that was added and may be absent",
    object({ b: string }),
    object({ b: string, c: string }, ["b"]),
  ],
  [
    "a field that was added to what a map holds",
    mapOf(object({ b: string })),
    mapOf(object({ b: string, c: string })),
  ],
  ["a field that may be absent and now is always there", object({ b: string }, []), object({ b: string })],
  ["another order of fields", object({ b: string, c: integer }), object({ c: integer, b: string })],
  ["another order of values", oneOf("x", "y"), oneOf("y", "x")],
  ["another order of variants", either(pods, addresses), either(addresses, pods)],
  ["saying that other fields may be there", object({ b: string }), open(object({ b: string }), true)],
  ["saying so in other words", open(object({ b: string }), true), open(object({ b: string }), {})],
  ["saying that a list may hold anything", listOfAnything, { ...listOfAnything, items: {} }],
  ["another title", { ...string, title: "One" }, { ...string, title: "Two" }],
];

const breaking: readonly Breaking[] = [
  ["a field that was removed", object({ b: string, c: string }), object({ b: string }), "removed", "a.c"],
  [
    "one that was removed and might have been absent",
    object({ b: string }, []),
    object({}),
    "removed",
    "a.b",
  ],
  [
    "a field that may be absent from now on",
    object({ b: string }),
    object({ b: string }, []),
    "optional",
    "a.b",
  ],
  ["a string that is a number", string, integer, "type", "a"],
  ["a number that is a string", integer, string, "type", "a"],
  ["a string that is a map", string, mapOf(string), "type", "a"],
  ["an object that is a map", object({ b: string }), mapOf(string), "type", "a"],
  ["a list that is one of its items", listOf(string), string, "type", "a"],
  ["one thing that is one of several", pods, either(pods, addresses), "type", "a"],
  ["something that may be nothing", string, either(string, { type: "null" }), "type", "a"],
  ["a string that is one of a few", string, oneOf("x", "y"), "narrowed", "a"],
  ["one of a few that is any string", oneOf("x", "y"), string, "widened", "a"],
  ["a value more", oneOf("x"), oneOf("x", "y"), "widened", "a"],
  ["a value less", oneOf("x", "y"), oneOf("x"), "narrowed", "a"],
  ["another constant", { ...string, const: "x" }, { ...string, const: "y" }, "widened", "a"],
  ["a whole number that may have a fraction", integer, { ...integer, type: "number" }, "widened", "a"],
  ["a number that is whole", { ...integer, type: "number" }, integer, "narrowed", "a"],
  ["a variant more", either(pods), either(pods, addresses), "widened", "a"],
  ["a variant less", either(pods, addresses), either(pods), "narrowed", "a"],
  ["a limit that is wider", { ...integer, maximum: 9 }, { ...integer, maximum: 99 }, "type", "a"],
  ["a limit that is gone", { ...string, minLength: 1 }, string, "type", "a"],
  ["a limit that is new", string, { ...string, pattern: "^x" }, "type", "a"],
  ["another meaning", string, { ...string, description: "A sentence." }, "meaning", "a"],
  ["no meaning any more", string, { type: "string" }, "meaning", "a"],
  ["what a list holds", listOf(string), listOf(integer), "type", "a[]"],
  ["what a map holds", mapOf(string), mapOf(integer), "type", "a.<name>"],
  [
    "the names in a map",
    mapOf(string),
    { ...mapOf(string), propertyNames: oneOf("x") },
    "narrowed",
    "a.<name>",
  ],
  ["a list that may hold anything", listOf(string), listOfAnything, "widened", "a[]"],
  ["a list that may no longer hold anything", listOfAnything, listOf(string), "narrowed", "a[]"],
  ["a list that is always empty", listOf(string), { type: "array", items: false }, "narrowed", "a[]"],
  ["a map that is always empty", mapOf(string), open(mapOf(string), false), "narrowed", "a.<name>"],
  ["a map that may hold anything", mapOf(string), open(mapOf(string), true), "widened", "a.<name>"],
  ["names in a map that may be any", mapOf(string), open({ type: "object" }, string), "widened", "a.<name>"],
  [
    "names in a map that may no longer be any",
    open({ type: "object" }, string),
    mapOf(string),
    "narrowed",
    "a.<name>",
  ],
  ["an object that was closed", object({ b: string }), closed(object({ b: string })), "narrowed", "a.<name>"],
  ["an object that was opened", closed(object({ b: string })), object({ b: string }), "widened", "a.<name>"],
  [
    "other fields that have a type",
    object({ b: string }),
    open(object({ b: string }), string),
    "narrowed",
    "a.<name>",
  ],
  [
    "other fields that have none",
    open(object({ b: string }), string),
    object({ b: string }),
    "widened",
    "a.<name>",
  ],
  [
    "other fields that are gone",
    open(object({ b: string }), string),
    closed(object({ b: string })),
    "narrowed",
    "a.<name>",
  ],
  [
    "other fields that are new",
    closed(object({ b: string })),
    open(object({ b: string }), string),
    "widened",
    "a.<name>",
  ],
  [
    "other fields of another type",
    open(object({ b: string }), string),
    open(object({ b: string }), integer),
    "type",
    "a.<name>",
  ],
  [
    "a field that was added where none was allowed",
    closed(object({})),
    closed(object({ b: string })),
    "widened",
    "a.b",
  ],
  [
    "a field of which nothing is said any more",
    object({ b: string }),
    { ...object({ b: true }) },
    "widened",
    "a.b",
  ],
  ["a variant that was closed", either(pods), either(closed(pods)), "narrowed", 'a(kind "pods").<name>'],
  [
    "a field of a variant",
    either(pods),
    either(object({ ...fieldsOf(pods), port: string })),
    "type",
    'a(kind "pods").port',
  ],
  [
    "a field deep down",
    mapOf(object({ b: listOf(object({ c: string })) })),
    mapOf(object({ b: listOf(object({})) })),
    "removed",
    "a.<name>.b[].c",
  ],
];

function fieldsOf({ properties }: PlainObject): PlainObject {
  return properties as PlainObject;
}

describe("the break detector", () => {
  for (const [what, released, current] of harmless)
    it(`lets pass ${what}`, () => assert.deepEqual(change(released, current), []));

  for (const [what, released, current, kind, field] of breaking)
    it(`finds ${what}`, () => {
      const [found] = change(released, current);
      assert.deepEqual([found?.kind, found?.field], [kind, field]);
    });

  it("finds both a value more and a value less", () => {
    assert.deepEqual(
      change(oneOf("x", "y"), oneOf("y", "z")).map(({ change: what }) => what),
      ['may also be "z"', 'can no longer be "x"'],
    );
  });

  it("finds every break at once", () => {
    const found = breaks(object({ a: string, b: integer, c: string }), object({ a: integer, c: string }, []));
    assert.deepEqual(
      found.map(({ field, kind }) => `${field} ${kind}`),
      ["a optional", "a type", "b removed", "c optional"],
    );
  });

  it("says of a closed object which readers refuse what is added to it", () => {
    const [found] = change(object({ b: string }), closed(object({ b: string })));
    assert.equal(found!.change, "could be anything and is not allowed");
    assert.equal(
      found!.harm,
      "a program that checks what it gets with this schema refuses the fields that a later platform of the same version adds",
    );
  });

  it("says which field, what changed, whom it breaks and what to do", () => {
    assert.equal(
      report(change(object({ b: string }), object({}))),
      [
        "a.b was removed",
        "  breaks: a program that reads it finds nothing",
        "  fix:    take the change back, or raise CONTRACT_VERSION in stacks/contract/shape.ts and run `make contract`",
      ].join("\n"),
    );
    assert.equal(
      report(change(string, { ...string, description: "A sentence." })),
      [
        'a meant "A word." and means "A sentence."',
        "  breaks: a program that was written for the first does the wrong thing with the second, and nobody notices",
        "  fix:    where it only says the same in other words, run `make contract REWORDED=1`; otherwise raise " +
          "CONTRACT_VERSION in stacks/contract/shape.ts and run `make contract`",
      ].join("\n"),
    );
  });
});

describe("the contract", () => {
  it("was released in every version up to this one", () => {
    for (let version = 1; version <= CONTRACT_VERSION; version++) {
      const released = releasedSchema(version);
      assert.ok(released, `version ${version} was never released: run \`make contract\``);
      assert.equal((released.properties as Record<string, PlainObject>).contractVersion?.const, version);
    }
  });

  it("breaks nobody who reads what was released under its version", () => {
    const found = breaks(releasedSchema(CONTRACT_VERSION) ?? {}, currentSchema());
    assert.equal(found.length, 0, `\n${report(found)}`);
  });

  it("says what each of its fields means", () => {
    const silent: string[] = [];
    const visit = (path: string, schema: PlainObject): void => {
      if (path !== "" && !path.endsWith("<name>") && schema.description === undefined) silent.push(path);
      for (const [name, inner] of Object.entries((schema.properties ?? {}) as Record<string, PlainObject>))
        visit(`${path}.${name}`, inner);
      for (const variant of (schema.oneOf ?? []) as PlainObject[]) visit(path, variant);
      if (schema.additionalProperties) visit(`${path}.<name>`, schema.additionalProperties as PlainObject);
    };
    visit("", currentSchema());
    assert.deepEqual(silent, []);
  });
});
