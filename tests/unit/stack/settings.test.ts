// What a command makes of its variables.
import * as assert from "node:assert/strict";
import { checkClusterKeys, readSettings, readVariables, withConfig } from "../../../tools/stack/settings";

const HOME = { XDG_STATE_HOME: "/tmp/state" };

describe("the settings of a stack command", () => {
  it("are the dev stack and the embedded control plane unless something else is asked for", () => {
    const { stack, context, config, folder } = readSettings(HOME);
    assert.deepEqual(
      { stack, context, target: config.target, folder },
      {
        stack: "dev",
        context: undefined,
        target: "minikube",
        folder: "/tmp/state/mlops-platform/stacks/dev",
      },
    );
  });

  it("take an empty variable, which make passes on for an unset one, for none", () => {
    const { context, controlPlane, reset } = readSettings({
      ...HOME,
      CONTEXT: "",
      CONTROL_PLANE: " ",
      RESET: "",
    });
    assert.deepEqual([context, controlPlane, reset], [undefined, undefined, false]);
  });

  it("name the stacks there are when one is asked for that is not there", () => {
    assert.throws(
      () => readSettings({ ...HOME, STACK: "staging" }),
      /STACK=staging: there is no .*dev, prod/,
    );
  });

  it("refuse a switch that is neither on nor off", () => {
    assert.throws(
      () => readSettings({ ...HOME, RESET: "yes" }),
      /RESET=yes is not allowed: RESET=1 turns it on/,
    );
  });
});

describe("the variables alone", () => {
  it("are read whatever the configuration says, so that it can be mended", () => {
    const variables = readVariables(HOME);
    const wrong = variables.text.replace("mlops-platform:target: minikube", "mlops-platform:target: moon");
    assert.ok(!("config" in variables));
    assert.throws(() => withConfig({ ...variables, text: wrong }), /target/);
  });
});

describe("a stack's file that names a cluster itself", () => {
  const file = "config:\n  kubernetes:context: minikube\n";

  it("agrees with the same CONTEXT", () => {
    checkClusterKeys("Pulumi.dev.yaml", file, "minikube");
  });

  it("is refused with another CONTEXT, and both are named", () => {
    assert.throws(
      () => checkClusterKeys("Pulumi.dev.yaml", file, "kind"),
      /sets kubernetes:context, and this command uses CONTEXT=kind.*CONTEXT=minikube/,
    );
  });

  it("is refused for the embedded control plane", () => {
    assert.throws(() => checkClusterKeys("Pulumi.dev.yaml", file, undefined), /the embedded control plane/);
  });

  it("is refused when it gives a kubeconfig, which CONTEXT does not replace", () => {
    const kubeconfig = "config:\n  kubernetes:kubeconfig: ~/.kube/other\n";
    assert.throws(() => checkClusterKeys("Pulumi.dev.yaml", kubeconfig, "minikube"), /take the key out/);
  });

  it("may be empty", () => {
    checkClusterKeys("Pulumi.dev.yaml", "", undefined);
  });
});
