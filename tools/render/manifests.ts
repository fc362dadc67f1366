// Objects as files: which file an object goes to, and what is in it. The same objects always give the same
// bytes, so that a folder of them can be compared with another one.
import { stringify } from "yaml";
import type { KubernetesObject } from "../graph/objects";

/** The first line of every file that render writes, by which it knows its own files again. */
export const HEADER = "# Rendered for review, not for applying.";

const SECRET_NOTE =
  "# The values of this Secret are placeholders; the real ones exist in the cluster and in the stack's state only.";

const README = `${HEADER}

These are the Kubernetes objects that the stack would create, one file an object, written by
\`npm run render\`. Read them, compare them, let scanners read them.

Do not apply them: every value of a Secret and everything else that only a real run generates
(credentials, certificates, the end of automatic names) is a placeholder, and nothing here waits for
what it needs. \`pulumi up\` creates the real ones.
`;

/** File contents by path, relative to the folder that they go to. */
export type FileTree = Map<string, string>;

export function fileTree(objects: readonly KubernetesObject[]): FileTree {
  const files: FileTree = new Map([["README", README]]);
  const owners = new Map<string, string>();
  for (const object of objects) {
    const file = pathOf(object, objects);
    const owner = owners.get(file);
    if (owner !== undefined)
      throw new Error(`two objects of one kind, namespace and name (${file}):\n  ${owner}\n  ${object.urn}`);
    owners.set(file, object.urn);
    files.set(file, textOf(object));
  }
  return files;
}

function pathOf(object: KubernetesObject, all: readonly KubernetesObject[]): string {
  const { namespace, patch, manifest } = object;
  const [group] = manifest.apiVersion.includes("/") ? manifest.apiVersion.split("/") : [];
  // Two API groups may use one kind's name: the one that is not built in then says its group.
  const ambiguous = all.some(
    (other) =>
      other.manifest.kind === manifest.kind &&
      other.manifest.metadata.name === manifest.metadata.name &&
      other.namespace === namespace &&
      other.manifest.apiVersion !== manifest.apiVersion,
  );
  const kind = manifest.kind.toLowerCase() + (ambiguous && group !== undefined ? `.${group}` : "");
  const name = manifest.metadata.name.replace(/[^A-Za-z0-9.-]/g, "_");
  // Several patches may change one object, so each says which resource it is.
  const suffix = patch ? `.patch-${logicalName(object.urn)}` : "";
  return `${namespace ?? "_cluster"}/${kind}-${name}${suffix}.yaml`;
}

function logicalName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2).replace(/[^A-Za-z0-9.-]/g, "_");
}

function textOf({ component, patch, manifest }: KubernetesObject): string {
  const comments = [HEADER, `# Component: ${component}`];
  if (patch) comments.push("# A patch: only these fields of an object that exists already.");
  if (manifest.kind === "Secret") comments.push(SECRET_NOTE);
  // Readers of YAML 1.1, kubectl among them, take a bare `on` for a boolean.
  const body = stringify(manifest, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
  return `${comments.join("\n")}\n${body}`;
}
