// Taking an object back into the state: the record that the engine would have written, had it got so far. It carries
// an error, which makes the next update apply the object again and wait until it is ready.
import type { Graph, Resource } from "../graph/graph";
import { isPlainObject, text, type Plain, type PlainObject } from "../graph/values";
import { annotationOf, liveRef, type LiveObject, type StateResource } from "./state";

export const INTERRUPTED = "the run that changed it was interrupted; the next one applies it again";

const AUTONAMED = "pulumi.com/autonamed";

/** The record of a resource whose creation was under way, from what the engine wrote down before it began. */
export function fromPending(pending: StateResource, live: LiveObject): StateResource {
  return recorded({ ...pending, delete: undefined }, pending.inputs ?? {}, live);
}

function recorded(resource: StateResource, inputs: PlainObject, live: LiveObject): StateResource {
  const { namespace, name } = liveRef(live);
  return {
    ...resource,
    id: namespace === "" ? name : `${namespace}/${name}`,
    inputs,
    // The provider keeps the inputs a second time, in what it returned.
    outputs: { ...inputs, __inputs: inputs, __initialApiVersion: text(inputs.apiVersion) },
    initErrors: [INTERRUPTED],
  };
}

/** What the program would register for an object that no record names. */
export class Program {
  private readonly byUrn: ReadonlyMap<string, Resource>;

  constructor(private readonly graph: Pick<Graph, "resources">) {
    this.byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
  }

  /** The resource that makes this object: by its name, or for a generated name by what the name starts with. */
  resourceOf(live: LiveObject): Resource | undefined {
    const found = this.graph.resources.filter(
      (resource) => !resource.read && isSame(resource, live) && isNamed(resource, live),
    );
    return found.length === 1 ? found[0] : undefined;
  }

  /**
   * Records for the object, and for the components around it that the state does not have; nothing where the state
   * lacks the provider.
   */
  records(
    resource: Resource,
    live: LiveObject,
    state: readonly StateResource[],
  ): StateResource[] | undefined {
    const known = new Set(state.map(({ urn }) => urn));
    const provider = providerOf(resource, state);
    if (provider === undefined) return undefined;
    const isSecret = live.kind === "Secret";
    const skeleton: StateResource = {
      urn: resource.urn,
      type: resource.type,
      custom: true,
      parent: resource.parent,
      provider,
      protect: resource.protect,
      dependencies: resource.dependencies.filter((urn) => known.has(urn)),
      propertyDependencies: Object.fromEntries(
        Object.entries(resource.propertyDependencies).map(([key, urns]) => [
          key,
          urns.filter((urn) => known.has(urn)),
        ]),
      ),
      ...(isSecret ? { additionalSecretOutputs: ["data", "stringData"] } : {}),
    };
    return [...this.missingParents(resource, known), recorded(skeleton, inputsOf(resource, live), live)];
  }

  private missingParents(resource: Resource, known: ReadonlySet<string>): StateResource[] {
    const parent = this.byUrn.get(resource.parent ?? "");
    if (parent === undefined || known.has(parent.urn)) return [];
    return [
      ...this.missingParents(parent, known),
      { urn: parent.urn, type: parent.type, custom: false, parent: parent.parent },
    ];
  }
}

/** The explicit provider of the resource, or else the default one of its package. */
function providerOf(resource: Resource, state: readonly StateResource[]): string | undefined {
  const [pack = ""] = resource.type.split(":");
  const provider = state.find(({ urn, type }) =>
    resource.provider === undefined
      ? type === `pulumi:providers:${pack}` && /::default(_[0-9_]+)?$/.test(urn)
      : urn === resource.provider,
  );
  return provider && `${provider.urn}::${provider.id ?? ""}`;
}

const metadataOf = (object: PlainObject): PlainObject =>
  isPlainObject(object.metadata) ? object.metadata : {};

function isSame({ inputs, outputs, type }: Resource, live: LiveObject): boolean {
  const namespace = text(metadataOf(outputs).namespace);
  return (
    inputs.apiVersion === live.apiVersion &&
    inputs.kind === live.kind &&
    !type.endsWith(`:${live.kind}Patch`) &&
    namespace === text(live.metadata.namespace)
  );
}

function isNamed(resource: Resource, live: LiveObject): boolean {
  const given = text(metadataOf(resource.inputs).name);
  return given === ""
    ? isAutonamed(live) && live.metadata.name.replace(/-[0-9a-f]{8}$/, "") === resource.name
    : live.metadata.name === given;
}

export const isAutonamed = (live: LiveObject): boolean => annotationOf(live, AUTONAMED) === "true";

/** What the program says about the object, with the values that the object has. */
function inputsOf({ inputs }: Resource, live: LiveObject): PlainObject {
  const fields: PlainObject = { ...inputs };
  if (live.kind === "Secret") {
    delete fields.stringData;
    fields.data = {};
  }
  const pruned = prune(fields, live);
  const named: PlainObject = { ...metadataOf(pruned), name: live.metadata.name };
  if (isAutonamed(live))
    named.annotations = {
      ...(isPlainObject(named.annotations) ? named.annotations : {}),
      [AUTONAMED]: "true",
    };
  const result: PlainObject = { ...pruned, metadata: named };
  if (live.kind === "Secret") result.data = secret(live.data ?? {});
  return result;
}

/** The fields of `wanted`, as far as `live` has them, with the values of `live`. */
export function prune(wanted: PlainObject, live: PlainObject): PlainObject;
export function prune(wanted: Plain, live: Plain): Plain;
export function prune(wanted: Plain, live: Plain): Plain {
  if (Array.isArray(wanted) && Array.isArray(live) && wanted.length === live.length)
    return live.map((item, at) => prune(wanted[at] ?? null, item));
  if (!isPlainObject(wanted) || !isPlainObject(live)) return live;
  return Object.fromEntries(
    Object.keys(wanted).flatMap((key) => {
      const [want, have] = [wanted[key], live[key]];
      return want === undefined || have === undefined ? [] : [[key, prune(want, have)]];
    }),
  );
}

/** How an exported state marks a secret that is not encrypted; importing it encrypts it. */
function secret(value: Plain): PlainObject {
  return {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  };
}
