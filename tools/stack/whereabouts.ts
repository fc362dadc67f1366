// Whereabouts: whether the cluster at hand is the one that a state describes. In another one every object of the state
// would count as lost: its record would be dropped, and nobody would know any more what runs where it really is.
import { isPlainObject, text } from "../graph/values";
import type { Cluster } from "./cluster";
import { UserError } from "./process";
import { touchedBy, type Deployment, type LiveObject } from "./state";

/**
 * `here`: the state is about this cluster, or about none yet. `anew`: it is about what was here before, since this
 * control plane has been made anew. `elsewhere`: it is about another cluster, or all its namespaces are gone.
 */
export type Whereabouts = "here" | "anew" | "elsewhere";

/** Each namespace in the state, with the identity that its cluster gave it. */
export function recordedNamespaces({ resources = [] }: Deployment): Map<string, string> {
  return new Map(
    resources.flatMap((resource) => {
      const ref = touchedBy(resource);
      const metadata = resource.outputs?.metadata;
      const uid = isPlainObject(metadata) ? text(metadata.uid) : "";
      return ref?.kind === "Namespace" && uid !== "" ? [[ref.name, uid] as const] : [];
    }),
  );
}

/** `last` is the title of the cluster that the last command of this machine used for the stack, if there was one. */
export function whereabouts(
  recorded: ReadonlyMap<string, string>,
  present: readonly LiveObject[],
  { embedded, title }: Pick<Cluster, "embedded" | "title">,
  last: string | undefined,
): Whereabouts {
  if (recorded.size === 0) return "here";
  if (present.some(({ metadata }) => recorded.get(metadata.name) === metadata.uid)) return "here";
  // Nothing but this tool makes and removes embedded control planes, so that a new one has taken the old one's place.
  return embedded && last === title ? "anew" : "elsewhere";
}

export function elsewhereError(
  stack: string,
  namespaces: readonly string[],
  title: string,
  last: string | undefined,
): UserError {
  const before = last === undefined || last === title ? "" : ` The last command for it used ${last}.`;
  return new UserError(
    [
      `Stack ${stack} is not in ${title}: none of its namespaces is there (${namespaces.join(", ")}).${before}`,
      "  To go on with it where it is, name that cluster: CONTEXT=NAME; the embedded control plane needs no CONTEXT.",
      "  To move it here, remove it there first: `make down`, with or without CONTEXT as above.",
      `  To have another one here, give it a name: copy Pulumi.${stack}.yaml to Pulumi.NAME.yaml, and say STACK=NAME.`,
      "  If that cluster is gone, or the namespaces were deleted: `make recover FORCE=1` forgets what was in them, and",
      "  the next `make up` makes it anew.",
    ].join("\n"),
  );
}
