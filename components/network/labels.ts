// Labels: how the platform's objects find each other, and how a person finds them.

/** A label selector's exact-match labels. An empty set selects every pod of a namespace. */
export type Labels = Readonly<Record<string, string>>;

/** The label that Kubernetes itself puts on every namespace: its name. */
export const NAMESPACE_NAME = "kubernetes.io/metadata.name";

const COMPONENT = "app.kubernetes.io/name";

/** Selects the pods of one component. Immutable once deployed: selectors can't change in place. */
export function podLabels(component: string): Labels {
  return { [COMPONENT]: component };
}

/** The component whose pods these labels select, where it is one. */
export function componentOf(labels: Labels): string | undefined {
  return labels[COMPONENT];
}
