// Tracking server: MLflow, where runs, their files and models are kept, with an identity for each consumer.
export { TrackingServer, type TrackingServerArgs } from "./tracking-server";
export {
  TRACKING_VARIABLES,
  type TrackingAccess,
  type TrackingConnection,
  type TrackingLocation,
} from "./connection";
