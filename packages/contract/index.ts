// What other programs may know of a stack of the platform, and how a Pulumi program reads it.
export { type Consumer, type Platform, platform, type Reference } from "../../stacks/contract/client";
export {
  type ConsumerContract,
  type Contract,
  CONTRACT_VERSION,
  type DatabaseConnection,
  type DatabaseContract,
  type DocumentDatabaseContract,
  type EndpointContract,
  type ModelRegistryContract,
  type ObjectStoreConnection,
  type ObjectStoreContract,
  type TrackingConnection,
  type TrackingContract,
  type WorkloadContract,
} from "../../stacks/contract/shape";
