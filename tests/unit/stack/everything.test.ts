// What the embedded control plane turns on.
import * as assert from "node:assert/strict";
import { pipelineServices } from "../../../components/video-pipeline";
import { parseConfig, readStackFile } from "../../../stacks/config";
import { withEverything } from "../../../tools/stack/everything";
import { readSettings } from "../../../tools/stack/settings";

const configured = (file: string) => parseConfig(readStackFile(withEverything(file)));
const file = "config:\n  mlops-platform:target: minikube\n";

describe("a stack on the embedded control plane", () => {
  it("has every system on, the video pipeline with all of its services included", () => {
    const { aiWorkload, crimePrediction, monitoring, vidp } = configured(file);
    assert.ok(aiWorkload.image !== undefined && crimePrediction.enabled && monitoring.enabled);
    assert.deepEqual(Object.keys(vidp.images ?? {}), [...pipelineServices]);
  });

  it("keeps what its file says itself", () => {
    const own = `${file}  mlops-platform:vidp:\n    images:\n      subtitle: registry.example.com/subtitle:2\n`;
    const { images } = configured(own).vidp;
    assert.equal(images?.subtitle, "registry.example.com/subtitle:2");
    assert.equal(images.frontend, "localhost/vidp-frontend:embedded");
  });

  it("is as its file says where that is wanted, and on any other cluster", () => {
    const home = { XDG_STATE_HOME: "/tmp/state" };
    assert.equal(readSettings(home).config.crimePrediction.enabled, true);
    assert.equal(readSettings({ ...home, AS_IS: "1" }).config.crimePrediction.enabled, false);
    assert.equal(readSettings({ ...home, CONTEXT: "minikube" }).config.crimePrediction.enabled, false);
  });
});
