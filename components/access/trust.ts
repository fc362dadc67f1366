// Trust: the private authorities that vouch for external services, for pods that connect to them.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

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
