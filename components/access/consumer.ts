// Consumer: an application that is not this platform's, in a namespace that may not be either, and that gets
// connection Secrets with fixed names.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { allowDns, DnsPeer, Labels } from "../network";
import { Grant, PublishArgs } from "./grant";
import { publishTrust } from "./trust";

export interface ConsumerArgs {
  /** Namespace of the application; it has to be there. */
  namespace: pulumi.Input<string>;
  /** The application's pods. @default every pod of the namespace */
  pods?: Labels;
  /** Also open the way out of its namespace, which then is closed to everything but DNS. @default false */
  egress?: boolean;
  /** Where DNS queries are answered. */
  dns: DnsPeer;
  /** What it may use: the ending of the Secret's name, and the Grant. */
  connections: Readonly<Record<string, Pick<Grant<never>, "publish">>>;
  /** PEM text of the authorities that vouch for external services, given to the application. @default none */
  caBundle?: string;
  /** A provider that updates Secrets in place. */
  inPlace: k8s.Provider;
}

export class Consumer extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  /** Names of the Secrets, by the endings given. */
  readonly secretNames: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: ConsumerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:access:Consumer", name, {}, opts);
    this.namespace = pulumi.output(args.namespace);
    const pods = args.pods ?? {};
    // With the first way out everything else is closed to them: names have to be found by then.
    const names = args.egress
      ? [
          allowDns(
            `${name}-to-dns`,
            { policy: `${name}-to-dns`, pods: { namespace: args.namespace, labels: pods }, dns: args.dns },
            { parent: this },
          ),
        ]
      : [];
    const publish: Omit<PublishArgs, "secretName"> = {
      namespace: args.namespace,
      pods,
      egress: args.egress,
      inPlace: args.inPlace,
      dependsOn: names,
    };
    this.secretNames = Object.fromEntries(
      Object.entries(args.connections).map(([ending, grant]) => [
        ending,
        grant.publish({ ...publish, secretName: `${name}-${ending}` }).metadata.name,
      ]),
    );
    publishTrust(name, args, { parent: this });
    this.registerOutputs({ secretNames: this.secretNames });
  }
}
