// Object store: S3, in the cluster or outside of it: the interface and its two implementations.
export { ExternalObjectStore, type ExternalObjectStoreArgs, type S3Credential } from "./external";
export { type BucketOptions, MinioStore, type MinioStoreArgs } from "./minio";
export { type ObjectStore, S3_VARIABLES, type S3Connection, type S3Location } from "./object-store";
export type { BucketAccess } from "./policy";
