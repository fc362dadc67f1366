// Operators to install in a test, on a real API server that has the Lifecycle Manager's kinds: each test gets one of its
// own, with everything that the component makes for it.
import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { GLOBAL_NAMESPACE, type OperatorArgs, type OperatorPackage } from "../../../components/operators";
import { toolsOrSkip } from "../../support/tools";
import { ControlPlane, controlPlanePrograms } from "./control-plane";
import { Installer, type InstallerRun, type Outcome } from "./installer";
import { lifecycleDefinitions, LifecycleManager } from "./lifecycle-manager";

/** An operator that is subscribed to, and what a test does with it. */
export interface Installation {
  readonly operator: OperatorPackage;
  /** The kind that it brings. */
  readonly definition: string;
  /** Its pinned version. */
  readonly first: string;
  /** The one after that. */
  readonly second: string;
  readonly installer: Installer;
  readonly manager: LifecycleManager;
}

type Wish = Pick<Partial<OperatorArgs>, "approval" | "install" | "together"> & Partial<OperatorPackage>;

export class Installations {
  private count = 0;

  static async start(suite: Mocha.Context): Promise<Installations> {
    const [kubectl = ""] = await toolsOrSkip(suite, "kubectl", ...controlPlanePrograms);
    const plane = await ControlPlane.start(kubectl);
    for (const file of lifecycleDefinitions()) await plane.apply(file);
    await plane.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: GLOBAL_NAMESPACE } }]);
    return new Installations(kubectl, plane);
  }

  private constructor(
    private readonly kubectl: string,
    private readonly plane: ControlPlane,
  ) {}

  async subscribe({ approval, install, together, ...wanted }: Wish = {}): Promise<Installation> {
    const name = `example-operator-${++this.count}`;
    const definition = `widgets${this.count}.example.com`;
    const [first, second] = [`${name}.v1.0.0`, `${name}.v1.1.0`];
    const operator: OperatorPackage = {
      name,
      channel: "stable-1",
      source: "examples",
      sourceNamespace: "catalogs",
      namespace: `${name}-home`,
      version: first,
      definitions: [definition],
      ...wanted,
    };
    const installer = await this.installer({ package: operator, approval, install, together });
    const manager = new LifecycleManager(this.kubectl, this.plane.kubeconfig, operator.namespace, name);
    return { operator, definition, first, second, installer, manager };
  }

  /** Another one for the same operator. */
  installer(args: Pick<OperatorArgs, "package" | "approval" | "install" | "together">): Promise<Installer> {
    return Installer.deploy(this.kubectl, this.plane, args);
  }

  /** A line of shell that has an administrator do something. */
  asAdministrator(args: string): string {
    return `'${this.kubectl}' --kubeconfig='${this.plane.kubeconfig}' ${args}`;
  }

  stop(): void {
    this.plane.stop();
  }
}

export async function succeeds(installer: Installer, options: InstallerRun = {}): Promise<Outcome> {
  const outcome = await installer.run(options);
  assert.equal(outcome.code, 0, outcome.output);
  assert.equal(outcome.terminationMessage, "");
  return outcome;
}

/** It fails, and what it says ends up in the pod's status, where the deployment finds it. */
export async function fails(
  installer: Installer,
  options: InstallerRun,
  ...sentences: RegExp[]
): Promise<Outcome> {
  const outcome = await installer.run(options);
  assert.equal(outcome.code, 1, outcome.output);
  for (const sentence of sentences) assert.match(outcome.terminationMessage, sentence);
  assert.ok(outcome.stderr.includes(outcome.terminationMessage));
  return outcome;
}

/** Does what a test says while the script waits; `stillWaits` fails as soon as it does not. */
export async function meanwhile(
  running: Promise<Outcome>,
  happens: (stillWaits: () => Promise<void>) => Promise<void>,
): Promise<Outcome> {
  let ended: Outcome | undefined;
  const end = running.then((outcome) => {
    ended = outcome;
    return outcome;
  });
  // A failure is reported by whoever waits for the end, however early it came.
  end.catch(() => undefined);
  await happens(async () => {
    await delay(600);
    assert.equal(ended, undefined, ended?.output);
  });
  return end;
}
