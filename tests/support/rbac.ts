// What the API server's RBAC makes of rights that are files: whether an account may do something, and which of the rules say so.
// It knows Roles and ClusterRoles that are bound to the account; nothing is aggregated, and nobody is in a group.
import { at, isPlainObject, objectsIn, type Plain, type PlainObject, text } from "../../tools/graph/values";
import { strings } from "./pods";

export interface Request {
  readonly verb: string;
  readonly group: string;
  /** With its subresource, if it is about one: `routes/custom-host`. */
  readonly resource: string;
  /** Undefined for what belongs to no namespace, and for all namespaces. */
  readonly namespace: string | undefined;
  /** Undefined for `create`, `list` and `watch`, where the API server knows no name. */
  readonly name?: string;
}

export interface BoundRule {
  /** Undefined: everywhere. */
  readonly namespace: string | undefined;
  readonly rule: PlainObject;
}

/** Every rule that is bound to the account. */
export function rulesOf(
  manifests: readonly PlainObject[],
  account: { name: string; namespace: string },
): BoundRule[] {
  return manifests.flatMap((binding) => {
    if (!text(binding.kind).endsWith("RoleBinding") || !isFor(binding, account)) return [];
    const namespace = namespaceOf(binding);
    const { kind, name } = binding.roleRef as PlainObject;
    const roles = manifests.filter(
      (role) =>
        role.kind === kind &&
        at(role, "metadata", "name") === name &&
        (kind === "ClusterRole" || namespaceOf(role) === namespace),
    );
    if (roles.length !== 1) throw new Error(`${roles.length} ${text(kind)}s are called ${text(name)}`);
    return roles.flatMap((role) => objectsIn(role.rules).map((rule) => ({ namespace, rule })));
  });
}

/** The rules that allow it; none means that it is forbidden. */
export function allowing(rules: readonly BoundRule[], request: Request): BoundRule[] {
  const matches = (value: Plain | undefined, wanted: string): boolean =>
    strings(value).some((one) => one === wanted || one === "*");
  return rules.filter(
    ({ namespace, rule }) =>
      (namespace === undefined || namespace === request.namespace) &&
      matches(rule.apiGroups, request.group) &&
      matches(rule.resources, request.resource) &&
      matches(rule.verbs, request.verb) &&
      (rule.resourceNames === undefined ||
        (request.name !== undefined && strings(rule.resourceNames).includes(request.name))),
  );
}

/** Everything that a rule allows, one by one. */
export function requestsOf({ namespace, rule }: BoundRule): Request[] {
  const names = rule.resourceNames === undefined ? [undefined] : strings(rule.resourceNames);
  return strings(rule.apiGroups).flatMap((group) =>
    strings(rule.resources).flatMap((resource) =>
      strings(rule.verbs).flatMap((verb) =>
        names.map((name) => ({ verb, group, resource, namespace, ...(name === undefined ? {} : { name }) })),
      ),
    ),
  );
}

function isFor(binding: PlainObject, account: { name: string; namespace: string }): boolean {
  return objectsIn(binding.subjects).some(
    ({ kind, name, namespace }) =>
      kind === "ServiceAccount" && name === account.name && namespace === account.namespace,
  );
}

function namespaceOf({ metadata }: PlainObject): string | undefined {
  return isPlainObject(metadata) && typeof metadata.namespace === "string" ? metadata.namespace : undefined;
}
