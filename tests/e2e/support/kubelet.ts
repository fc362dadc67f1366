// Plays the kubelet for Jobs whose scripts are to run for real on a control plane that runs no container. Pods with an
// image of `waits.invalid` stay running there until somebody says how they ended: this runs their command on this machine,
// with the files, the variables and the token that the pod asks for, and reports what a kubelet would.
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { scratch, start } from "../../support/processes";
import type { Cluster } from "./cluster";
import { ended } from "../../support/waiting";

/** For `images.*`: an image whose pods wait for this. */
export const WAITING_IMAGE = "waits.invalid/cli:1";

/** What a kubelet takes of a failed container's output as its message. */
const MESSAGE = { bytes: 2048, lines: 80 };

/** How long nothing but errors may come from a control plane that is not away. */
const PATIENCE_MILLISECONDS = 60_000;

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly emptyDir?: object;
  readonly projected?: {
    readonly sources: readonly { readonly serviceAccountToken?: { readonly path: string } }[];
  };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly containers: readonly {
      readonly name: string;
      readonly image: string;
      readonly command: readonly string[];
      readonly args?: readonly string[];
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
      readonly terminationMessagePolicy?: string;
    }[];
    readonly volumes?: readonly Volume[];
  };
}

/** How a container ended. */
export interface Ending {
  readonly pod: string;
  readonly code: number;
  readonly message: string;
  readonly output: string;
}

export class Kubelet {
  /** Every container that has ended, the first one first. */
  readonly endings: Ending[] = [];
  private readonly running = new Map<string, { readonly stop: () => void; readonly end: Promise<void> }>();
  private readonly watching: Promise<void>;
  private stopped = false;
  private failure: Error | undefined;

  /**
   * `variables` replace those of the pods: what a test is not to wait for.
   * `kubectl` is the one in their image.
   */
  constructor(
    private readonly cluster: Cluster,
    private readonly kubectl: string,
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {
    this.watching = this.watch();
  }

  /** Ends what still runs; what went wrong in between is thrown here. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.watching;
    for (const { stop } of this.running.values()) stop();
    await Promise.all([...this.running.values()].map(({ end }) => end));
    if (this.failure !== undefined) throw this.failure;
  }

  private async watch(): Promise<void> {
    let looked = Date.now();
    while (!this.stopped && this.failure === undefined) {
      try {
        await this.look();
        looked = Date.now();
      } catch (error) {
        // Between two commands the control plane may be away, and one that starts may answer anything.
        const isAway = /refused|EOF|no such file|does not exist/.test(String(error));
        if (isAway) looked = Date.now();
        else if (Date.now() - looked > PATIENCE_MILLISECONDS) this.fail(error);
      }
      await delay(300);
    }
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }

  /** Takes up new pods, and ends those that are to go. */
  private async look(): Promise<void> {
    const printed = await this.cluster.run([
      ...["get", "pods", "--all-namespaces", "--output=json"],
      "--field-selector=status.phase=Running",
    ]);
    const pods = (JSON.parse(printed) as { items: Pod[] }).items.filter(({ spec }) =>
      spec.containers.every(({ image }) => image.startsWith("waits.invalid/")),
    );
    const present = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const [uid, { stop }] of this.running) if (!present.has(uid)) stop();
    for (const pod of pods) if (!this.running.has(pod.metadata.uid)) this.take(pod);
  }

  private take(pod: Pod): void {
    let stop = (): void => undefined;
    const end = this.runPod(pod, (kill) => {
      stop = kill;
    }).catch((error: unknown) => this.fail(error));
    this.running.set(pod.metadata.uid, { stop: () => stop(), end });
  }

