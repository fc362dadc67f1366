// ObjectStore: an S3 service. Two implementations: a server in the cluster (minio.ts), or one that is
// there already (external.ts). Consumers can't tell which.
import * as pulumi from "@pulumi/pulumi";
import { Grant, SecretData } from "../access";
import { Endpoint, PodEndpoint } from "../network";
import { BucketAccess } from "./policy";

export interface ObjectStore {
  /** Where the S3 API listens. */
  readonly endpoint: Endpoint;
  /** URL of the S3 API: `http://minio-api.minio.svc.cluster.local:9000`. */
  readonly url: pulumi.Output<string>;
  /** Region that clients are told. */
  readonly region: string;
  /** Name of the Secret with the administrator's credential; an external store's is nobody's business here. */
  readonly adminSecretName: pulumi.Output<string> | undefined;
  /** Address of a web console, where one is exposed. */
  readonly consoleUrl: pulumi.Output<string> | undefined;
  /** Where pods of the cluster serve that console. */
  readonly consoleEndpoint: PodEndpoint | undefined;
  /** Names of the buckets that are made or, of an external store, granted so far. */
  readonly buckets: readonly string[];
  /** Access for one consumer to one bucket, or to what lies under one prefix of it. */
  grant(consumer: string, access: BucketAccess): Grant<S3Connection>;
  /** Ends the granting; what is no longer granted is revoked. Called once, when the program is complete. */
  seal(): void;
}

/** Where a bucket is, and how it is reached: what an S3 client needs besides its credential. */
export interface S3Location {
  /** Where the S3 API is. */
  readonly url: pulumi.Input<string>;
  /** Region that clients are told. */
  readonly region: pulumi.Input<string>;
  /** Name of the bucket. */
  readonly bucket: pulumi.Input<string>;
  /** A folder: only what lies below it is accessible. Empty: the whole bucket. */
  readonly prefix: pulumi.Input<string>;
  /** PEM text of the private authorities that vouch for the service. @default the client's own */
  readonly caBundle?: string;
  /** The same where it is in the namespace already: name of the ConfigMap with it. @default none is there */
  readonly caBundleName?: pulumi.Input<string>;
}

/** Everything an S3 client needs. */
export interface S3Connection extends S3Location {
  /** Region that clients are told. */
  readonly region: string;
  /** Name of the bucket. */
  readonly bucket: string;
  readonly prefix: string;
  /** Access key id of the consumer's identity. */
  readonly accessKeyId: pulumi.Input<string>;
  /** Secret. */
  readonly secretAccessKey: pulumi.Input<string>;
}

/** The keys of a connection's Secret, for pods that read it as variables. */
export const S3_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_S3_ENDPOINT",
  "AWS_S3_BUCKET",
  "AWS_DEFAULT_REGION",
];

/** The keys that S3 clients, and data connections of OpenShift AI, look for. */
export function s3Data(connection: S3Connection): SecretData {
  return {
    AWS_ACCESS_KEY_ID: connection.accessKeyId,
    AWS_SECRET_ACCESS_KEY: connection.secretAccessKey,
    AWS_S3_ENDPOINT: connection.url,
    AWS_S3_BUCKET: connection.bucket,
    AWS_DEFAULT_REGION: connection.region,
  };
}
