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
  connections: Readonly<Record<string, Pick<Grant<never>, "publish" | "generation">>>;
  /** PEM text of the authorities that vouch for external services, given to the application. @default none */
  caBundle?: string;
  /** A provider that updates Secrets in place. */
  inPlace: k8s.Provider;
}

/** A connection as the application finds it. */
export interface Published {
  /** Name of the Secret; it stays what it is. */
  readonly secretName: pulumi.Output<string>;
  /** Name of the generation that the Secret holds, known once it does. */
  readonly generation: pulumi.Output<string>;
}

export class Consumer extends pulumi.ComponentResource {
  /** The application's namespace. */
  readonly namespace: pulumi.Output<string>;
  /** The pods that are let in; empty: every pod of the namespace. */
  readonly pods: Labels;
  /** What was published, by the endings given. */
  readonly connections: Readonly<Record<string, Published>>;
  /** Name of the ConfigMap with the authorities, where there are any. */
  readonly caBundleName: pulumi.Output<string> | undefined;

  constructor(name: string, args: ConsumerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:access:Consumer", name, {}, opts);
    this.namespace = pulumi.output(args.namespace);
    const pods = args.pods ?? {};
    this.pods = pods;
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
    this.connections = Object.fromEntries(
      Object.entries(args.connections).map(([ending, grant]) => {
        const { name: secretName } = grant.publish({ ...publish, secretName: `${name}-${ending}` }).metadata;
        return [ending, { secretName, generation: secretName.apply(() => grant.generation) }];
      }),
    );
    this.caBundleName = publishTrust(name, args, { parent: this })?.metadata.name;
    this.registerOutputs({ connections: this.connections });
  }
}
