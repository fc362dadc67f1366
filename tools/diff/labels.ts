// Readable words for what only a real run generates: names, ids and secrets that are placeholders here.
import type { Graph, Resource } from "../graph/graph";
import { kubernetesKind } from "../graph/providers";
import { at, isPlainObject, text, type Plain } from "../graph/values";
import { isAutonamed } from "./rules";

/** Shorter texts may stand for something else. */
export const SHORTEST = 6;

/** What the provider makes up for a resource, and makes up anew for a new one, with words for it. */
export function generatedBy(resource: Resource): Map<string, string> {
  const { inputs, outputs, type, name } = resource;
  const found =
    kubernetesKind(inputs) === undefined
      ? Object.entries(outputs)
          .filter(([property]) => !(property in inputs))
          .map(([property, value]): [string, string] => [
            text(value),
            `<${property} of ${lastPart(type)} ${name}>`,
          ])
      : [
          [text(at(outputs, "metadata", "uid")), `<uid of ${lastPart(type)} ${name}>`] as const,
          ...(isAutonamed(resource) ? [[text(at(outputs, "metadata", "name")), `${name}-…`] as const] : []),
        ];
  return new Map(found.filter(([value]) => value.length >= SHORTEST));
}

const lastPart = (type: string): string => type.slice(type.lastIndexOf(":") + 1);

/** Puts the words in the place of generated values. */
export class Labels {
  private readonly words: readonly (readonly [string, string])[];

  constructor({ resources }: Graph) {
    this.words = resources
      .filter(({ custom }) => custom)
      .flatMap((resource) => [...generatedBy(resource)])
      .sort(([one], [other]) => other.length - one.length);
  }

  of(value: Plain): Plain;
  of(value: Plain | undefined): Plain | undefined;
  of(value: Plain | undefined): Plain | undefined {
    if (typeof value === "string")
      return this.words.reduce((line, [generated, word]) => line.replaceAll(generated, word), value);
    if (Array.isArray(value)) return value.map((item) => this.of(item));
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.of(item)]));
  }
}
