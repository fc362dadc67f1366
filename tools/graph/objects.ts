// The Kubernetes objects that a graph would create: complete manifests in a fixed order, with
// sorted keys and no secret value left in them.
import { isSecretPath, type Graph, type Resource } from "./graph";
import { MARK } from "./placeholders";
import { isPatch, kubernetesKind } from "./providers";
import { isPlainObject, text, type Plain, type PlainObject } from "./values";

export interface Manifest extends PlainObject {
  apiVersion: string;
  kind: string;
  metadata: PlainObject & { name: string };
}

export interface KubernetesObject {
  urn: string;
  /** Who made it: the innermost component around it, such as `mlops:object-store:ObjectStore minio`. */
  component: string;
  /** The object exists already, and this changes some of its fields. */
  patch: boolean;
  /** Undefined for what belongs to no namespace. */
  namespace: string | undefined;
  manifest: Manifest;
}

const CLUSTER_SCOPED = new Set([
  "APIService",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "CSIDriver",
  "CustomResourceDefinition",
  "DataScienceCluster",
  "DSCInitialization",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  "VolumeSnapshotClass",
]);

/** All objects that the stack creates or patches, ordered by namespace, kind and name. */
export function objectsOf(graph: Graph): KubernetesObject[] {
  const byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
  return graph.resources
    .filter(({ read, inputs }) => !read && kubernetesKind(inputs) !== undefined)
    .map((resource) => {
      const manifest = manifestOf(resource);
      return {
        urn: resource.urn,
        component: componentOf(resource, byUrn),
        patch: isPatch(resource.type, resource.inputs),
        namespace: namespaceOf(manifest),
        manifest,
      };
    })
    .sort((one, other) => compare(orderOf(one), orderOf(other)));
}

function orderOf({ namespace, manifest, urn }: KubernetesObject): string[] {
  return [namespace ?? "", manifest.kind, manifest.metadata.name, manifest.apiVersion, urn];
}

function compare(one: string[], other: string[]): number {
  for (const [at, left] of one.entries()) {
    const right = other[at] ?? "";
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

function componentOf(resource: Resource, byUrn: Map<string, Resource>): string {
  let parent = byUrn.get(resource.parent ?? "");
  while (parent?.custom === true) parent = byUrn.get(parent.parent ?? "");
  return parent === undefined || parent.parent === undefined ? "stack" : `${parent.type} ${parent.name}`;
}

/** An object of a namespaced built-in kind without a namespace lands in `default`. */
function namespaceOf({ apiVersion, kind, metadata }: Manifest): string | undefined {
  if (typeof metadata.namespace === "string") return metadata.namespace;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const builtIn = !group.includes(".") || group.endsWith(".k8s.io");
  return builtIn && !CLUSTER_SCOPED.has(kind) ? "default" : undefined;
}

function manifestOf({ inputs, outputs, secretInputs }: Resource): Manifest {
  const hidden = hideSecrets(inputs, secretInputs, "");
  const { metadata, ...rest } = inputs.kind === "Secret" ? hideContents(hidden) : hidden;
  const completed = isPlainObject(outputs.metadata) ? outputs.metadata : {};
  return {
    apiVersion: text(inputs.apiVersion),
    kind: text(inputs.kind),
    metadata: sorted({ ...(isPlainObject(metadata) ? metadata : {}), name: text(completed.name) }),
    ...sorted(rest),
  };
}

/** Whatever was secret reads as a placeholder, wherever it stands. */
function hideSecrets(value: PlainObject, secretPaths: string[], path: string): PlainObject;
function hideSecrets(value: Plain, secretPaths: string[], path: string): Plain;
function hideSecrets(value: Plain, secretPaths: string[], path: string): Plain {
  if (Array.isArray(value)) return value.map((item, at) => hideSecrets(item, secretPaths, `${path}[${at}]`));
  if (isPlainObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        hideSecrets(item, secretPaths, path === "" ? key : `${path}.${key}`),
      ]),
    );
  return value !== null && isSecretPath(secretPaths, path) ? MARK : value;
}

/** A Secret shows its keys only: its values are secret even where the program did not mark them. */
function hideContents(secret: PlainObject): PlainObject {
  const shown = { ...secret };
  const { data, stringData } = secret;
  if (isPlainObject(data))
    shown.data = Object.fromEntries(
      Object.keys(data).map((key) => [key, Buffer.from(placeholderFor(key)).toString("base64")]),
    );
  if (isPlainObject(stringData))
    shown.stringData = Object.fromEntries(Object.keys(stringData).map((key) => [key, placeholderFor(key)]));
  return shown;
}

/** The API server parses a registry credential, so its placeholder is well-formed. */
function placeholderFor(key: string): string {
  if (key === ".dockerconfigjson") return JSON.stringify({ auths: {} });
  if (key === ".dockercfg") return "{}";
  return `${MARK}-${key.replace(/[^A-Za-z0-9]+/g, "-")}`;
}

/** Keys in alphabetical order, at every depth. */
function sorted<T extends PlainObject>(value: T): T {
  const entries = Object.keys(value)
    .sort()
    .map((key) => [key, deeplySorted(value[key] ?? null)]);
  return Object.fromEntries(entries) as T;
}

function deeplySorted(value: Plain): Plain {
  if (Array.isArray(value)) return value.map(deeplySorted);
  return isPlainObject(value) ? sorted(value) : value;
}
