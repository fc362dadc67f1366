// An embedded control plane for a test, and what is applied to it.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { succeed } from "../../support/processes";

const command = path.resolve(__dirname, "../../../tools/control-plane/run");

/** What `ControlPlane.start` takes, besides itself. */
export const controlPlanePrograms = [
  "control-plane",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
];

export class ControlPlane {
  static async start(kubectl: string): Promise<ControlPlane> {
    // Not a scratch folder: those are removed before what runs in this one could be ended.
    const home = fs.mkdtempSync(path.join(os.tmpdir(), "mlops-platform-control-plane-"));
    const plane = new ControlPlane(kubectl, home);
    process.once("exit", plane.remove);
    await succeed(command, ["start", "--home", home]);
    return plane;
  }

  private constructor(
    private readonly kubectl: string,
    private readonly home: string,
  ) {}

  get kubeconfig(): string {
    return path.join(this.home, "kubeconfig");
  }

  /** Applies objects, or a file of them. Definitions that are there already give way. */
  async apply(objects: readonly object[] | string): Promise<void> {
    const [file, input] =
      typeof objects === "string"
        ? [objects, ""]
        : ["-", JSON.stringify({ apiVersion: "v1", kind: "List", items: objects })];
    await succeed(
      this.kubectl,
      [
        "apply",
        "--server-side",
        "--force-conflicts",
        `--kubeconfig=${this.kubeconfig}`,
        `--filename=${file}`,
      ],
      { input },
    );
  }

  stop(): void {
    process.off("exit", this.remove);
    this.remove();
  }

  private readonly remove = (): void => {
    spawnSync(command, ["reset", "--home", this.home], { stdio: ["ignore", "ignore", "inherit"] });
    fs.rmSync(this.home, { recursive: true, force: true });
  };
}
