// What an account needs on a cluster to deploy a stack, and no more: computed from what the stack registers.
//
// In the stack's namespaces a Role each lists the kinds that the stack has there. What belongs to no namespace is narrowed
// by name, except for `create`, `list` and `watch`, which RBAC can't narrow, and for objects whose names the provider makes up.
//
// Nobody can give rights that they don't have. So that the account can make the stack's own Roles it has what they allow;
// it needs neither `escalate` nor `bind`, which would make it an administrator.
import type { Graph, Resource } from "../graph/graph";
import { type KubernetesObject, objectsOf } from "../graph/objects";
import { isPlainObject, objectsIn, text, type Plain } from "../graph/values";

/** Of a Role or ClusterRole. */
export type Rule = {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
};

export interface Rights {
  /** What it does itself. */
  readonly makes: readonly Rule[];
  /** What it looks at while it waits for what it made, and what it reads. */
  readonly reads: readonly Rule[];
  /** What the Roles that it makes allow. */
  readonly gives: readonly Rule[];
}

/** By namespace; undefined is the cluster. */
export type StackRights = ReadonlyMap<string | undefined, Rights>;

const READ = ["get", "list", "watch"];
const CHANGE = ["delete", "patch", "update"];

/**
 * What the Kubernetes provider looks at until an object is ready, besides the object: pulumi-kubernetes,
 * provider/pkg/await, 4.32.
 */
const AWAITED: Readonly<Record<string, readonly Rule[]>> = {
  Deployment: [
    { apiGroups: [""], resources: ["persistentvolumeclaims", "pods"], verbs: READ },
    { apiGroups: ["apps"], resources: ["replicasets"], verbs: READ },
  ],
  Ingress: [{ apiGroups: [""], resources: ["endpoints", "services"], verbs: READ }],
  Job: [{ apiGroups: [""], resources: ["pods"], verbs: READ }],
  Service: [{ apiGroups: [""], resources: ["endpoints"], verbs: READ }],
  StatefulSet: [{ apiGroups: [""], resources: ["pods"], verbs: READ }],
};

export function rightsOf(graph: Graph): StackRights {
  const objects = objectsOf(graph);
  refuseForeignRoles(objects);
  const named = new Set(graph.resources.filter(hasOwnName).map(({ urn }) => urn));
  const namespaces = new Set(objects.flatMap(({ namespace }) => namespace ?? []));
  return new Map(
    [undefined, ...[...namespaces].sort()].map((place) => {
      const here = objects.filter(({ namespace }) => namespace === place);
      const makes = place === undefined ? clusterRules(here, named) : namespaceRules(here);
      const others = here.flatMap(({ manifest }) => AWAITED[manifest.kind] ?? []);
      const reads = place === undefined ? readRules(graph.resources) : merged(without(others, makes));
      return [place, { makes, reads, gives: merged(without(here.flatMap(rulesIn), [...makes, ...reads])) }];
    }),
  );
}

/** The name of a kind in rules and addresses, which is its plural in small letters. */
export function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (/[^aeiou]y$/.test(name)) return name.replace(/y$/, "ies");
  return /(s|x|ch)$/.test(name) ? `${name}es` : `${name}s`;
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

function namespaceRules(objects: readonly KubernetesObject[]): Rule[] {
  return merged(
    objects.flatMap((object) => [rule(object, ["create", ...READ, ...CHANGE]), ...hostRules(object)]),
  );
}

/** OpenShift lets only those name a Route's host who have a right of its own for it. */
function hostRules({ manifest }: KubernetesObject): Rule[] {
  if (manifest.kind !== "Route") return [];
  const apiGroups = [groupOf(manifest.apiVersion)];
  return [{ apiGroups, resources: ["routes/custom-host"], verbs: ["create", "update"] }];
}

function clusterRules(objects: readonly KubernetesObject[], named: ReadonlySet<string>): Rule[] {
  return merged(
    objects.flatMap((object) =>
      named.has(object.urn)
        ? [
            rule(object, ["create", "list", "watch"]),
            { ...rule(object, ["get", ...CHANGE]), resourceNames: [object.manifest.metadata.name] },
          ]
        : [rule(object, ["create", ...READ, ...CHANGE])],
    ),
  );
}

function rule({ manifest }: KubernetesObject, verbs: readonly string[]): Rule {
  return {
    apiGroups: [groupOf(manifest.apiVersion)],
    resources: [pluralOf(manifest.kind)],
    verbs: [...verbs],
  };
}

