// What a stack should have in its cluster: the objects that the program makes, each with how to find it there.
import { isPlainObject, text, type Plain, type PlainObject } from "../graph/values";
import type { RenderedStack } from "../render/stack";
import { isAutonamed } from "../stack/adopt";
import { groupOf, labelsOf, liveRef, type LiveObject } from "../stack/state";

export interface Expected {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  /** The whole name, or for a generated one what it starts with. */
  readonly name: string;
  readonly generated: boolean;
  readonly manifest: PlainObject;
}

export function expectedObjects({ objects, graph }: RenderedStack): Expected[] {
  const resources = new Map(graph.resources.map((resource) => [resource.urn, resource]));
  return objects.map(({ urn, namespace = "", manifest }) => {
    const resource = resources.get(urn);
    const generated = text(fields(resource?.inputs.metadata).name) === "";
    return {
      apiVersion: manifest.apiVersion,
      kind: manifest.kind,
      namespace,
      name: generated ? (resource?.name ?? "") : manifest.metadata.name,
      generated,
      manifest,
    };
  });
}

/** The object in the cluster; of several with a generated name, the newest. */
export function find(expected: Expected, live: readonly LiveObject[]): LiveObject | undefined {
  return live
    .filter((object) => isIt(expected, object))
    .sort((one, other) => (created(one) < created(other) ? 1 : -1))[0];
}

function isIt(
  { apiVersion, kind, namespace, name, generated, manifest }: Expected,
  object: LiveObject,
): boolean {
  const ref = liveRef(object);
  if (ref.group !== groupOf(apiVersion) || ref.kind !== kind || ref.namespace !== namespace) return false;
  if (!generated) return ref.name === name;
  const stack = "mlops-platform/stack";
  const own = labelsOf(object)[stack] === fields(fields(manifest.metadata).labels)[stack];
  return own && isAutonamed(object) && ref.name.replace(/-[0-9a-f]{8}$/, "") === name;
}

const created = ({ metadata }: LiveObject): string => text(metadata.creationTimestamp);

/** The value as a map; empty when it is none. */
export function fields(value: Plain | undefined): PlainObject {
  return isPlainObject(value) ? value : {};
}

export function list(value: Plain | undefined): Plain[] {
  return Array.isArray(value) ? value : [];
}

/** Where `live` lacks what `wanted` says, as a path; nothing when it has all of it. */
export function lacks(wanted: Plain, live: Plain | undefined, path = ""): string | undefined {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return path;
    return firstOf(wanted.map((item, at) => lacks(item, live[at], `${path}[${at}]`)));
  }
  if (isPlainObject(wanted)) {
    if (!isPlainObject(live)) return Object.keys(wanted).length === 0 ? undefined : path;
    return firstOf(
      Object.entries(wanted).map(([key, item]) =>
        lacks(item, live[key], path === "" ? key : `${path}.${key}`),
      ),
    );
  }
  return wanted === live ? undefined : path;
}

function firstOf(values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined);
}
