// Models of the model registry: a pod that may reach it, as docs/security.md has it, registers one after another. What was
// acknowledged is in the pod's log, which outlives the pod's processes.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { text } from "../../../tools/graph/values";
import type { Platform } from "../../live/support/platform";
import { createPod, runPod, type OwnPod } from "../../live/support/pods";
import { at } from "../../support/services";

const PROGRAM = readFileSync(path.join(__dirname, "../../live/support/registry_client.py"), "utf8");

export class ModelWriter {
  private constructor(
    private readonly platform: Platform,
    private readonly pod: OwnPod,
  ) {}

  static async start(platform: Platform): Promise<ModelWriter> {
    const { modelRegistry } = await platform.outputs();
    const url = text(at(modelRegistry, "url"));
    // Its clients are in its own namespace: SERVICE.NAMESPACE.svc.
    const [, namespace = ""] = new URL(url).hostname.split(".");
    const writer = new ModelWriter(platform, {
      namespace,
      name: "registry-writer",
      labels: { "mlops-platform/client-of": "model-registry" },
      imageOf: "mlops/mlflow-server",
      command: ["python", "-c", PROGRAM, "write"],
      env: { REGISTRY_URL: url },
      secrets: [],
    });
    await writer.remove();
    await createPod(platform, writer.pod);
    return writer;
  }

  async acknowledged(): Promise<string[]> {
    const { name, namespace } = this.pod;
    const log = await this.platform.kubectl.text(["logs", name, `--namespace=${namespace}`]);
    return log.split("\n").filter((line) => line !== "");
  }

  /** Those that were acknowledged, and are not there. */
  async lost(): Promise<string[]> {
    const acknowledged = await this.acknowledged();
    const command = ["python", "-c", PROGRAM, "read"];
    const printed = await runPod(this.platform, { ...this.pod, name: "registry-reader", command });
    const there = new Set(printed.split("\n"));
    return acknowledged.filter((name) => !there.has(name)).map((name) => `model ${name} of the registry`);
  }

  async remove(): Promise<void> {
    const { name, namespace } = this.pod;
    await this.platform.kubectl.text([
      ...["delete", "pod", name, `--namespace=${namespace}`],
      ...["--ignore-not-found", "--force", "--grace-period=0"],
    ]);
  }
}
