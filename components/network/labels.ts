// Labels: how the platform's objects find each other, and how a person finds them.

/** A label selector's exact-match labels. An empty set selects every pod of a namespace. */
export type Labels = Readonly<Record<string, string>>;

/** The label that Kubernetes itself puts on every namespace: its name. */
export const NAMESPACE_NAME = "kubernetes.io/metadata.name";

/** Selects the pods of one component. Immutable once deployed: selectors can't change in place. */
export function podLabels(component: string): Labels {
  return { "app.kubernetes.io/name": component };
}
