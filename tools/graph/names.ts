// Names of Kubernetes objects: how the provider completes a missing one, and which names the API server
// (or a controller that copies the name into a label) would refuse.
import { seededHex } from "./placeholders";
import { isPlainObject, type PlainObject } from "./values";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Kinds whose name is a DNS label, or ends in a label value, and is therefore shorter than the usual 253. */
const SHORT_NAMES: Record<string, number> = {
  Namespace: 63,
  Service: 63,
  Pod: 63,
  Job: 63,
  Deployment: 63,
  DaemonSet: 63,
  ReplicaSet: 63,
  // The controller adds `-` and ten characters to make the label controller-revision-hash.
  StatefulSet: 52,
  // The controller adds `-` and ten characters to make a Job's name.
  CronJob: 52,
};

/** The API server accepts any path segment as the name of these. */
const FREE_NAMES = new Set(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]);

/** The metadata with a name: the given one, or the logical name, `-` and 8 hex characters. */
export function completeMetadata(inputs: PlainObject, logicalName: string, urn: string): PlainObject {
  const metadata = isPlainObject(inputs.metadata) ? inputs.metadata : {};
  if (typeof metadata.name === "string" && metadata.name !== "") return metadata;
  if (metadata.generateName !== undefined)
    throw new Error(
      `${urn}: metadata.generateName is refused under server-side apply; leave the name out instead`,
    );
  return { ...metadata, name: `${logicalName}-${seededHex(`${urn}#name`, 8)}` };
}

/** Throws when no API server would accept this name for this kind. */
export function checkName(kind: string, name: string, urn: string): void {
  const limit = SHORT_NAMES[kind] ?? 253;
  if (name.length > limit)
    throw new Error(
      `${urn}: the ${kind} name "${name}" has ${name.length} characters; at most ${limit} are allowed, so shorten ` +
        `metadata.name, or the logical name when auto-named`,
    );
  if (!FREE_NAMES.has(kind) && !SUBDOMAIN.test(name))
    throw new Error(
      `${urn}: the ${kind} name "${name}" is invalid; allowed are lower-case letters, digits, "-" and "."`,
    );
}
