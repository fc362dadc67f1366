// The reference: every argument of a component is explained, with unit and default, and the generator shows what the
// sources say.
import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as ts from "typescript";
import { readComponents } from "../../../tools/reference/components";
import type { Entry, Member } from "../../../tools/reference/model";
import { modulePage, placesOf } from "../../../tools/reference/page";
import { readSources, readSurface } from "../../../tools/reference/read";

/** Says of a number what it counts: first thing, or as `in percent of ...`. A word for something countable is not enough. */
const UNIT =
  /^(Seconds|Milliseconds|Number of|Share of|How (many|often)|Replicas|Connections|Requests a second|Devices|(The )?[Pp]ort (that|of)) ?|^Failed \(or slow\) requests in a|, in (percent|seconds|milliseconds) of|\bthis many seconds\b/;

const fieldsOf = (entry: Entry): readonly Member[] => {
  if (entry.kind === "code") return [];
  return entry.kind === "class" ? [...(entry.args?.members ?? []), ...entry.members] : entry.members;
};

describe("the comments on components", () => {
  const modules = readComponents();
  const all = modules.flatMap(({ folder, entries }) =>
    entries.flatMap((entry) =>
      fieldsOf(entry).map((field) => ({ ...field, place: `${folder}: ${entry.name}.${field.name}` })),
    ),
  );
  const isArgument = (place: string) => /Args\./.test(place);

  it("are there for every component", () => {
    for (const { folder, title, doc } of modules) assert.ok(title !== "" && doc !== "", folder);
    const bare = modules.flatMap(({ folder, entries }) =>
      entries
        .filter(({ kind, name, doc }) => doc === "" && !(kind === "interface" && name.endsWith("Args")))
        .map(({ name }) => `${folder}: ${name}`),
    );
    assert.deepEqual(bare, []);
  });

  it("explain every field", () => {
    assert.deepEqual(
      all.filter(({ doc }) => doc === "").map(({ place }) => place),
      [],
    );
  });

  it("say of every optional argument what holds without it", () => {
    const silent = all.filter(
      ({ place, optional, byDefault }) => isArgument(place) && optional && byDefault === undefined,
    );
    assert.deepEqual(
      silent.map(({ place }) => place),
      [],
    );
  });

  it("say of every number what it counts", () => {
    const bare = all.filter(
      ({ type, doc, kind }) =>
        kind === "property" && /^(number|Input<number>)$/.test(type) && !UNIT.test(doc),
    );
    assert.deepEqual(
      bare.map(({ place, doc }) => `${place}: ${doc}`),
      [],
    );
  });
});

describe("a comment on a number", () => {
  for (const vague of ["How it supports pods.", "What lies between two requests.", "The nodes' patience."])
    it(`says nothing of what it counts by: ${vague}`, () => assert.doesNotMatch(vague, UNIT));
});

describe("the generator of the reference", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "reference-"));
    writeFileSync(
      path.join(folder, "index.ts"),
      '// Lamp: light, when it is dark.\nexport * from "./lamp";\n',
    );
    writeFileSync(
      path.join(folder, "lamp.ts"),
      `
// Lamp: shines on \`<walls>\`.
export interface Bulb {
  /** Its power, in watts. */
  readonly watts: number;
}
interface Common {
  /** Where it hangs. */
  room: string;
}
export interface LampArgs extends Common {
  /** What shines. @default a new one */
  bulb?: Bulb | undefined;
  /** Seconds until it goes out. @default 60 */
  seconds?: number;
}
/** Colours. */
export const colours = {
  // A comment.
  warm: 1,
} as const;
/** @internal */
export function wire(): void {}
/** How bright: \`1 < 2\`. */
export type Brightness = "dim" | "bright";
/**
 * Counts lamps:
 *
 * \`\`\`ts
 * count([]);
 * \`\`\`
 */
export function count(lamps: readonly Lamp[], least = 0, { dark = true }: { dark?: boolean } = {}): number { return Math.max(least, lamps.length); }
/**
 * @example
 * new Lamp("a", { room: "b" });
 */
export class Lamp {
  /** Whether it is on. */
  readonly isOn: boolean = true;
  private readonly secret = 1;
  constructor(readonly name: string, args: LampArgs) { void [args, this.secret]; }
  /** Turns it on, or off. */
  turn(on: boolean): Brightness { return on ? "bright" : "dim"; }
}
`.trimStart(),
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function lamp(): string {
    const file = path.join(folder, "index.ts");
    const sources = readSources([file], { target: ts.ScriptTarget.ES2022, strict: true });
    const place = { folder: "lamp", source: "components/lamp", header: file };
    const [module] = readSurface(sources, file, () => place);
    assert.ok(module);
    return modulePage(module, placesOf([module]));
  }

  const shown: Record<string, string> = {
    "what the folder is": "# Lamp\n",
    "what the class is, with what looks like HTML": "## Lamp\n\nShines on `<walls>`.",
    "how the class is made": "new Lamp(name: string, args: LampArgs)",
    "an example": '```ts\nnew Lamp("a", { room: "b" });\n```',
    "an argument that has to be given, an inherited one too":
      "| `room` | `string` | required | Where it hangs. |",
    "an argument whose type is explained elsewhere":
      "| `bulb` | [`Bulb`](#bulb) `\\| undefined` | a new one | What shines. |",
    "a default that is a value": "| `seconds` | `number` | `60` | Seconds until it goes out. |",
    "a property": "| `isOn` | `boolean` | Whether it is on. |",
    "a method": "| `turn()` | `(on: boolean):` [`Brightness`](#brightness) | Turns it on, or off. |",
    "a type": '```ts\ntype Brightness = "dim" | "bright";\n```',
    "a function":
      "```ts\nfunction count(lamps: readonly Lamp[], least?: number, options?: { dark?: boolean }): number\n```",
    "code in a comment, line by line": "Counts lamps:\n\n```ts\ncount([]);\n```\n",
    "the value of a table": "```ts\nconst colours = {\n  warm: 1,\n}\n```",
  };
  for (const [what, text] of Object.entries(shown))
    it(`shows ${what}`, () => assert.ok(lamp().includes(text), `${text}\n\nis not in\n\n${lamp()}`));

  it("leaves out what is private or internal, and shows arguments once", () => {
    assert.doesNotMatch(lamp(), /secret|wire/);
    assert.equal(lamp().match(/LampArgs$/gm)?.length, 1);
  });
});
