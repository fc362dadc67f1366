// Ledger: a service's Grants, and the list of identities that may exist at its server. Sealing it at the end
// of a program removes every other identity of this stack: what lost its Grant loses its access.
//
// The list is a ConfigMap that is written before any identity is made, and that the sweep reads when its
// container starts. A sweep left over from an interrupted deployment finds a list that is not its own, and does
// nothing (sweep.sh of each service keeps the other half of this rule).
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checksum, ManagedNamespace } from "../network";
import { job, JobArgs } from "../workload";
import { IdentityPrefix } from "./identity";
import { GrantEntry, GrantRoll } from "./roll";

export interface LedgerArgs {
  /** Short name of the service: `mysql`. */
  service: string;
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  prefix: IdentityPrefix;
  /** A provider that updates ConfigMaps in place: the list has to keep its name. */
  inPlace: k8s.Provider;
  /** The Job that removes identities; it is told IDENTITY_PREFIX and KEEP. */
  sweep: Omit<JobArgs, "runsAgainWhen">;
  /** What the sweep needs: the server, and the way to it. */
  dependsOn: readonly pulumi.Resource[];
}

/** Long enough to fetch the image and for a busy server; short enough that a forgotten sweep is soon gone. */
const SWEEP_DEADLINE_SECONDS = 300;

export class Ledger {
  /** Written before any identity is made: what makes identities depends on it. */
  readonly keepList: k8s.core.v1.ConfigMap;
  private readonly roll: GrantRoll;
  private readonly identities: pulumi.Input<string>[] = [];
  private readonly names: pulumi.Output<string[]>;
  private complete: () => void = () => undefined;

  constructor(
    private readonly args: LedgerArgs,
    opts: { parent: pulumi.Resource },
  ) {
    this.roll = new GrantRoll(args.service);
    // The list is complete when the last Grant is made, but is registered before the first: it is a promise.
    const completed = new Promise<void>((resolve) => {
      this.complete = resolve;
    });
    this.names = pulumi.output(completed.then(() => this.identities)).apply((names) => [...names].sort());
    const name = `${args.service}-identities`;
    this.keepList = new k8s.core.v1.ConfigMap(
      name,
      {
        metadata: { name, namespace: args.namespace.name },
        data: { keep: this.names.apply((names) => names.join("\n")) },
      },
      { ...opts, provider: args.inPlace },
    );
  }

  /** Every Grant that the service makes. */
  add(grant: GrantEntry): void {
    this.roll.add(grant);
  }

  /** An identity that a Grant owns. */
  keep(user: pulumi.Input<string>): void {
    this.identities.push(user);
  }

  /** Ends the granting. Every program calls it once, last: without it nothing that was granted is made. */
  seal(): void {
    const users = this.roll.close();
    this.complete();
    new Sweep(`${this.args.service}-sweep`, {
      ...this.args,
      keepList: this.keepList,
      names: this.names,
      users,
    });
  }
}

interface SweepArgs extends LedgerArgs {
  keepList: k8s.core.v1.ConfigMap;
  names: pulumi.Output<string[]>;
  users: readonly pulumi.Resource[];
}

/**
 * Parented outside the service: it waits for the workloads that use the service, and whoever waits for the
 * service must not wait for them.
 */
class Sweep extends pulumi.ComponentResource {
  constructor(name: string, args: SweepArgs) {
    super("mlops:access:Sweep", name);
    const { container } = args.sweep;
    job(
      name,
      {
        ...args.sweep,
        container: {
          ...container,
          env: {
            ...container.env,
            IDENTITY_PREFIX: args.prefix,
            KEEP: { configMap: args.keepList.metadata.name, key: "keep" },
            // Another list is another Job; and a Job that finds another list than its own does nothing.
            KEEP_CHECKSUM: args.names.apply((names) => checksum(names.join("\n"))),
          },
        },
        deadline: SWEEP_DEADLINE_SECONDS,
      },
      { parent: this, dependsOn: [...args.dependsOn, ...args.users] },
    );
    this.registerOutputs({});
  }
}
