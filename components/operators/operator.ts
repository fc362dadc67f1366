// Operator: one operator, installed by Operator Lifecycle Manager and waited for. What its custom resources depend on
// is not the Subscription, which is there at once, but the Job that saw the operator installed and its kinds served.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GLOBAL_NAMESPACE, OperatorPackage } from "./catalog";
import { installerRights } from "./rights";
import { Watcher, WatcherArgs } from "./watcher";

export interface OperatorArgs extends WatcherArgs {
  /** What the catalog calls it, and which version is taken. */
  package: OperatorPackage;
  /**
   * `false`: an administrator installs the operator. Then nothing is made for it, and the Job only waits for its kinds.
   * @default true
   */
  install?: boolean;
  /**
   * Who agrees to a version. `Automatic`: the newest of the channel, now and later. `Manual`: `package.version`, by the
   * Job, and no other; newer ones wait until the version in the package is another one.
   * @default "Automatic"
   */
  approval?: "Automatic" | "Manual";
  /**
   * All operators that the stack installs, this one included or not. What several in one namespace need comes in one
   * InstallPlan, and the Job approves one only if everything in it is pinned here.
   * @default this one alone
   */
  together?: readonly OperatorPackage[];
  /**
   * Seconds until the installation is given up. The next deployment tries again.
   * @default 1200
   */
  timeout?: number;
}

const TIMEOUT = 1200;

/** Seconds for which a failure is not believed that the Lifecycle Manager recovers from by itself. */
const PATIENCE = 120;

export class Operator extends pulumi.ComponentResource {
  /** The operator works, and its kinds are served: what its custom resources depend on. */
  readonly ready: readonly pulumi.Resource[];

  private readonly approval: "Automatic" | "Manual";

  constructor(
    private readonly component: string,
    private readonly args: OperatorArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:operators:Operator", component, {}, opts);
    this.approval = args.approval ?? "Automatic";
    checkVersion(args.package, this.approval);
    const subscription = (args.install ?? true) ? this.subscribe() : undefined;
    this.ready = [this.installed(subscription)];
    this.registerOutputs({});
  }

  /** Asks the Lifecycle Manager for the operator. */
  private subscribe(): k8s.apiextensions.CustomResource {
    const { package: wanted } = this.args;
    const isShared = wanted.namespace === GLOBAL_NAMESPACE;
    const home = isShared ? undefined : this.home();
    return new k8s.apiextensions.CustomResource(
      this.component,
      {
        apiVersion: "operators.coreos.com/v1alpha1",
        kind: "Subscription",
        metadata: { name: wanted.name, namespace: home?.namespace.metadata.name ?? wanted.namespace },
        spec: {
          name: wanted.name,
          channel: wanted.channel,
          source: wanted.source,
          sourceNamespace: wanted.sourceNamespace,
          installPlanApproval: this.approval,
          // Following the channel, it would be installed only to be replaced.
          ...(this.approval === "Manual" ? { startingCSV: wanted.version } : {}),
          ...(wanted.env
            ? { config: { env: Object.entries(wanted.env).map(([name, value]) => ({ name, value })) } }
            : {}),
        },
      },
      { parent: this, dependsOn: home ? [home.group] : [] },
    );
  }

  /**
   * A namespace of the operator's own. It is none of the platform's: what the operator connects to is the operator's
   * business.
   */
  private home(): { namespace: k8s.core.v1.Namespace; group: k8s.apiextensions.CustomResource } {
    const { name, namespace: home } = this.args.package;
    const namespace = new k8s.core.v1.Namespace(
      `${this.component}-namespace`,
      { metadata: { name: home } },
      { parent: this },
    );
    const group = new k8s.apiextensions.CustomResource(
      `${this.component}-group`,
      {
        apiVersion: "operators.coreos.com/v1",
        kind: "OperatorGroup",
        metadata: { name, namespace: namespace.metadata.name },
        // Without namespaces to watch it watches all. The strategy is the default; the API server drops an empty spec.
        spec: { upgradeStrategy: "Default" },
      },
      { parent: this },
    );
    return { namespace, group };
  }

  /** The Job that approves, waits, and says why when it waits in vain. */
  private installed(subscription: k8s.apiextensions.CustomResource | undefined): k8s.batch.v1.Job {
    const installer = `${this.component}-install`;
    const watcher = new Watcher(installer, this.args, { parent: this });
    const rights = installerRights(
      installer,
      {
        account: watcher.account,
        definitions: this.args.package.definitions,
        ...(subscription
          ? { subscription: subscription.metadata, approves: this.approval === "Manual" }
          : {}),
      },
      { parent: this },
    );
    return watcher.watch(installer, {
      script: "install",
      env: this.settings(subscription !== undefined),
      timeout: this.args.timeout ?? TIMEOUT,
      after: [...(subscription ? [subscription] : []), ...rights],
      // On another Subscription everything starts anew.
      ...(subscription ? { runsAgainWhen: { subscription: subscription.metadata.uid } } : {}),
    });
  }

  private settings(installs: boolean): Record<string, string> {
    const { package: wanted } = this.args;
    return {
      OPERATOR: wanted.name,
      NAMESPACE: wanted.namespace,
      CHANNEL: wanted.channel,
      SOURCE: wanted.source,
      SOURCE_NAMESPACE: wanted.sourceNamespace,
      APPROVAL: installs ? this.approval : "None",
      VERSION: this.approval === "Manual" ? (wanted.version ?? "") : "",
      PINNED: this.approval === "Manual" ? this.pinned().join(" ") : "",
      DEFINITIONS: wanted.definitions.join(" "),
      PATIENCE: String(PATIENCE),
    };
  }

  /** The versions that one InstallPlan may consist of: they are resolved for a namespace as a whole. */
  private pinned(): string[] {
    const { package: wanted, together = [] } = this.args;
    const versions = [wanted, ...together]
      .filter(({ namespace }) => namespace === wanted.namespace)
      .flatMap(({ version }) => version ?? []);
    return [...new Set(versions)].sort();
  }
}

function checkVersion({ name, version }: OperatorPackage, approval: "Automatic" | "Manual"): void {
  if (approval === "Manual" && version === undefined) {
    throw new pulumi.RunError(
      `The operator "${name}" is to be installed with approval Manual, but no version of it is pinned. Name the ` +
        `ClusterServiceVersion to install (such as "${name}.v1.2.3"), or take approval Automatic.`,
    );
  }
}
