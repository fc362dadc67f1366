// Plays Operator Lifecycle Manager at a real API server: it writes about one Subscription what the manager would write,
// at the moments that a test chooses, and does nothing by itself.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { succeed } from "../../support/processes";

const GROUP = "operators.coreos.com";

/** Files with the definitions of the manager's kinds, as its Go module publishes them. */
export function lifecycleDefinitions(): string[] {
  const published = path.resolve(__dirname, "../../../tools/control-plane/crds/published");
  return execFileSync(published, ["openshift"], { encoding: "utf8" })
    .trim()
    .split(":")
    .flatMap((folder) => fs.readdirSync(folder).map((file) => path.join(folder, file)))
    .filter((file) => path.basename(file).startsWith(`${GROUP}_`));
}

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message?: string;
}

export interface Plan {
  /** The versions in it. */
  readonly versions: readonly string[];
  /** @default false */
  readonly approved?: boolean;
  readonly phase?: "RequiresApproval" | "Installing" | "Complete" | "Failed";
  readonly message?: string;
}

export interface Version {
  readonly phase: "Pending" | "Installing" | "Succeeded" | "Failed" | "Replacing";
  readonly reason?: string;
  readonly message?: string;
}

export class LifecycleManager {
  private generation = 0;

  /** `subscription` in `namespace` is the one that it works on. */
  constructor(
    private readonly kubectl: string,
    private readonly kubeconfig: string,
    readonly namespace: string,
    readonly subscription: string,
  ) {}

  /** What it says about the Subscription from now on; what is left out stays. */
  async report(status: {
    state?: "UpgradePending" | "AtLatestKnown";
    currentCSV?: string;
    installedCSV?: string;
    plan?: string;
    conditions?: readonly Condition[];
  }): Promise<void> {
    const { plan, ...rest } = status;
    await this.writeStatus("subscriptions", this.subscription, {
      lastUpdated: new Date().toISOString(),
      ...rest,
      ...(plan === undefined ? {} : { installPlanRef: { kind: "InstallPlan", name: plan } }),
    });
  }

  /** Makes a plan, or changes it, and points the Subscription to it: to the version that `current` names. */
  async plan(
    name: string,
    { versions, approved = false, phase, message }: Plan,
    current = versions[0],
  ): Promise<void> {
    await this.apply("InstallPlan", name, {
      clusterServiceVersionNames: versions,
      approval: approved ? "Automatic" : "Manual",
      approved,
      generation: ++this.generation,
    });
    await this.writeStatus("installplans", name, {
      phase: phase ?? (approved ? "Installing" : "RequiresApproval"),
      catalogSources: [],
      ...(message === undefined ? {} : { message }),
    });
    await this.report({
      state: "UpgradePending",
      plan: name,
      ...(current === undefined ? {} : { currentCSV: current }),
    });
  }

  /** Makes a version, or changes how it is; from then on it is the one that the Subscription has installed. */
  async version(name: string, { phase, reason = "", message = "" }: Version): Promise<void> {
    await this.apply("ClusterServiceVersion", name, {
      displayName: name,
      install: { strategy: "deployment", spec: { deployments: [] } },
    });
    await this.writeStatus("clusterserviceversions", name, { phase, reason, message });
    await this.report({ state: "AtLatestKnown", currentCSV: name, installedCSV: name });
  }

  async isApproved(plan: string): Promise<boolean> {
    const spec = await this.run(["get", `installplans.${GROUP}`, plan, "--output=jsonpath={.spec.approved}"]);
    return spec === "true";
  }

  /** Brings a kind, in these versions: `widgets.example.com`. */
  async define(definition: string, versions: readonly string[] = ["v1"]): Promise<void> {
    const [plural = "", ...group] = definition.split(".");
    const kind = `${plural.slice(0, 1).toUpperCase()}${plural.slice(1)}`;
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const spec = {
      group: group.join("."),
      scope: "Namespaced",
      names: { plural, kind, singular: plural, listKind: `${kind}List` },
      versions: versions.map((name, at) => ({ name, served: true, storage: at === 0, schema })),
    };
    await this.applyObject({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: definition },
      spec,
    });
  }

  /** Takes an object of its own away. */
  async remove(
    kind: "subscriptions" | "installplans" | "clusterserviceversions",
    name: string,
  ): Promise<void> {
    await this.run(["delete", `${kind}.${GROUP}`, name]);
  }

  private apply(kind: string, name: string, spec: object): Promise<void> {
    const metadata = { name, namespace: this.namespace };
    return this.applyObject({ apiVersion: `${GROUP}/v1alpha1`, kind, metadata, spec });
  }

  private async applyObject(object: object): Promise<void> {
    await this.run(
      ["apply", "--server-side", "--force-conflicts", "--field-manager=lifecycle-manager", "--filename=-"],
      JSON.stringify(object),
    );
  }

  private async writeStatus(kind: string, name: string, status: object): Promise<void> {
    const patch = `--patch=${JSON.stringify({ status })}`;
    await this.run(["patch", `${kind}.${GROUP}`, name, "--subresource=status", "--type=merge", patch]);
  }

  private run(args: readonly string[], input?: string): Promise<string> {
    const where = [`--kubeconfig=${this.kubeconfig}`, `--namespace=${this.namespace}`];
    return succeed(this.kubectl, [...args, ...where], input === undefined ? {} : { input });
  }
}
