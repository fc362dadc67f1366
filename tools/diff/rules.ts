// Which changes replace a resource instead of updating it: the providers' rules, from the one table that the
// development plugins follow too (tools/plugins/internal/replacing/replacing.json).
import table from "../plugins/internal/replacing/replacing.json";
import type { Resource } from "../graph/graph";
import { isPatch, kubernetesKind } from "../graph/providers";
import { isPlainObject, text, type PlainObject } from "../graph/values";
import { isWithin, parsePath, type Path } from "./changes";

interface Contents {
  readonly fields: readonly string[];
  readonly mutable: string;
}

const kinds: Readonly<Record<string, readonly string[]>> = table.kubernetes.kinds;
const contents: Readonly<Record<string, Contents>> = table.kubernetes.contents;
const inPlace: Readonly<Record<string, readonly string[]>> = table.generated.inPlace;

/** Tells whether a change of this path replaces the resource. */
export type Replaces = (path: Path) => boolean;

/** `provider` holds the arguments of the resource's explicit provider. */
export function replacingRule(resource: Resource, provider: PlainObject): Replaces {
  const asked = resource.replaceOnChanges.map(parsePath);
  const own = ownRule(resource, provider);
  return (path) => own(path) || asked.some((field) => isWithin(path, field));
}

function ownRule(resource: Resource, provider: PlainObject): Replaces {
  const { type, inputs } = resource;
  if (/^(random|tls):/.test(type))
    return (path) => !(inPlace[type] ?? []).some((argument) => path[0] === argument);
  if (kubernetesKind(inputs) === undefined) return () => false;
  const fields = replacingFields(type, inputs, provider).map(parsePath);
  // A change of the whole that a field is in changes the field, too.
  return (path) => fields.some((field) => isWithin(path, field) || isWithin(field, path));
}

function replacingFields(type: string, inputs: PlainObject, provider: PlainObject): string[] {
  const always = table.kubernetes.always;
  if (isPatch(type, inputs)) return always;
  const kind = groupKind(inputs);
  const held = contents[kind];
  // A provider's arguments cross the wire as text.
  const updates = [true, "true"].includes(provider[held?.mutable ?? ""] as string | boolean);
  const mutable = updates && inputs.immutable !== true;
  return [...always, ...(kinds[kind] ?? []), ...(held === undefined || mutable ? [] : held.fields)];
}

/** `apps/Deployment`, or `/Secret` for the core group. */
function groupKind({ apiVersion, kind }: PlainObject): string {
  const version = text(apiVersion);
  const group = version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
  return `${group}/${text(kind)}`;
}

/** True when the new object needs the very name of the old one, which then has to go first. */
export function needsTheName({ inputs, outputs, id }: Resource, before: Resource): boolean {
  return kubernetesKind(inputs) !== undefined && !isAutonamed({ inputs, outputs }) && id === before.id;
}

/** The program leaves the name to the provider, which gives a new object a new one. */
export function isAutonamed({ inputs }: Pick<Resource, "inputs" | "outputs">): boolean {
  if (kubernetesKind(inputs) === undefined) return false;
  const metadata = isPlainObject(inputs.metadata) ? inputs.metadata : {};
  return text(metadata.name) === "";
}
