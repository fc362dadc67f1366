/**
 * Finds what in a contract breaks those who read the released one. Readers get what the platform says, so that they
 * rely on every field being there, and on its values being among those that they were told of. A field may be added,
 * and one that was there sometimes may be there always; nothing else may change under one version.
 *
 * That is said of readers that are older than the platform. One that is newer may miss a required field that an older
 * platform of the same version does not have yet: the client refuses that platform, and names the field. So platforms
 * go first.
 */
import { isDeepStrictEqual } from "node:util";
import { isPlainObject, type Plain, type PlainObject } from "../graph/values";

export interface Break {
  /** Path of the field: `consumers.<name>.namespace`. */
  readonly field: string;
  /** What changed. A change of the description alone may be a rewording. */
  readonly kind: "removed" | "optional" | "type" | "widened" | "narrowed" | "meaning";
  readonly change: string;
  /** Who is no longer right, and why. */
  readonly harm: string;
}

/** Says the same whatever it says, or is compared on its own. */
const APART = new Set([
  "$schema",
  "$id",
  "title",
  "description",
  "type",
  "enum",
  "const",
  "properties",
  "required",
  "items",
  "additionalProperties",
  "propertyNames",
  "oneOf",
  "anyOf",
]);

const MEETS = "a program that handles every value it was told of meets one that it does not know";
const REFUSES =
  "a program made for this contract refuses what a platform of the same version, deployed before, says";
const CLOSES =
  "a program that checks what it gets with this schema refuses the fields that a later platform of the same version adds";
const ADDED =
  "a program that checks what it gets with the released schema refuses the field, as no other was allowed";

/** Everything that breaks readers of `released`, by field. */
export function breaks(released: PlainObject, current: PlainObject): Break[] {
  return compare("", released, current);
}

function compare(field: string, released: PlainObject, current: PlainObject): Break[] {
  const found = (kind: Break["kind"], change: string, harm: string): Break => ({ field, kind, change, harm });
  const [was, is] = [kindOf(released), kindOf(current)];
  if (was !== is)
    return [
      found(
        "type",
        `was ${was} and is ${is}`,
        `a program that expects ${was} fails, or misreads what it gets`,
      ),
    ];
  return [
    ...values(released, current).map(([kind, change, harm]) => found(kind, change, harm)),
    ...limits(released, current).map(([change, harm]) => found("type", change, harm)),
    ...(released.description === current.description
      ? []
      : [
          found(
            "meaning",
            `meant ${quoted(released.description)} and means ${quoted(current.description)}`,
            "a program that was written for the first does the wrong thing with the second, and nobody notices",
          ),
        ]),
    ...properties(field, released, current),
    ...below(`${field}[]`, released.items, current.items),
    ...below(join(field, "<name>"), released.additionalProperties, current.additionalProperties),
    ...below(join(field, "<name>"), released.propertyNames, current.propertyNames),
    ...alternatives(field, released, current),
  ];
}

/** What a field is, in the words of a reader. */
function kindOf(schema: PlainObject): string {
  if (variants(schema) !== undefined) return "one of several things";
  if (schema.additionalProperties !== undefined && schema.properties === undefined) return "a map";
  const { type } = schema;
  const names = { integer: "a number", number: "a number", string: "a string", boolean: "true or false" };
  if (typeof type !== "string") return JSON.stringify(type ?? null);
  return Object.entries(names).find(([name]) => name === type)?.[1] ?? `an ${type}`;
}

type Finding = readonly [kind: Break["kind"], change: string, harm: string];

/** The values that a field may have, where they are listed, and whether a number is whole. */
function values(released: PlainObject, current: PlainObject): Finding[] {
  const [were, are] = [listed(released), listed(current)];
  const whole = ({ type }: PlainObject): boolean => type === "integer";
  const numbers: Finding[] =
    whole(released) === whole(current)
      ? []
      : whole(released)
        ? [["widened", "was a whole number and may have a fraction", MEETS]]
        : [["narrowed", "was any number and is a whole one", REFUSES]];
  if (were === undefined && are === undefined) return numbers;
  if (were === undefined)
    return [...numbers, ["narrowed", `could be anything and is one of ${are?.join(", ")}`, REFUSES]];
  if (are === undefined)
    return [...numbers, ["widened", `was one of ${were.join(", ")} and may be anything`, MEETS]];
  const [added, gone] = [are.filter((one) => !were.includes(one)), were.filter((one) => !are.includes(one))];
  return [
    ...numbers,
    ...(added.length > 0 ? [["widened", `may also be ${added.join(", ")}`, MEETS] as const] : []),
    ...(gone.length > 0 ? [["narrowed", `can no longer be ${gone.join(", ")}`, REFUSES] as const] : []),
  ];
}

function listed({ enum: several, const: one }: PlainObject): string[] | undefined {
  if (one !== undefined) return [JSON.stringify(one)];
  return Array.isArray(several) ? several.map((value) => JSON.stringify(value)) : undefined;
}

