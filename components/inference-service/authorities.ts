// Authorities: the private ones that vouch for an external object store, for the pods that connect to it.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace } from "../network";
import { S3Connection } from "../object-store";
import { Mounts } from "../workload";

const FOLDER = "/etc/store-authorities";
const FILE = "ca-bundle.crt";

/** Where containers find them. */
export const AUTHORITIES_FILE = `${FOLDER}/${FILE}`;

/** Mounts with them; none where the store's certificate is everybody's business. */
export function authorities(
  component: string,
  args: { namespace: ManagedNamespace; connection: S3Connection },
  opts: pulumi.CustomResourceOptions,
): Mounts {
  const { caBundle } = args.connection;
  if (caBundle === undefined) return {};
  const bundle = new k8s.core.v1.ConfigMap(
    `${component}-store-authorities`,
    { metadata: { namespace: args.namespace.name }, data: { [FILE]: caBundle } },
    opts,
  );
  return { [FOLDER]: { configMap: bundle.metadata.name } };
}