/** What exists already, and the program reads. */
function readRules(resources: readonly Resource[]): Rule[] {
  return merged(
    resources
      .filter(({ read }) => read)
      .map(({ type, id }) => {
        const [, apiVersion = "", kind = ""] = type.split(":");
        if (id.includes("/"))
          throw new Error(`${type} ${id}: rights to read in a namespace are not made yet`);
        return {
          apiGroups: [groupOf(apiVersion)],
          resources: [pluralOf(kind)],
          resourceNames: [id],
          verbs: ["get"],
        };
      }),
  );
}

/** The provider makes up the name of what the program gives none. */
function hasOwnName({ inputs }: Resource): boolean {
  return isPlainObject(inputs.metadata) && inputs.metadata.name !== undefined;
}

/** What a Role or ClusterRole allows. */
function rulesIn({ manifest }: KubernetesObject): Rule[] {
  if (manifest.kind !== "Role" && manifest.kind !== "ClusterRole") return [];
  return objectsIn(manifest.rules).map(({ apiGroups, resources, resourceNames, verbs }) => ({
    apiGroups: texts(apiGroups),
    resources: texts(resources),
    ...(resourceNames === undefined ? {} : { resourceNames: texts(resourceNames) }),
    verbs: texts(verbs),
  }));
}

/** To bind somebody else's role takes rights that can't be told from here. */
function refuseForeignRoles(all: readonly KubernetesObject[]): void {
  const own = new Set(
    all.map(({ namespace, manifest }) => `${namespace ?? ""}/${manifest.kind}/${manifest.metadata.name}`),
  );
  for (const { urn, namespace, manifest } of all) {
    const { roleRef } = manifest;
    if (!isPlainObject(roleRef)) continue;
    const place = roleRef.kind === "Role" ? (namespace ?? "") : "";
    if (!own.has(`${place}/${text(roleRef.kind)}/${text(roleRef.name)}`))
      throw new Error(
        `${urn} binds the ${text(roleRef.kind)} "${text(roleRef.name)}", which the stack does not make: ` +
          `give the account the verb "bind" on it by hand, or make a role with the rights that are needed`,
      );
  }
}

/** One rule for all that differs in its resource only, and before that in its names only. */
function merged(rules: readonly Rule[]): Rule[] {
  const byResource = union(rules, "resourceNames", ({ apiGroups, resources, resourceNames, verbs }) => [
    apiGroups,
    resources,
    [...verbs].sort(),
    // Without names a rule is about all of them.
    resourceNames === undefined,
  ]);
  const all = union(byResource, "resources", ({ apiGroups, resourceNames, verbs }) => [
    apiGroups,
    verbs,
    resourceNames ?? null,
  ]);
  return all.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

function union(
  rules: readonly Rule[],
  key: "resources" | "resourceNames",
  identity: (rule: Rule) => unknown,
): Rule[] {
  const found = new Map<string, Rule>();
  for (const one of rules) {
    const id = JSON.stringify(identity(one));
    const { apiGroups, resources, resourceNames, verbs } = found.get(id) ?? one;
    const all = unique([...(found.get(id)?.[key] ?? []), ...(one[key] ?? [])]);
    found.set(id, {
      apiGroups,
      resources,
      ...(resourceNames === undefined ? {} : { resourceNames }),
      verbs: unique(verbs),
      ...(one[key] === undefined ? {} : { [key]: all }),
    });
  }
  return [...found.values()];
}

/** What of `rules` is not in `others` already. */
function without(rules: readonly Rule[], others: readonly Rule[]): Rule[] {
  return rules.flatMap((one) =>
    one.apiGroups.flatMap((group) =>
      one.resources.flatMap((resource) => {
        const missing = one.verbs.filter(
          (verb) => !others.some((other) => has(other, one, group, resource, verb)),
        );
        return missing.length === 0
          ? []
          : [{ ...one, apiGroups: [group], resources: [resource], verbs: missing }];
      }),
    ),
  );
}

function has(other: Rule, { resourceNames }: Rule, group: string, resource: string, verb: string): boolean {
  const names = other.resourceNames;
  return (
    other.apiGroups.includes(group) &&
    other.resources.includes(resource) &&
    other.verbs.includes(verb) &&
    (names === undefined || (resourceNames?.every((name) => names.includes(name)) ?? false))
  );
}

function texts(value: Plain | undefined): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
