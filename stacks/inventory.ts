// Inventory: every object that a stack makes says so, in labels that a person or a tool can select.
import * as pulumi from "@pulumi/pulumi";
import { shortName } from "../components/network";

interface KubernetesArgs {
  metadata?: pulumi.Input<{ labels?: pulumi.Input<Record<string, pulumi.Input<string>>> }>;
}

/** Adds the stack's labels to every Kubernetes object that the program registers from now on. */
export function labelEverything(stack: string): void {
  const labels = {
    "app.kubernetes.io/managed-by": "pulumi",
    "app.kubernetes.io/part-of": "mlops-platform",
    "mlops-platform/stack": shortName(stack, 63),
  };
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (!type.startsWith("kubernetes:")) return undefined;
    const { metadata } = props as KubernetesArgs;
    const labelled = pulumi
      .output(metadata)
      .apply((own) => ({ ...own, labels: { ...own?.labels, ...labels } }));
    return { props: { ...props, metadata: labelled }, opts };
  });
}
