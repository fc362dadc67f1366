// What the Job that installs an operator may do, and no more: look at this operator's Subscription, plan and version, at
// the definitions that it brings, and where it is to approve, patch InstallPlans of that one namespace. Their names are
// made up by the Lifecycle Manager, so the right can't be narrowed to one of them; the script does that.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface InstallerRightsArgs {
  account: k8s.core.v1.ServiceAccount;
  /** Names of the definitions, with or without a version. */
  definitions: readonly string[];
  /** The Subscription whose progress it watches. @default none */
  subscription?: k8s.apiextensions.CustomResource["metadata"];
  /** Whether it approves InstallPlans. @default false */
  approves?: boolean;
}

type Rule = k8s.types.input.rbac.v1.PolicyRule;

const LIFECYCLE = "operators.coreos.com";

/** Auto-named, since they live among others' objects: two stacks may look at one cluster's. */
export function clusterRights(
  name: string,
  account: k8s.core.v1.ServiceAccount,
  rules: Rule[],
  opts: { parent: pulumi.Resource },
): pulumi.Resource[] {
  const role = new k8s.rbac.v1.ClusterRole(name, { rules }, opts);
  const binding = new k8s.rbac.v1.ClusterRoleBinding(
    name,
    { roleRef: roleRef("ClusterRole", role), subjects: [subject(account)] },
    opts,
  );
  return [role, binding];
}

export function installerRights(
  name: string,
  args: InstallerRightsArgs,
  opts: { parent: pulumi.Resource },
): pulumi.Resource[] {
  const definitions = clusterRights(
    `${name}-definitions`,
    args.account,
    [
      {
        apiGroups: ["apiextensions.k8s.io"],
        resources: ["customresourcedefinitions"],
        resourceNames: args.definitions.map((definition) => definition.replace(/\/.*$/, "")),
        verbs: ["get"],
      },
    ],
    opts,
  );
  const { subscription } = args;
  if (subscription === undefined) return definitions;

  const metadata = { namespace: subscription.namespace };
  const progress = new k8s.rbac.v1.Role(
    name,
    { metadata, rules: progressRules(subscription.name, args.approves ?? false) },
    opts,
  );
  const mayFollow = new k8s.rbac.v1.RoleBinding(
    name,
    { metadata, roleRef: roleRef("Role", progress), subjects: [subject(args.account)] },
    opts,
  );
  return [...definitions, progress, mayFollow];
}

function progressRules(subscription: pulumi.Input<string>, approves: boolean): Rule[] {
  return [
    {
      apiGroups: [LIFECYCLE],
      resources: ["subscriptions"],
      resourceNames: [subscription],
      verbs: ["get"],
    },
    { apiGroups: [LIFECYCLE], resources: ["clusterserviceversions"], verbs: ["get"] },
    { apiGroups: [LIFECYCLE], resources: ["installplans"], verbs: ["get", ...(approves ? ["patch"] : [])] },
  ];
}

function roleRef(
  kind: "Role" | "ClusterRole",
  role: k8s.rbac.v1.Role | k8s.rbac.v1.ClusterRole,
): k8s.types.input.rbac.v1.RoleRef {
  return { apiGroup: "rbac.authorization.k8s.io", kind, name: role.metadata.name };
}

function subject({ metadata }: k8s.core.v1.ServiceAccount): k8s.types.input.rbac.v1.Subject {
  return { kind: "ServiceAccount", name: metadata.name, namespace: metadata.namespace };
}
