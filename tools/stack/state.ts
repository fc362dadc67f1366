// The stack's state as `pulumi stack export` gives it, as far as these tools look into it; what they do not know
// they keep.
import { isPlainObject, text, type Plain, type PlainObject } from "../graph/values";

export interface StateResource {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  /** Replaced by another one, and to be deleted. */
  delete?: boolean;
  /** Deleted already, and to be made again. */
  pendingReplacement?: boolean;
  /** Read only: the stack neither made it nor deletes it. */
  external?: boolean;
  protect?: boolean;
  inputs?: PlainObject;
  outputs?: PlainObject;
  parent?: string;
  deletedWith?: string;
  /** `<urn of the provider>::<its id>` */
  provider?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
  additionalSecretOutputs?: string[];
  /** Why it is not as it should be; the next update goes on with it. */
  initErrors?: string[];
}

export interface PendingOperation {
  type: string;
  resource: StateResource;
}

export interface Deployment {
  secrets_providers?: { type: string; state?: PlainObject };
  resources?: StateResource[];
  pending_operations?: PendingOperation[];
}

export interface StateFile {
  version: number;
  deployment: Deployment;
}

/** What names a Kubernetes object, whichever version of its API is used. */
export interface ObjectRef {
  group: string;
  kind: string;
  /** Empty for what belongs to no namespace. */
  namespace: string;
  name: string;
}

export const keyOf = ({ group, kind, namespace, name }: ObjectRef): string =>
  `${kind}.${group}/${namespace}/${name}`;

/** `Secret minio/minio-admin`, as a person would say it. */
export const nameOf = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";

/** The object that a resource is; nothing for other providers' resources, and for patches of objects. */
export function objectOf(resource: StateResource): ObjectRef | undefined {
  return isPatch(resource) ? undefined : touchedBy(resource);
}

/** The object that a resource is, or that it patches. */
export function touchedBy({ type, inputs, id }: StateResource): ObjectRef | undefined {
  if (!type.startsWith("kubernetes:") || inputs === undefined) return undefined;
  const kind = text(inputs.kind);
  const metadata = isPlainObject(inputs.metadata) ? inputs.metadata : {};
  const [idName = "", idNamespace = ""] = (id ?? "").split("/").reverse();
  const name = idName || text(metadata.name);
  if (kind === "" || name === "") return undefined;
  const namespace = id === undefined || id === "" ? text(metadata.namespace) : idNamespace;
  return { group: groupOf(text(inputs.apiVersion)), kind, namespace, name };
}

function isPatch({ type, inputs }: StateResource): boolean {
  return type.endsWith(`:${text(inputs?.kind)}Patch`);
}

/** An object as the API server shows it. */
export interface LiveObject extends PlainObject {
  apiVersion: string;
  kind: string;
  metadata: PlainObject & { name: string };
}

export function liveRef({ apiVersion, kind, metadata }: LiveObject): ObjectRef {
  return { group: groupOf(apiVersion), kind, namespace: text(metadata.namespace), name: metadata.name };
}

export function labelsOf({ metadata }: LiveObject): PlainObject {
  return isPlainObject(metadata.labels) ? metadata.labels : {};
}

export function annotationOf({ metadata }: LiveObject, name: string): string {
  return isPlainObject(metadata.annotations) ? text(metadata.annotations[name]) : "";
}

/** Reads objects out of what kubectl printed: one object, or a list of them. */
export function liveObjects(value: Plain): LiveObject[] {
  if (!isPlainObject(value)) return [];
  if (Array.isArray(value.items)) return value.items.flatMap(liveObjects);
  return isLiveObject(value) ? [value] : [];
}

function isLiveObject(value: PlainObject): value is LiveObject {
  const { apiVersion, kind, metadata } = value;
  return (
    typeof apiVersion === "string" &&
    typeof kind === "string" &&
    isPlainObject(metadata) &&
    typeof metadata.name === "string"
  );
}
