// Cluster: the API server that a command works with. The embedded control plane, or a context of the user's
// kubeconfig; never whatever happens to be the current context.
import { X509Certificate } from "node:crypto";
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { isMap } from "../../stacks/config";
import { findKubectl, Kubectl } from "./kubectl";
import { capture, live, UserError } from "./process";
import { privateFolder, root, say, type Settings } from "./settings";

const EMBEDDED_CONTEXT = "mlops-embedded";

export interface Cluster {
  readonly embedded: boolean;
  /** One that this project made on this machine, with or without containers: the stand-ins of plugins work there. */
  readonly ownMake: boolean;
  /** As a person would say it. */
  readonly title: string;
  readonly kubectl: Kubectl;
  /** Has this cluster's context only, so that every part of the program and of the engine uses it. */
  readonly kubeconfig: string;
  /** Removes what was copied for this command. */
  close(): void;
}

/** The cluster, running. */
export async function openCluster(settings: Settings): Promise<Cluster> {
  return settings.context === undefined ? startEmbedded(settings) : useContext(settings, settings.context);
}

/** The cluster as it is: an embedded control plane that does not run is not started. */
export async function findCluster(settings: Settings): Promise<Cluster> {
  if (settings.context !== undefined) return useContext(settings, settings.context);
  const cluster = existsSync(embeddedKubeconfig(settings)) ? await embedded(settings) : undefined;
  if (cluster && (await cluster.kubectl.run(["get", "--raw=/readyz"])).code === 0) return cluster;
  throw new UserError(
    `The embedded control plane of stack ${settings.stack} does not run: \`make up\` starts it. ` +
      "For a cluster of your own, name its context: CONTEXT=minikube.",
  );
}

async function startEmbedded(settings: Settings): Promise<Cluster> {
  say("Starting the embedded control plane...");
  const home = controlPlaneHome(settings);
  const code = await live([CONTROL_PLANE, "start", "--target", kindsFor(settings), "--home", home], {
    onInterrupt: () => say("\nStopping the embedded control plane again..."),
  });
  if (code === 130) throw new UserError("Stopped before anything was deployed.");
  if (code !== 0) throw new UserError("The embedded control plane did not start; why is said above.");
  return embedded(settings);
}

/** What the control plane serves besides Kubernetes' own kinds: OpenShift's, or those of every other cluster. */
const kindsFor = ({ config }: Settings) => (config.target === "openshift" ? "openshift" : "minikube");

async function embedded(settings: Settings): Promise<Cluster> {
  const { controlPlane } = settings;
  const kubeconfig = embeddedKubeconfig(settings);
  return {
    embedded: true,
    ownMake: true,
    title: `the embedded control plane${controlPlane === undefined ? "" : ` in ${controlPlane}`}`,
    kubeconfig,
    kubectl: new Kubectl(await findKubectl(), {
      kubeconfig,
      context: EMBEDDED_CONTEXT,
      cache: ownCache(settings),
    }),
    close: () => undefined,
  };
}

/** Ends the embedded control plane of this stack; one that was named by hand is left alone. */
export async function stopEmbedded(settings: Settings): Promise<void> {
  const home = controlPlaneHome(settings);
  if (settings.controlPlane !== undefined || !existsSync(home)) return;
  const command = settings.reset ? "reset" : "stop";
  const { code, stderr } = await controlPlane([command, "--home", home]);
  if (code !== 0) throw new UserError(`The embedded control plane could not be stopped: ${stderr.trim()}`);
  say(settings.reset ? "Removed the embedded control plane." : "Stopped the embedded control plane.");
}

export function controlPlaneHome(settings: Settings): string {
  return settings.controlPlane ?? path.join(settings.folder, "control-plane");
}

const embeddedKubeconfig = (settings: Settings) => path.join(controlPlaneHome(settings), "kubeconfig");

/** kubectl's cache for a cluster of this project's own make, which is not to leave anything in the user's. */
const ownCache = ({ folder }: Settings) => path.join(privateFolder(folder), "kubectl");

const CONTROL_PLANE = path.join(root, "tools/control-plane/run");

function controlPlane(args: readonly string[]) {
  return capture([CONTROL_PLANE, ...args]);
}

/** One context of the user's kubeconfig, copied to where only this user can read it. */
async function useContext(settings: Settings, context: string): Promise<Cluster> {
  const program = await findKubectl();
  const user = new Kubectl(program, { kubeconfig: undefined, context });
  const { code, stdout, stderr } = await user.run(["config", "view", "--minify", "--flatten", "--raw"]);
  if (code !== 0) throw new UserError(`CONTEXT=${context}: ${stderr.trim()}\n${await knownContexts(user)}`);
  const folder = privateFolder(settings.folder);
  removeLeftCopies(folder);
  // Each command has its own, since the first one to end removes it.
  const kubeconfig = path.join(folder, `kubeconfig.${process.pid}`);
  writeFileSync(kubeconfig, stdout, { mode: 0o600 });
  chmodSync(kubeconfig, 0o600);
  const ownMake = isOwnMake(stdout);
  const cache = ownMake ? ownCache(settings) : undefined;
  return {
    embedded: false,
    ownMake,
    title: `the cluster of context ${context}`,
    kubeconfig,
    kubectl: new Kubectl(program, { kubeconfig, context, cache }),
    close: () => rmSync(kubeconfig, { force: true }),
  };
}

/** The authority that each control plane of tools/control-plane makes for itself, and nobody else. */
const AUTHORITY = "CN=mlops-platform embedded control plane";

/** Whether a kubeconfig's only cluster is such a control plane. The stand-ins see to it themselves, too. */
export function isOwnMake(kubeconfig: string): boolean {
  const content: unknown = parse(kubeconfig);
  const clusters = isMap(content) && Array.isArray(content.clusters) ? (content.clusters as unknown[]) : [];
  const [only] = clusters.length === 1 ? clusters : [];
  const cluster = isMap(only) && isMap(only.cluster) ? only.cluster : {};
  const { server, "certificate-authority-data": data } = cluster;
  if (typeof server !== "string" || typeof data !== "string") return false;
  if (!server.startsWith("https://127.0.0.1:")) return false;
  try {
    return new X509Certificate(Buffer.from(data, "base64")).subject === AUTHORITY;
  } catch {
    return false;
  }
}

/** Copies of commands that were killed. */
function removeLeftCopies(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^kubeconfig\.(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(path.join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

async function knownContexts(kubectl: Kubectl): Promise<string> {
  const { stdout } = await kubectl.run(["config", "get-contexts", "--output=name"]);
  const names = stdout.trim().split("\n").filter(Boolean);
  return names.length === 0
    ? "Your kubeconfig has no contexts."
    : `Your kubeconfig has: ${names.join(", ")}.`;
}
