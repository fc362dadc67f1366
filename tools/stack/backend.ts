// Backend: where the state is, the passphrase that its secrets are encrypted with, and a private copy of the stack's
// file. The engine writes the passphrase's salt into the file that it is given; the checkout's file stays as it is.
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseDocument } from "yaml";
import { checksum } from "../../components/network";
import { text, type PlainObject } from "../graph/values";
import { StackEngine, type Engine } from "./engine";
import { replaceFile } from "./files";
import { UserError } from "./process";
import { privateFolder, PROJECT, type Variables } from "./settings";
import { Storage } from "./storage";
import type { Deployment, StateFile } from "./state";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Backend {
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of the private copy; one for each backend, since stacks of one name may be in several. */
  readonly folder: string;
  /** Where the state is kept, if that is a folder of this machine. */
  readonly storage: string | undefined;
}

/** The backend that the usual variables name, or one of this user's own. */
export function chooseBackend(settings: Variables, environment: Environment = process.env): Backend {
  const { PULUMI_BACKEND_URL: url, PULUMI_ACCESS_TOKEN: token } = environment;
  const stack = { PULUMI_STACK: settings.stack };
  if (url !== undefined && url !== "")
    return {
      environment: { ...stack, PULUMI_BACKEND_URL: url },
      folder: `${settings.folder}-${checksum(url).slice(0, 8)}`,
      storage: localFolder(url),
    };
  if (token !== undefined && token !== "")
    return { environment: stack, folder: `${settings.folder}-cloud`, storage: undefined };
  const folder = privateFolder(path.join(settings.home, "backend"));
  // Without metadata=skip a killed engine can leave an empty file of metadata, with which the state is not readable.
  const own = { ...stack, PULUMI_BACKEND_URL: `${pathToFileURL(folder).href}?metadata=skip` };
  return {
    environment: hasPassphrase(environment)
      ? own
      : { ...own, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase(settings.home) },
    folder: settings.folder,
    storage: folder,
  };
}

/** As the engine reads it: `file://~` is the home, where `pulumi login --local` keeps states too. */
function localFolder(url: string): string | undefined {
  const full = url.replace(/^file:\/\/~(?=[/?]|$)/, pathToFileURL(homedir()).href);
  return full.startsWith("file:///") ? fileURLToPath(full) : undefined;
}

function hasPassphrase(environment: Environment): boolean {
  return (
    environment.PULUMI_CONFIG_PASSPHRASE !== undefined ||
    environment.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined
  );
}

/** A generated passphrase. The first of two runs wins: whoever comes second uses that one. */
function passphrase(home: string): string {
  const file = path.join(privateFolder(home), "passphrase");
  if (!existsSync(file)) {
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, randomBytes(32).toString("base64url"), { mode: 0o600 });
    try {
      linkSync(unfinished, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      rmSync(unfinished, { force: true });
    }
  }
  return file;
}

/** One stack in its backend. */
export class StackInBackend {
  readonly engine: StackEngine;
  /** The state's files, where the backend is a folder of this machine. */
  readonly storage: Storage | undefined;
  private readonly folder: string;

  constructor(
    private readonly settings: Variables,
    engine: Engine,
    backend: Backend,
    kubeconfig?: string,
  ) {
    this.folder = privateFolder(backend.folder);
    this.storage = backend.storage === undefined ? undefined : new Storage(backend.storage, settings.stack);
    writeFileSync(path.join(this.folder, "Pulumi.yaml"), `name: ${PROJECT}\nruntime: nodejs\n`);
    const cluster: Record<string, string> = kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig };
    this.engine = new StackEngine(engine, { ...backend.environment, ...cluster }, this.folder);
  }

  /** The state; nothing when there is no such stack. */
  async find(): Promise<StateFile | undefined> {
    const { code, stdout, stderr } = await this.engine.quiet(["stack", "export"]);
    if (code === 0) return JSON.parse(stdout) as StateFile;
    if (/no stack (named|selected)/.test(stderr)) return undefined;
    throw new UserError(`The state of stack ${this.settings.stack} cannot be read: ${stderr.trim()}`);
  }

  /** The state of a stack that has to be there. */
  async state(): Promise<StateFile> {
    const found = await this.find();
    if (found !== undefined) return found;
    const { stack } = this.settings;
    throw new UserError(
      `There is no stack ${stack} yet: \`make up${stack === "dev" ? "" : ` STACK=${stack}`}\` makes it.`,
    );
  }

  /** The state, of a new stack if there is none. */
  async open(): Promise<StateFile> {
    const found = await this.find();
    if (found !== undefined) return found;
    this.writeFile({});
    await this.engine.mustSucceed(["stack", "init", this.settings.stack, "--no-select"]);
    return this.state();
  }

  /** True when the last run on this machine did not end well, whatever it left. */
  get isUnfinished(): boolean {
    return existsSync(this.unfinishedFile);
  }

  /** Runs a command that changes the cluster; it counts as unfinished until it has succeeded. */
  async change(args: readonly string[]): Promise<number> {
    writeFileSync(this.unfinishedFile, "");
    const code = await this.engine.live(args);
    if (code === 0) this.settled();
    return code;
  }

  settled(): void {
    rmSync(this.unfinishedFile, { force: true });
  }

  /** Title of the cluster that the last command on this machine worked with, if there was one. */
  get lastCluster(): string | undefined {
    return existsSync(this.clusterFile) ? readFileSync(this.clusterFile, "utf8") : undefined;
  }

  worksWith(cluster: { readonly title: string }): void {
    writeFileSync(this.clusterFile, cluster.title);
  }

  private get clusterFile(): string {
    return path.join(this.folder, "cluster");
  }

  private get unfinishedFile(): string {
    return path.join(this.folder, "unfinished");
  }

  async save(state: StateFile): Promise<void> {
    await this.engine.mustSucceed(["stack", "import"], { input: JSON.stringify(state) });
  }

  /** Writes the private copy of the stack's file; returns the arguments that name it. */
  configArguments({ deployment }: StateFile): string[] {
    return ["--config-file", this.writeFile(deployment)];
  }

  private writeFile(deployment: Deployment): string {
    const { text, stack } = this.settings;
    const copy = path.join(this.folder, `Pulumi.${stack}.yaml`);
    replaceFile(copy, withEncryption(text, deployment));
    return copy;
  }
}

/** A stack's file that says how the state is encrypted, unless it says so itself. */
export function withEncryption(file: string, { secrets_providers: provider }: Deployment): string {
  const document = parseDocument(file);
  if (["encryptionsalt", "encryptedkey"].some((key) => document.has(key))) return file;
  for (const [key, value] of encryptionKeys(provider?.type, provider?.state ?? {}))
    if (value !== "") document.set(key, value);
  return document.toString({ lineWidth: 0 });
}

function encryptionKeys(type: string | undefined, state: PlainObject): [string, string][] {
  if (type === "passphrase") return [["encryptionsalt", text(state.salt)]];
  if (type === "cloud")
    return [
      ["secretsprovider", text(state.url)],
      ["encryptedkey", text(state.encryptedkey)],
    ];
  return [];
}
