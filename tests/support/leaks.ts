// Looks for secret values where they must not be: in any object that is not a Secret, in any form that a person
// could read back, and in stack outputs that are not marked secret.
import { isSecretPath, type Graph } from "../../tools/graph/graph";
import { kubernetesKind } from "../../tools/graph/providers";
import { strings, type PlainObject } from "../../tools/graph/values";

/** Shorter values turn up by chance. */
const MINIMUM = 8;

/**
 * Every place with a secret in it, as text. Secret is what simulated providers generated, what the caller names
 * (values from the configuration), and whatever the program itself marked secret.
 */
export function findLeaks(graph: Graph, configured: readonly string[] = []): string[] {
  const secrets = [...graph.generatedSecrets.map(({ value }) => value), ...configured].filter(
    (value) => value.length >= MINIMUM,
  );
  const shapes = [...new Set(secrets.flatMap((value) => [value, ...encodings(value)]))];
  const holdsSecret = (candidate: string): boolean => shapes.some((shape) => candidate.includes(shape));

  const inObjects = graph.resources
    .filter(({ inputs }) => !["Secret", undefined].includes(kubernetesKind(inputs)))
    .flatMap(({ urn, inputs, secretInputs }) => [
      ...secretInputs.map((path) => `${urn}: ${path} is marked secret, but this is no Secret`),
      ...placesIn(inputs, holdsSecret).map((path) => `${urn}: ${path} holds a secret value`),
    ]);
  // The metadata of a Secret is as public as that of anything else.
  const inMetadata = graph.resources
    .filter(({ inputs }) => kubernetesKind(inputs) === "Secret")
    .flatMap(({ urn, inputs, secretInputs }) => [
      ...secretInputs
        .filter((path) => path.startsWith("metadata"))
        .map((path) => `${urn}: ${path} is marked secret`),
      ...placesIn({ metadata: inputs.metadata ?? null }, holdsSecret).map(
        (path) => `${urn}: ${path} holds a secret`,
      ),
    ]);
  const inOutputs = placesIn(graph.outputs, holdsSecret)
    .filter((path) => !isSecretPath(graph.secretOutputs, path))
    .map((path) => `stack output ${path} holds a secret value and is not marked secret`);
  return [...inObjects, ...inMetadata, ...inOutputs];
}

function placesIn(value: PlainObject, holdsSecret: (candidate: string) => boolean): string[] {
  return [...strings(value)].filter(({ text }) => holdsSecret(text)).map(({ path }) => path);
}

function encodings(value: string): string[] {
  return [
    Buffer.from(value).toString("base64").replace(/=+$/, ""),
    Buffer.from(value).toString("hex"),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
  ];
}
