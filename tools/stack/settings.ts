// Settings: what a command is about, from the variables that `make` passes on, and where its files are.
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { ConfigError, parseConfig, readStackFile, type StackConfig } from "../../stacks/config";
import { stacksIn } from "../render/options";
import { withEverything } from "./everything";
import { withOverlay } from "./overlay";
import { UserError } from "./process";

export const root = path.resolve(__dirname, "../..");

export const PROJECT = "mlops-platform";

export interface Settings {
  readonly stack: string;
  /** The stack's file in the checkout, as it is now. */
  readonly file: string;
  /** A file in the same format that is merged over it, with what is different this time. */
  readonly overlay: string | undefined;
  /** The text of both, with what the embedded control plane adds. */
  readonly text: string;
  readonly config: StackConfig;
  /** The context of the user's kubeconfig that was asked for; none means the embedded control plane. */
  readonly context: string | undefined;
  /** An embedded control plane elsewhere than in this stack's own folder. */
  readonly controlPlane: string | undefined;
  readonly asJson: boolean;
  readonly reset: boolean;
  /** Look at every object first: what somebody changed or deleted meanwhile is put right. */
  readonly refresh: boolean;
  readonly force: boolean;
  /** What belongs to this user, for every stack. */
  readonly home: string;
  /** What belongs to this stack. */
  readonly folder: string;
}

/** Settings without the configuration: enough for what does not deploy, such as mending that configuration. */
export type Variables = Omit<Settings, "config">;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and checks the variables, and the stack's configuration with them. */
export function readSettings(environment: Environment = process.env): Settings {
  return withConfig(readVariables(environment));
}

export function withConfig(variables: Variables): Settings {
  return { ...variables, config: parseConfig(readStackFile(variables.text)) };
}

export function readVariables(environment: Environment = process.env): Variables {
  const stack = given(environment, "STACK") ?? "dev";
  const known = stacksIn(root);
  if (!known.includes(stack))
    throw new UserError(
      `STACK=${stack}: there is no Pulumi.${stack}.yaml. The stacks are: ${known.join(", ")}.`,
    );
  const file = path.join(root, `Pulumi.${stack}.yaml`);
  const context = given(environment, "CONTEXT");
  const own = readFileSync(file, "utf8");
  checkClusterKeys(path.basename(file), own, context);
  const overlay = given(environment, "CONFIG");
  const over = overlay === undefined ? "" : readOverlay(overlay);
  checkClusterKeys(`CONFIG=${overlay}`, over, context);
  const text = overlay === undefined ? own : withOverlay(own, over);
  const asIs = context !== undefined || flag(environment, "AS_IS");
  const home = stateHome(environment);
  return {
    stack,
    file,
    overlay,
    text: asIs ? text : withEverything(text),
    context,
    controlPlane: given(environment, "CONTROL_PLANE"),
    asJson: flag(environment, "JSON"),
    reset: flag(environment, "RESET"),
    refresh: flag(environment, "REFRESH"),
    force: flag(environment, "FORCE"),
    home,
    folder: path.join(home, "stacks", stack),
  };
}

/** The text of the file of CONFIG. What is wrong with its form is said of it, and not of the stack's own. */
function readOverlay(file: string): string {
  if (!existsSync(file) || !statSync(file).isFile())
    throw new UserError(
      `CONFIG=${file}: there is no such file. It is one in the format of Pulumi.<stack>.yaml, with the settings that ` +
        `differ this time; its path is relative to ${process.cwd()}.`,
    );
  const text = readFileSync(file, "utf8");
  try {
    readStackFile(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const reasons = error.problems.map(({ message }) => message).join("; ");
    throw new UserError(`CONFIG=${file} ${reasons}. Correct it as a Pulumi.<stack>.yaml would be.`);
  }
  return text;
}

function given(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
}

function flag(environment: Environment, name: string): boolean {
  const value = given(environment, name);
  if (value === undefined || value === "0") return false;
  if (value === "1") return true;
  throw new UserError(
    `${name}=${value} is not allowed: ${name}=1 turns it on, and leaving it out turns it off.`,
  );
}

/** Where programs keep what they remember, by the XDG convention. */
function stateHome(environment: Environment): string {
  const state = given(environment, "XDG_STATE_HOME") ?? path.join(os.homedir(), ".local", "state");
  return path.join(path.resolve(state), PROJECT);
}

const CLUSTER_KEYS = ["kubeconfig", "context", "cluster"].map((key) => `kubernetes:${key}`);

/** The stack's file may name a cluster too. Two answers to the same question are one too many. */
export function checkClusterKeys(file: string, text: string, context: string | undefined): void {
  const document = parse(text) as { config?: Record<string, unknown> } | null;
  const config = document?.config ?? {};
  const key = CLUSTER_KEYS.find((candidate) => config[candidate] !== undefined);
  if (key === undefined || (key === "kubernetes:context" && config[key] === context)) return;
  const fix = `take the key out of ${file}`;
  const own = key === "kubernetes:context" ? `, or run the command with CONTEXT=${String(config[key])}` : "";
  const chosen =
    context === undefined ? "the embedded control plane, since no CONTEXT is given" : `CONTEXT=${context}`;
  throw new UserError(`${file} sets ${key}, and this command uses ${chosen}: ${fix}${own}.`);
}

/** A folder that nobody else can look into. */
export function privateFolder(folder: string): string {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Says what happens, apart from what a command returns on its standard output. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
