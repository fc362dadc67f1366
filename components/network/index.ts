// Network: endpoints, edges between them, and namespaces that deny everything else.
export {
  type AddressEndpoint,
  type Endpoint,
  type PodEndpoint,
  type RemoteEndpoint,
  type RemotePlace,
  serviceEndpoint,
} from "./endpoint";
export { allowDns, type DnsPeer } from "./dns";
export { type Addresses, ANYWHERE, type ClusterPeer, Edge, type EdgeArgs, type Pods } from "./edge";
export { componentOf, type Labels, NAMESPACE_NAME, podLabels } from "./labels";
export { checksum, shortName, withChecksum } from "./names";
export { ManagedNamespace, type ManagedNamespaceArgs, type Quota } from "./namespace";
