// The rights as objects: a ClusterRole and a Role in each namespace, all bound to one ServiceAccount. The same rights always
// give the same text.
import { Document, isMap, YAMLSeq } from "yaml";
import type { Rule, Rights, StackRights } from "./rights";

/** Who has the rights: examples/gitops/account.yaml makes it. */
export const ACCOUNT = { name: "mlops-platform", namespace: "mlops-platform-gitops" } as const;

const RBAC = "rbac.authorization.k8s.io";

const HEADER = `# What the account of the stack prod may do, and nothing else. Generated from what the stack registers: \`make docs\`
# writes it anew. An administrator applies it, never Argo CD: who may merge may then deploy, but not widen what a
# deployment may do. Its namespaces have to exist.
`;

const REASONS: Readonly<Record<keyof Rights, string>> = {
  makes: " What the stack has here.",
  reads: " What the deployment looks at.",
  gives: " What the stack's own roles allow: nobody can give what they do not have.",
};

export function rightsFile(rights: StackRights): string {
  const documents = [...rights].flatMap(([namespace, here]) => [role(namespace, here), binding(namespace)]);
  return `${HEADER}${documents.map((document) => document.toString({ lineWidth: 120, flowCollectionPadding: false })).join("---\n")}`;
}

function role(namespace: string | undefined, rights: Rights): Document {
  const document = new Document({
    apiVersion: `${RBAC}/v1`,
    kind: namespace === undefined ? "ClusterRole" : "Role",
    metadata: metadata(namespace),
  });
  const rules = new YAMLSeq();
  for (const why of ["makes", "reads", "gives"] as const)
    for (const [at, rule] of rights[why].entries()) {
      const node = document.createNode(inOrder(rule));
      flow(node);
      if (at === 0) node.commentBefore = REASONS[why];
      rules.add(node);
    }
  document.set("rules", rules);
  return document;
}

function binding(namespace: string | undefined): Document {
  const kind = namespace === undefined ? "ClusterRole" : "Role";
  return new Document({
    apiVersion: `${RBAC}/v1`,
    kind: `${kind}Binding`,
    metadata: metadata(namespace),
    roleRef: { apiGroup: RBAC, kind, name: ACCOUNT.name },
    subjects: [{ kind: "ServiceAccount", ...ACCOUNT }],
  });
}

function metadata(namespace: string | undefined): Record<string, string> {
  return { name: ACCOUNT.name, ...(namespace === undefined ? {} : { namespace }) };
}

function inOrder({ apiGroups, resources, resourceNames, verbs }: Rule): Rule {
  return { apiGroups, resources, ...(resourceNames === undefined ? {} : { resourceNames }), verbs };
}

/** Lists on one line, as far as they fit. */
function flow(node: unknown): void {
  if (!isMap(node)) return;
  for (const { value } of node.items) if (value instanceof YAMLSeq) value.flow = true;
}
