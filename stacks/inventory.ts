// Inventory: every object that a stack makes says so, in labels that a person or a tool can select.
import * as pulumi from "@pulumi/pulumi";
import { shortName } from "../components/network";

interface Metadata {
  labels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

interface KubernetesArgs {
  metadata?: pulumi.Input<Metadata>;
}

/** Adds the stack's labels to every Kubernetes object that the program registers from now on. */
export function labelEverything(stack: string): void {
  const labels = {
    "app.kubernetes.io/managed-by": "pulumi",
    "app.kubernetes.io/part-of": "mlops-platform",
    "mlops-platform/stack": shortName(stack, 63),
  };
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    // What is only read, or patched, belongs to somebody else, and must not pass for the stack's.
    const isOwn = opts.id === undefined && !type.endsWith("Patch");
    if (!type.startsWith("kubernetes:") || !isOwn) return undefined;
    const { metadata = {} } = props as KubernetesArgs;
    return { props: { ...props, metadata: withLabels(metadata, labels) }, opts };
  });
}

/**
 * A plain object stays one. As an output the whole metadata, names included, would be unknown in a preview as soon
 * as any part of it is.
 */
function withLabels(
  metadata: pulumi.Input<Metadata>,
  labels: Record<string, string>,
): pulumi.Input<Metadata> {
  if (pulumi.Output.isInstance(metadata) || metadata instanceof Promise) {
    return pulumi.output(metadata).apply((own) => ({ ...own, labels: { ...own.labels, ...labels } }));
  }
  return { ...metadata, labels: pulumi.output(metadata.labels).apply((own) => ({ ...own, ...labels })) };
}
