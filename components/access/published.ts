// PublishedGrant: access that another program published for this one. The credential is in a Secret with a fixed name
// in this program's namespace; what this program adds is the way out of that namespace, and pods that roll out when the
// platform rotates what is in the Secret. It never sees the credential itself.
import * as pulumi from "@pulumi/pulumi";
import { componentOf, Edge, Labels, ManagedNamespace, RemotePlace } from "../network";
import { Claim, Claimable, ClaimArgs, FormedClaimArgs } from "./grant";

export interface PublishedGrantArgs<Location> {
  /** Who the access is for: this program's name in the config of the one that published. */
  consumer: string;
  /** Short name of the service, as in the policy `churn-api-to-tracking`. */
  service: string;
  /** Namespace of the Secret. */
  namespace: pulumi.Input<string>;
  /** Labels that pods have to carry, so that the service lets them in. Empty: none. */
  pods: pulumi.Input<Labels>;
  /** Name of the Secret in the consumer's namespace. */
  secretName: pulumi.Input<string>;
  /**
   * Name of the generation that the Secret holds: another one when the platform rotated. For a service outside the
   * cluster it is always `external`, whatever the Secret holds: restart the pods when that credential was rotated.
   */
  generation: pulumi.Input<string>;
  /** Where the service listens. */
  place: pulumi.Input<RemotePlace>;
  /** What may be known of the connection. */
  location: Location;
  /** Identifies the service's storage, as far as that is known: see `Claim.storage`. */
  storage: pulumi.Output<string>;
}

export class PublishedGrant<Location> implements Claimable<Location> {
  constructor(private readonly args: PublishedGrantArgs<Location>) {}

  get consumer(): string {
    return this.args.consumer;
  }

  /**
   * For pods in the namespace of the Secret. It may be claimed by several components: they are one consumer, and share
   * its credential.
   */
  claim(args: ClaimArgs): Claim<Location> {
    this.refuseForm(args);
    const { consumer, service, generation, location, storage } = this.args;
    const letIn = (from: string, pods: Labels): readonly pulumi.Resource[] =>
      this.edge(from, args, pods).policies;
    return {
      secretName: this.secretFor(args),
      annotations: { [`mlops-platform/${service}-generation`]: generation },
      connection: location,
      ready: letIn(componentOf(args.pods) ?? consumer, args.pods),
      storage,
      letIn,
      usedBy: () => undefined,
    };
  }

  /** Types allow none, but programs are run without looking at them. */
  private refuseForm(args: ClaimArgs & Partial<FormedClaimArgs<never>>): void {
    if (args.data === undefined && args.annotations === undefined) return;
    const { consumer, service } = this.args;
    throw new pulumi.RunError(
      `${componentOf(args.pods) ?? "A component"} wants the credential of "${consumer}" for ${service} in a form of ` +
        `its own, but a published one can't be read, only mounted as it is. Run this component in the program that ` +
        `makes the credential, or one here that takes the usual keys.`,
    );
  }

  private edge(from: string, { namespace }: { namespace: ManagedNamespace }, pods: Labels): Edge {
    const { service, place } = this.args;
    return new Edge(`${from}-to-${service}`, {
      from,
      source: { namespace: this.checked(namespace, pods), labels: pods },
      to: { kind: "remote", name: service, place },
    });
  }

  private secretFor({ namespace, pods }: ClaimArgs): pulumi.Output<string> {
    return pulumi.all([this.args.secretName, this.checked(namespace, pods)]).apply(([secret]) => secret);
  }

  /** The namespace's name, if pods with these labels find the Secret there and are let in by the service. */
  private checked(namespace: ManagedNamespace, labels: Labels): pulumi.Output<string> {
    const { consumer, service, namespace: published, pods } = this.args;
    const who = `${componentOf(labels) ?? "A component"} uses the access of "${consumer}" to ${service}`;
    return pulumi.all([namespace.name, published, pods]).apply(([here, there, required]) => {
      checkNamespace(who, consumer, { here, there });
      checkLabels(who, consumer, { labels, required });
      return here;
    });
  }
}

function checkNamespace(
  who: string,
  consumer: string,
  { here, there }: { here: string; there: string },
): void {
  if (here === there) return;
  throw new pulumi.RunError(
    `${who} from the namespace ${here}, but its Secret is in ${there}, and pods read Secrets of their own namespace ` +
      `alone. Deploy to ${there}, or have it published in ${here}: ` +
      `\`pulumi config set --path consumers.${consumer}.namespace ${here}\` in the platform's stack.`,
  );
}

function checkLabels(
  who: string,
  consumer: string,
  { labels, required }: { labels: Labels; required: Labels },
): void {
  if (Object.entries(required).every(([key, value]) => labels[key] === value)) return;
  throw new pulumi.RunError(
    `${who} from pods labelled ${text(labels)}, but only pods labelled ${text(required)} are let in. ` +
      `Change consumers.${consumer}.pods in the platform's stack, or remove it: then every pod of the namespace is.`,
  );
}

function text(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}
