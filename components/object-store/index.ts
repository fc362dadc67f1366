// Object store: the interface and its two implementations.
export { ExternalObjectStore, type ExternalObjectStoreArgs, type S3Credential } from "./external";
export { type BucketOptions, MinioStore, type MinioStoreArgs } from "./minio";
export type { ObjectStore, S3Connection } from "./object-store";
export type { BucketAccess } from "./policy";
