// ExternalObjectStore: an S3 service that is there already, with its buckets, and with a credential for each
// consumer that its administrator made.
import * as pulumi from "@pulumi/pulumi";
import { externalGrants, Grant } from "../access";
import { AddressEndpoint } from "../network";
import { ObjectStore, s3Data, S3Connection } from "./object-store";
import { BucketAccess } from "./policy";

export interface ExternalObjectStoreArgs {
  /** URL of the S3 API: `https://s3.example.com`. */
  url: string;
  /** Region that clients are told: `eu-central-1`. */
  region: string;
  /** PEM text of the private authorities that vouch for the service. @default the clients' own */
  caBundle?: string;
  /** Address ranges of the service, in CIDR notation: what consumers may connect to. */
  cidrs: readonly string[];
  /** One credential for each consumer, by the consumer's name. */
  credentials: Readonly<Record<string, S3Credential>>;
}

/** An identity at an external object store, as its administrator made it. */
export interface S3Credential {
  /** Access key id. */
  accessKeyId: pulumi.Output<string>;
  /** Secret access key. */
  secretAccessKey: pulumi.Output<string>;
}

/**
 * @example
 * const store = new ExternalObjectStore("s3", {
 *   url: "https://s3.eu-central-1.amazonaws.com",
 *   region: "eu-central-1",
 *   cidrs: ["203.0.113.0/24"],
 *   credentials: {
 *     mlflow: { accessKeyId: config.requireSecret("keyId"), secretAccessKey: config.requireSecret("key") },
 *   },
 * });
 */
export class ExternalObjectStore extends pulumi.ComponentResource implements ObjectStore {
  readonly endpoint: AddressEndpoint;
  readonly url: pulumi.Output<string>;
  readonly region: string;
  readonly adminSecretName = undefined;
  readonly consoleUrl = undefined;
  readonly consoleEndpoint = undefined;
  private readonly grants;
  private readonly granted = new Set<string>();

  constructor(
    component: string,
    private readonly args: ExternalObjectStoreArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:object-store:ExternalObjectStore", component, {}, opts);
    const { hostname, port, protocol } = new URL(args.url);
    this.endpoint = {
      kind: "addresses",
      name: component,
      cidrs: args.cidrs,
      port: Number(port || (protocol === "https:" ? 443 : 80)),
      host: pulumi.output(hostname),
    };
    this.url = pulumi.output(args.url);
    this.region = args.region;
    this.grants = externalGrants<S3Credential, S3Connection>(
      { service: component, endpoint: this.endpoint, credentials: args.credentials, connectionData: s3Data },
      { parent: this },
    );
    this.registerOutputs({ url: this.url });
  }

  get buckets(): readonly string[] {
    return [...this.granted];
  }

  grant(consumer: string, { bucket, prefix = "" }: BucketAccess): Grant<S3Connection> {
    this.granted.add(bucket);
    const { url, region } = this;
    const { caBundle } = this.args;
    return this.grants.grant(consumer, (credential) => ({
      url,
      region,
      bucket,
      prefix,
      caBundle,
      ...credential,
    }));
  }

  seal(): void {
    this.grants.seal();
  }
}
