// Variables: a server's environment, from a ConfigMap and a Secret that are named after it. Both get a new name when
// their content changes, so that the pods roll out.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace } from "../network";
import { EnvValue, secretVariables } from "./pod";

type Values = Readonly<Record<string, pulumi.Input<string>>>;
type Env = Readonly<Record<string, EnvValue>>;

/** `<component>-config-*`: settings, for everybody to read. */
export function settingsEnv(
  component: string,
  args: { namespace: ManagedNamespace; settings: Values },
  opts: pulumi.CustomResourceOptions,
): Env {
  const variables = Object.keys(args.settings);
  if (variables.length === 0) return {};
  const { metadata } = new k8s.core.v1.ConfigMap(
    `${component}-config`,
    { metadata: { namespace: args.namespace.name }, data: { ...args.settings } },
    opts,
  );
  return Object.fromEntries(variables.map((key) => [key, { configMap: metadata.name, key }]));
}

/** `<component>-secrets-*` */
export function secretEnv(
  component: string,
  args: { namespace: ManagedNamespace; secrets: Values },
  opts: pulumi.CustomResourceOptions,
): Env {
  const entries = Object.entries(args.secrets);
  if (entries.length === 0) return {};
  const { metadata } = new k8s.core.v1.Secret(
    `${component}-secrets`,
    {
      metadata: { namespace: args.namespace.name },
      stringData: Object.fromEntries(entries.map(([key, value]) => [key, pulumi.secret(value)])),
    },
    opts,
  );
  return secretVariables(metadata.name, Object.keys(args.secrets));
}
