// ObjectStore: an S3 service. Two implementations: a server in the cluster (minio.ts), or one that is
// there already (external.ts). Consumers can't tell which.
import * as pulumi from "@pulumi/pulumi";
import { Grant, SecretData } from "../access";
import { Endpoint } from "../network";
import { BucketAccess } from "./policy";

export interface ObjectStore {
  readonly endpoint: Endpoint;
  /** URL of the S3 API: `http://minio-api.minio.svc.cluster.local:9000`. */
  readonly url: pulumi.Output<string>;
  readonly region: string;
  /** Name of the Secret with the administrator's credential; an external store's is nobody's business here. */
  readonly adminSecretName: pulumi.Output<string> | undefined;
  /** Address of a web console, where one is exposed. */
  readonly consoleUrl: pulumi.Output<string> | undefined;
  /** Access for one consumer to one bucket, or to what lies under one prefix of it. */
  grant(consumer: string, access: BucketAccess): Grant<S3Connection>;
  /** Ends the granting; what is no longer granted is revoked. Called once, when the program is complete. */
  seal(): void;
}

/** Everything an S3 client needs. */
export interface S3Connection {
  readonly url: pulumi.Input<string>;
  readonly region: string;
  readonly bucket: string;
  /** A folder: only what lies below it is accessible. Empty: the whole bucket. */
  readonly prefix: string;
  readonly accessKeyId: pulumi.Input<string>;
  /** Secret. */
  readonly secretAccessKey: pulumi.Input<string>;
  /** PEM text of the private authorities that vouch for the service. @default the client's own */
  readonly caBundle?: string;
}

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