/** Lengths, bounds and patterns, and whatever a schema may come to say besides. */
function limits(released: PlainObject, current: PlainObject): [change: string, harm: string][] {
  const keywords = new Set(
    [...Object.keys(released), ...Object.keys(current)].filter((key) => !APART.has(key)),
  );
  return [...keywords]
    .filter((keyword) => !isDeepStrictEqual(released[keyword], current[keyword]))
    .map((keyword) => [
      `had ${keyword} ${quoted(released[keyword])} and has ${quoted(current[keyword])}`,
      "a program relies on the limits that it was told of",
    ]);
}

/** The fields of an object. One that was added breaks nobody who was not told that there is no other. */
function properties(field: string, released: PlainObject, current: PlainObject): Break[] {
  const [were, are] = [fields(released), fields(current)];
  const added = released.additionalProperties === false ? Object.keys(are) : [];
  const refused = added
    .filter((name) => !(name in were))
    .map((name): Break => ({ field: join(field, name), kind: "widened", change: "was added", harm: ADDED }));
  const changed = Object.entries(were).flatMap(([name, was]): Break[] => {
    const inner = join(field, name);
    const is = are[name];
    if (is === undefined)
      return [
        {
          field: inner,
          kind: "removed",
          change: "was removed",
          harm: "a program that reads it finds nothing",
        },
      ];
    const lost: Break[] =
      requires(released, name) && !requires(current, name)
        ? [
            {
              field: inner,
              kind: "optional",
              change: "was always there and may be absent",
              harm: "a program that takes it for granted fails where it is absent",
            },
          ]
        : [];
    return [...lost, ...below(inner, was, is)];
  });
  return [...refused, ...changed];
}

const fields = ({ properties: all }: PlainObject): PlainObject => (isPlainObject(all) ? all : {});
const requires = ({ required }: PlainObject, name: string): boolean =>
  Array.isArray(required) && required.includes(name);

/** What is one of several things: each is known by the values that are fixed in it, such as its `kind`. */
function alternatives(field: string, released: PlainObject, current: PlainObject): Break[] {
  const [were, are] = [byTag(released), byTag(current)];
  const gone = [...were.keys()].filter((tag) => !are.has(tag));
  const added = [...are.keys()].filter((tag) => !were.has(tag));
  return [
    ...added.map((tag): Break => ({ field, kind: "widened", change: `may also be ${tag}`, harm: MEETS })),
    ...gone.map((tag): Break => ({
      field,
      kind: "narrowed",
      change: `can no longer be ${tag}`,
      harm: REFUSES,
    })),
    ...[...were].flatMap(([tag, was]) => {
      const is = are.get(tag);
      return is === undefined ? [] : compare(`${field}(${tag})`, was, is);
    }),
  ];
}

function variants({ oneOf, anyOf }: PlainObject): PlainObject[] | undefined {
  const several = oneOf ?? anyOf;
  return Array.isArray(several) ? several.filter(isPlainObject) : undefined;
}

function byTag(schema: PlainObject): Map<string, PlainObject> {
  return new Map((variants(schema) ?? []).map((variant) => [tagOf(variant), variant]));
}

function tagOf(variant: PlainObject): string {
  const fixed = Object.entries(fields(variant)).flatMap(([name, schema]) =>
    isPlainObject(schema) && schema.const !== undefined ? [`${name} ${JSON.stringify(schema.const)}`] : [],
  );
  return fixed.length > 0 ? fixed.join(", ") : kindOf(variant);
}

/** What is said of a part. A part of which nothing is said, such as the other fields of an object, may be anything. */
function below(field: string, was: Plain | undefined, is: Plain | undefined): Break[] {
  const [from, to] = [allowed(was), allowed(is)];
  if (isPlainObject(from) && isPlainObject(to)) return compare(field, from, to);
  if (from === to) return [];
  const isWider = from === "nothing" || to === "anything";
  const isClosed = from === "anything" && to === "nothing";
  return [
    {
      field,
      kind: isWider ? "widened" : "narrowed",
      change: `${saidBefore(from)} and ${saidNow(to)}`,
      harm: isWider ? MEETS : isClosed ? CLOSES : REFUSES,
    },
  ];
}

type Allowed = PlainObject | "anything" | "nothing";

function allowed(schema: Plain | undefined): Allowed {
  if (schema === false) return "nothing";
  return isPlainObject(schema) && Object.keys(schema).length > 0 ? schema : "anything";
}

function saidBefore(part: Allowed): string {
  if (part === "nothing") return "was not allowed";
  return part === "anything" ? "could be anything" : `was ${kindOf(part)}`;
}

function saidNow(part: Allowed): string {
  if (part === "nothing") return "is not allowed";
  return part === "anything" ? "may be anything" : `is ${kindOf(part)}`;
}

const join = (field: string, name: string): string => (field === "" ? name : `${field}.${name}`);
const quoted = (value: Plain | undefined): string => (value === undefined ? "none" : JSON.stringify(value));
