// Trust: the private authorities that vouch for external services, for pods that connect to them.
import { posix } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace } from "../network";
import { Mounts } from "../workload";

/** The file of the bundle in its ConfigMap. */
export const CA_BUNDLE_KEY = "ca-bundle.crt";

/** Puts `<name>-ca-bundle` into a namespace; its content is updated in place. Nothing is made without a bundle. */
export function publishTrust(
  name: string,
  args: { namespace: pulumi.Input<string>; caBundle?: string; inPlace: k8s.Provider },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ConfigMap | undefined {
  if (args.caBundle === undefined) return undefined;
  const configMap = `${name}-ca-bundle`;
  return new k8s.core.v1.ConfigMap(
    configMap,
    { metadata: { name: configMap, namespace: args.namespace }, data: { [CA_BUNDLE_KEY]: args.caBundle } },
    { ...opts, provider: args.inPlace },
  );
}

/**
 * Mounts that put the authorities of one service at `file`, in a ConfigMap of this name: with other authorities there
 * are new pods. None where everybody trusts the service anyway.
 */
export function trustMounts(
  name: string,
  args: { namespace: ManagedNamespace; caBundle: string | undefined; file: string },
  opts: pulumi.CustomResourceOptions,
): Mounts {
  if (args.caBundle === undefined) return {};
  const { dir, base } = posix.parse(args.file);
  const { metadata } = new k8s.core.v1.ConfigMap(
    name,
    { metadata: { namespace: args.namespace.name }, data: { [base]: args.caBundle } },
    opts,
  );
  return { [dir]: { configMap: metadata.name } };
}
