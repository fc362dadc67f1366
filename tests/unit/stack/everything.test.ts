// What the embedded control plane adds to a stack.
import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { withEverything } from "../../../tools/stack/everything";
import { readSettings } from "../../../tools/stack/settings";

const HOME = { XDG_STATE_HOME: "/tmp/state" };

describe("everything", () => {
  it("is what is off until there is an image or an operator", () => {
    const added = parse(withEverything("config:\n  mlops-platform:target: minikube\n")) as unknown;
    assert.deepEqual(added, {
      config: {
        "mlops-platform:target": "minikube",
        "mlops-platform:aiWorkload": { image: "localhost/ai-workload:embedded" },
        "mlops-platform:crimePrediction": { enabled: true },
        "mlops-platform:monitoring": { enabled: true },
      },
    });
  });

  it("leaves what the stack's file says itself", () => {
    const file = "config:\n  mlops-platform:crimePrediction:\n    enabled: false\n";
    assert.match(withEverything(file), /crimePrediction:\n {4}enabled: false\n/);
  });

  it("is on without a context, unless the stack is wanted as it is", () => {
    assert.equal(readSettings(HOME).config.crimePrediction.enabled, true);
    assert.equal(readSettings({ ...HOME, AS_IS: "1" }).config.crimePrediction.enabled, false);
    assert.equal(readSettings({ ...HOME, CONTEXT: "minikube" }).config.crimePrediction.enabled, false);
  });
});
