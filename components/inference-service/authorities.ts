// Authorities: the private ones that vouch for an external object store, for the pods that connect to it.
import * as pulumi from "@pulumi/pulumi";
import { CA_BUNDLE_KEY, trustMounts } from "../access";
import { ManagedNamespace } from "../network";
import { S3Location } from "../object-store";
import { Mounts } from "../workload";

const AUTHORITIES_PATH = "/etc/store-authorities";

/** Where containers find them. */
export const AUTHORITIES_FILE = `${AUTHORITIES_PATH}/${CA_BUNDLE_KEY}`;

/** Mounts with them; none where the store's certificate is everybody's business. */
export function authorities(
  component: string,
  args: { namespace: ManagedNamespace; connection: S3Location },
  opts: pulumi.CustomResourceOptions,
): Mounts {
  const { namespace, connection } = args;
  const { caBundle, caBundleName } = connection;
  if (caBundleName !== undefined) return { [AUTHORITIES_PATH]: { configMap: caBundleName } };
  return trustMounts(`${component}-store-authorities`, { namespace, caBundle, file: AUTHORITIES_FILE }, opts);
}
