// Administrator: the account with which a server is set up. Its password is generated and stays in one Secret, in the
// server's namespace: the server has it, where it has to, and the Jobs of its Provisioner.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace } from "../network";
import { password } from "./identity";
import { SecretData } from "./issuer";

/** Where containers find the Secret. */
export const ADMIN_PATH = "/credentials/admin";

/** Makes the Secret, whose keys are what the server and the scripts expect. Returns its name, which changes with it. */
export function administratorSecret(
  component: string,
  args: { namespace: ManagedNamespace; data: (password: pulumi.Output<string>) => SecretData },
  opts: { parent: pulumi.Resource },
): pulumi.Output<string> {
  const name = `${component}-admin`;
  return new k8s.core.v1.Secret(
    name,
    {
      metadata: { namespace: args.namespace.name },
      stringData: args.data(password(`${name}-password`, opts)),
    },
    opts,
  ).metadata.name;
}
