// What the Job that installs an operator may do, and what a real API server refuses it.
import * as assert from "node:assert/strict";
import { Installations } from "./support/installations";
import type { Installer } from "./support/installer";

describe("the account that installs an operator, for real", function () {
  this.timeout(300_000);
  let operators: Installations;

  before(async function () {
    operators = await Installations.start(this);
  });

  after(() => {
    (operators as Installations | undefined)?.stop();
  });

  async function refused(installer: Installer, ...args: string[]): Promise<void> {
    const { code, output } = await installer.attempt(args);
    assert.notEqual(code, 0, output);
    assert.match(output, /forbidden/i);
  }

  const approve = (plan: string, namespace: string): string[] => [
    "patch",
    "installplans.operators.coreos.com",
    plan,
    `--namespace=${namespace}`,
    "--type=merge",
    '--patch={"spec":{"approved":true}}',
  ];

  it("cannot approve anything with automatic approval", async () => {
    const { installer, manager, first } = await operators.subscribe();
    await manager.plan("install-a", { versions: [first] });
    await refused(installer, ...approve("install-a", manager.namespace));
  });

  it("cannot approve anything in another namespace with manual approval", async () => {
    const other = await operators.subscribe();
    await other.manager.plan("install-a", { versions: [other.first] });
    const { installer, manager, first } = await operators.subscribe({ approval: "Manual" });
    await refused(installer, ...approve("install-a", other.manager.namespace));
    // What is refused there is allowed here.
    await manager.plan("install-a", { versions: [first] });
    const { code, output } = await installer.attempt(approve("install-a", manager.namespace));
    assert.equal(code, 0, output);
  });

  it("cannot read or change anything else", async () => {
    const other = await operators.subscribe();
    await other.manager.define(other.definition);
    const { installer, manager, operator } = await operators.subscribe({ approval: "Manual" });
    const here = `--namespace=${manager.namespace}`;
    const attempts = [
      ["get", "secrets", here],
      ["get", "pods", here],
      ["get", "installplans.operators.coreos.com", here],
      ["get", "clusterserviceversions.operators.coreos.com", here],
      ["get", "subscriptions.operators.coreos.com", "another", here],
      ["delete", "subscriptions.operators.coreos.com", operator.name, here],
      ["patch", "subscriptions.operators.coreos.com", operator.name, here, "--type=merge", "--patch={}"],
      ["delete", "clusterserviceversions.operators.coreos.com", "any", here],
      ["delete", "installplans.operators.coreos.com", "any", here],
      ["get", "customresourcedefinitions", other.definition],
      ["get", "customresourcedefinitions"],
      ["delete", "customresourcedefinitions", other.definition],
      [
        "get",
        "subscriptions.operators.coreos.com",
        other.operator.name,
        `--namespace=${other.operator.namespace}`,
      ],
      ["get", "configmaps", "--namespace=operators"],
      ["get", "namespaces"],
      ["create", "token", `${operator.name}-install`, "--namespace=operators"],
    ];
    for (const attempt of attempts) await refused(installer, ...attempt);
  });

  it("can do nothing but look at the kinds where an administrator installs", async () => {
    const { installer, manager, definition, operator } = await operators.subscribe({ install: false });
    await manager.define(definition);
    const { code, output } = await installer.attempt(["get", "customresourcedefinitions", definition]);
    assert.equal(code, 0, output);
    await refused(
      installer,
      "get",
      "subscriptions.operators.coreos.com",
      operator.name,
      "--namespace=default",
    );
    await refused(
      installer,
      "get",
      "clusterserviceversions.operators.coreos.com",
      "any",
      "--namespace=default",
    );
  });
});
