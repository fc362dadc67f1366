// The resources that tests of the graph are about.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

export class Group extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Group", name, {}, opts);
  }
}

export const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
export const SECRET = "kubernetes:core/v1:Secret";
export const PASSWORD = "random:index/randomPassword:RandomPassword";

export function configMap(
  name: string,
  data: Record<string, pulumi.Input<string>>,
  opts?: pulumi.CustomResourceOptions,
) {
  return new k8s.core.v1.ConfigMap(name, { metadata: { namespace: "here" }, data }, opts);
}

export function password(
  name: string,
  args: Partial<random.RandomPasswordArgs> = {},
  opts?: pulumi.CustomResourceOptions,
) {
  return new random.RandomPassword(name, { length: 32, special: false, ...args }, opts);
}