  private async runPod(pod: Pod, began: (kill: () => void) => void): Promise<void> {
    const [container, ...others] = pod.spec.containers;
    if (container === undefined || others.length > 0) {
      throw new Error(`${pod.metadata.name} has ${pod.spec.containers.length} containers; one is expected`);
    }
    const folder = scratch("kubelet");
    const places = await this.mount(pod, container.volumeMounts ?? [], folder);
    const log = path.join(folder, "termination-log");
    const env = Object.fromEntries(
      (container.env ?? []).map(({ name, value }) => [name, relocated(value ?? "", places)]),
    );
    const [program = "", ...args] = [...container.command, ...(container.args ?? [])].map((word) =>
      relocated(word, places),
    );
    const child = start(program, args, {
      env: {
        PATH: `${path.dirname(this.kubectl)}:${process.env.PATH ?? ""}`,
        ...env,
        CREDENTIALS_DIR: places["/credentials/api"],
        AUTHORITY_DIR: places["/authority"],
        API_SERVER: await this.cluster.run([
          ...["config", "view", "--output=jsonpath={.clusters[0].cluster.server}"],
        ]),
        TERMINATION_LOG: log,
        ...this.variables,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    began(() => void child.kill("SIGTERM"));
    const { code, output } = await ended(child).result;
    const told = fs.existsSync(log) ? fs.readFileSync(log, "utf8") : "";
    const message =
      told === "" && code !== 0 && container.terminationMessagePolicy === "FallbackToLogsOnError"
        ? tail(output)
        : told;
    this.endings.push({ pod: pod.metadata.name, code, message, output });
    await this.report(pod, container, code, message);
  }

  /** Puts what the pod mounts below the folder; says where what would be at a path is. */
  private async mount(
    { metadata, spec }: Pod,
    mounts: readonly { readonly name: string; readonly mountPath: string }[],
    folder: string,
  ): Promise<Record<string, string>> {
    const places: Record<string, string> = {};
    for (const { name, mountPath } of mounts) {
      const place = path.join(folder, "mounts", mountPath);
      fs.mkdirSync(place, { recursive: true });
      places[mountPath] = place;
      const volume = spec.volumes?.find((each) => each.name === name);
      const files = await this.files(metadata, spec.serviceAccountName, volume);
      for (const [file, content] of Object.entries(files))
        fs.writeFileSync(path.join(place, file), content, { mode: 0o600 });
    }
    return places;
  }

  private async files(
    { name: pod, namespace, uid }: Pod["metadata"],
    account: string,
    volume: Volume | undefined,
  ): Promise<Readonly<Record<string, string>>> {
    if (volume?.emptyDir !== undefined) return {};
    if (volume?.configMap !== undefined) {
      return (await this.cluster.get("configmap", namespace, volume.configMap.name)).data ?? {};
    }
    const token = volume?.projected?.sources[0]?.serviceAccountToken;
    if (token === undefined)
      throw new Error(`${pod} mounts what this does not know: ${JSON.stringify(volume)}`);
    const printed = await this.cluster.run([
      ...["create", "token", account, `--namespace=${namespace}`],
      ...["--bound-object-kind=Pod", `--bound-object-name=${pod}`, `--bound-object-uid=${uid}`],
    ]);
    return { [token.path]: printed.trim() };
  }

  private async report(
    { metadata }: Pod,
    { name, image }: { readonly name: string; readonly image: string },
    exitCode: number,
    message: string,
  ): Promise<void> {
    const now = new Date().toISOString();
    const reason = exitCode === 0 ? "Completed" : "Error";
    const status = {
      phase: exitCode === 0 ? "Succeeded" : "Failed",
      containerStatuses: [
        {
          ...{ name, image, imageID: image, ready: false, started: false, restartCount: 0 },
          state: { terminated: { exitCode, reason, message, startedAt: now, finishedAt: now } },
        },
      ],
    };
    const { code, output } = await this.cluster.try([
      ...["patch", "pod", metadata.name, `--namespace=${metadata.namespace}`, "--subresource=status"],
      ...["--type=merge", `--patch=${JSON.stringify({ status })}`],
    ]);
    // A pod that was deleted meanwhile needs no report.
    if (code !== 0 && !/not found/i.test(output)) throw new Error(output);
  }
}

/** A path of the container as it is on this machine; anything else as it is. */
function relocated(word: string, places: Readonly<Record<string, string>>): string {
  for (const [mountPath, place] of Object.entries(places)) {
    if (word === mountPath || word.startsWith(`${mountPath}/`)) return place + word.slice(mountPath.length);
  }
  return word;
}

function tail(output: string): string {
  const lines = output.trimEnd().split("\n").slice(-MESSAGE.lines).join("\n");
  return Buffer.from(lines).subarray(-MESSAGE.bytes).toString("utf8");
}
