// Authorities: the private ones that vouch for an external object store, for the pods that connect to it.
import * as pulumi from "@pulumi/pulumi";
import { trustMounts } from "../access";
import { ManagedNamespace } from "../network";
import { S3Connection } from "../object-store";
import { Mounts } from "../workload";

/** Where containers find them. */
export const AUTHORITIES_FILE = "/etc/store-authorities/ca-bundle.crt";

/** Mounts with them; none where the store's certificate is everybody's business. */
export function authorities(
  component: string,
  args: { namespace: ManagedNamespace; connection: S3Connection },
  opts: pulumi.CustomResourceOptions,
): Mounts {
  const { namespace, connection } = args;
  const { caBundle } = connection;
  return trustMounts(`${component}-store-authorities`, { namespace, caBundle, file: AUTHORITIES_FILE }, opts);
}
