// Network: endpoints, edges between them, and namespaces that deny everything else.
export { type AddressEndpoint, type Endpoint, type PodEndpoint, serviceEndpoint } from "./endpoint";
export { type ClusterPeer, Edge, type EdgeArgs, type Pods } from "./edge";
export { type Labels, NAMESPACE_NAME, podLabels } from "./labels";
export { checksum, shortName, withChecksum } from "./names";
export { type DnsPeer, ManagedNamespace, type ManagedNamespaceArgs, type Quota } from "./namespace";
