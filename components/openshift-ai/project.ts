// Project: a namespace that the dashboard of OpenShift AI shows, with its connections and models.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Labels, ManagedNamespace } from "../network";

/** The dashboard shows what carries this label, and namespaces that do. */
export const ON_DASHBOARD: Labels = { "opendatahub.io/dashboard": "true" };

/** Makes a namespace a project of the dashboard. Its other labels are others' business: this is a patch. */
export function dashboardProject(
  component: string,
  namespace: ManagedNamespace,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.NamespacePatch {
  return new k8s.core.v1.NamespacePatch(
    `${component}-project`,
    {
      metadata: {
        name: namespace.name,
        labels: {
          ...ON_DASHBOARD,
          // It asks which of two ways of serving a project has, and would offer none without an answer.
          "modelmesh-enabled": "false",
        },
      },
    },
    opts,
  );
}
