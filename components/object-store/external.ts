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
  region: string;
  /** PEM text of the private authorities that vouch for the service. @default the clients' own */
  caBundle?: string;
  /** Address ranges of the service, in CIDR notation: what consumers may connect to. */
  cidrs: readonly string[];
  /** One credential for each consumer, by the consumer's name. */
  credentials: Readonly<Record<string, S3Credential>>;
}

export interface S3Credential {
  accessKeyId: pulumi.Output<string>;
  secretAccessKey: pulumi.Output<string>;
}

export class ExternalObjectStore extends pulumi.ComponentResource implements ObjectStore {
  readonly endpoint: AddressEndpoint;
  readonly url: pulumi.Output<string>;
  readonly region: string;
  readonly adminSecretName = undefined;
  readonly consoleUrl = undefined;
  private readonly grants;

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

  grant(consumer: string, { bucket, prefix = "" }: BucketAccess): Grant<S3Connection> {
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
