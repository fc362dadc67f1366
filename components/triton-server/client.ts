// Client: an account whose token lets its bearer ask an InferenceService for predictions, and do nothing else.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace, podLabels } from "../network";
import { serviceAccount } from "../workload";

/** `<component>-client`. The proxy in front of a model lets in who may get its InferenceService. */
export function clientAccount(
  component: string,
  args: { namespace: ManagedNamespace; inferenceService: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ServiceAccount {
  const { namespace, inferenceService } = args;
  const name = `${component}-client`;
  const account = serviceAccount(name, { namespace, labels: podLabels(name) }, opts);
  const metadata = { name, namespace: namespace.name };
  const role = new k8s.rbac.v1.Role(
    name,
    {
      metadata,
      rules: [
        {
          apiGroups: ["serving.kserve.io"],
          resources: ["inferenceservices"],
          resourceNames: [inferenceService],
          verbs: ["get"],
        },
      ],
    },
    opts,
  );
  new k8s.rbac.v1.RoleBinding(
    name,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: namespace.name }],
    },
    opts,
  );
  return account;
}
