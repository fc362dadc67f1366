// Issuer: how a service makes the credentials of one consumer. A Grant is made of what its issuer issues.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Endpoint } from "../network";
import { IdentityPrefix } from "./identity";

/** The keys and values of a Secret. */
export type SecretData = Record<string, pulumi.Input<string>>;

/** One generation of one consumer's access, as the service issued it. */
export interface Issued<Connection> {
  /** Everything a client needs to connect. */
  readonly connection: Connection;
  /** What has to be done before the credential works: the provision Job. */
  readonly ready: readonly pulumi.Resource[];
}

/** What a Grant knows of its service. */
export interface Issuer<Connection> {
  /** Short name of the service, as in `model-registry-to-mysql`. */
  readonly service: string;
  /** Where the service listens. */
  readonly endpoint: Endpoint;
  /** Identifies the storage behind the service: see `Claim.storage`. */
  readonly storage: pulumi.Output<string>;
  /** Makes the credential of one generation; `opts.parent` is the Grant. */
  issue(generation: string, opts: { parent: pulumi.Resource }): Issued<Connection>;
  /** The usual content of a connection Secret for this service. */
  connectionData(connection: Connection): SecretData;
}

/** What a stack says about access, the same for all its services. */
export interface AccessContext {
  /** Starts the name of every identity of this stack. */
  readonly prefix: IdentityPrefix;
  /** The generations of a consumer's credentials that work, newest first. */
  generations(consumer: string): readonly string[];
  /** A provider that updates Secrets and ConfigMaps in place, for those that must keep their names. */
  readonly inPlace: k8s.Provider;
}
