// Machine: the single-node Kubernetes of tools/control-plane, in namespaces of its own.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { findKubectl, Kubectl } from "../stack/kubectl";
import { capture, live, UserError, type Ended } from "../stack/process";
import { root, say } from "../stack/settings";
import type { Home } from "./home";

export const CONTEXT = "mlops-live";

const CONTROL_PLANE = path.join(root, "tools/control-plane/run");
const ENSURE = path.join(root, "tools/toolchain/ensure");

const MINIKUBE = [
  "  minikube start --cpus 4 --memory 8g --cni calico --addons ingress,metrics-server",
  "  make up CONTEXT=minikube",
].join("\n");

/** Why a live machine can neither be made nor be looked after here, and what does the same; nothing where it can. */
export function wrongPlace(platform = process.platform, uid = process.getuid?.()): string | undefined {
  if (platform !== "linux")
    return `A live machine is made of Linux's namespaces, and this is ${platform}. minikube does the same here:\n${MINIKUBE}`;
  if (uid !== 0)
    return `A live machine is made of Linux's namespaces, which takes root: run it as root. As another user, use minikube:\n${MINIKUBE}`;
  return undefined;
}

/** Why none can be made here, and what does the same. The machine itself is asked, which tries what it needs. */
export async function whyNot(
  platform = process.platform,
  uid = process.getuid?.(),
  check: () => Promise<Pick<Ended, "code" | "stderr">> = checkOfMachine,
): Promise<string | undefined> {
  const place = wrongPlace(platform, uid);
  if (place !== undefined) return place;
  const { code, stderr } = await check();
  return code === 0 ? undefined : `${stderr.trim()}\nWith minikube:\n${MINIKUBE}`;
}

async function checkOfMachine(): Promise<Pick<Ended, "code" | "stderr">> {
  // Built when it is asked first, which is for whoever waits to see, and not a part of its answer.
  const { code } = await capture([ENSURE, "control-plane"], { stderr: "live" });
  if (code !== 0)
    return { code, stderr: "There is no program control-plane to make a machine with; why is said above." };
  return capture([CONTROL_PLANE, "check"]);
}

/** Ports of 127.0.0.1 that lead into the machine. */
export interface Ports {
  readonly http: number;
  readonly https: number;
}

export interface Entering {
  readonly pod?: string;
  /** Given to the program as its standard input. */
  readonly input?: string;
}

export class Machine {
  private client: Promise<Kubectl> | undefined;

  constructor(readonly home: Home) {}

  get kubeconfig(): string {
    return path.join(this.home.machine, "kubeconfig");
  }

  /** Brings up what does not run; in the end its node is ready. */
  async start(): Promise<void> {
    await this.run("start", ["--nodes", "real"], "The machine did not start; why is said above.");
  }

  /** Ends it, and keeps its data. */
  async stop(): Promise<void> {
    await this.run("stop", [], "The machine could not be stopped; why is said above.");
  }

  /** Ends it, and removes every trace of it; one that was never started, or that was removed, left none. */
  async reset(): Promise<void> {
    if (!this.home.wasStarted) return;
    await this.run("reset", [], "The machine could not be removed; why is said above.");
  }

  /** Shows its processes; false when one of them is not well. */
  async status(): Promise<boolean> {
    return (await live(this.command("status"), { onInterrupt: () => undefined })) === 0;
  }

  async load(archives: readonly string[]): Promise<void> {
    await this.run("load", archives, "The images could not be loaded; why is said above.");
  }

  /** Runs a program of the host in the machine's network, or in that of a pod: `namespace/name`. */
  enter(command: readonly string[], { pod, input }: Entering = {}): Promise<Ended> {
    const where = pod === undefined ? [] : ["--pod", pod];
    return capture([...this.command("enter"), ...where, "--", ...command], { input });
  }

  kubectl(): Promise<Kubectl> {
    const access = {
      kubeconfig: this.kubeconfig,
      context: CONTEXT,
      cache: path.join(this.home.state, "kubectl"),
    };
    this.client ??= findKubectl().then((program) => new Kubectl(program, access));
    return this.client;
  }

  ports(): Ports {
    const { ports } = JSON.parse(readFileSync(this.home.machineSettings, "utf8")) as { ports: Ports };
    return ports;
  }

  private async run(command: string, args: readonly string[], failure: string): Promise<void> {
    const code = await live([...this.command(command), ...args], {
      stdout: "stderr",
      onInterrupt: () => say("\nStopping in good order..."),
    });
    if (code === 130) throw new Stopped();
    if (code !== 0) throw new UserError(failure);
  }

  private command(name: string): string[] {
    return [CONTROL_PLANE, name, "--home", this.home.machine];
  }
}

/** The person at the terminal said so. */
export class Stopped extends UserError {
  constructor() {
    super("Stopped. `make live` goes on from here, `make live-down` removes what there is.");
  }
}
