// Engine: finds the Pulumi CLI and the provider plugins, or builds what can be built, and runs it on one stack.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import * as path from "node:path";
import type { Plain } from "../graph/values";
import {
  capture,
  live,
  onPath,
  output,
  UserError,
  type Ended,
  type LiveOptions,
  type RunOptions,
} from "./process";
import type { Cluster } from "./cluster";
import { privateFolder, root, say, type Settings } from "./settings";

/** Another CLI of the same major version may be newer, not older: it has to know what the SDK asks for. */
export function isRightVersion(version: string, needed: string): boolean {
  const parse = (text: string) => /^v?(\d+)\.(\d+)\.(\d+)/.exec(text.trim())?.slice(1).map(Number);
  const [have, need] = [parse(version), parse(needed)];
  if (have === undefined || need === undefined) return false;
  const [major = 0, minor = 0, patch = 0] = have;
  const [needMajor = 0, needMinor = 0, needPatch = 0] = need;
  return major === needMajor && (minor > needMinor || (minor === needMinor && patch >= needPatch));
}

/** The versions that package.json pins, by package: the CLI and the plugins belong to them. */
function pinned(): Record<"pulumi" | (typeof PROVIDERS)[number], string> {
  const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const version = (name: string): string => dependencies[`@pulumi/${name}`] ?? "";
  return {
    pulumi: version("pulumi"),
    kubernetes: version("kubernetes"),
    random: version("random"),
    tls: version("tls"),
  };
}

const PROVIDERS = ["kubernetes", "random", "tls"] as const;

const INSTALL_PULUMI = "install the Pulumi CLI (https://www.pulumi.com/docs/install/)";

export interface Engine {
  readonly pulumi: string;
  /** What the CLI needs to find its plugins. */
  readonly environment: Readonly<Record<string, string>>;
  /** True where this project's development stand-ins take the place of the official provider plugins. */
  readonly standIns: boolean;
}

const ALWAYS = { PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_SUPPRESS_NEO_LINK: "true" };

/** The CLI, for what needs no plugins. */
export async function findCli(): Promise<Engine> {
  const { pulumi } = await findPulumi();
  return { pulumi, environment: ALWAYS, standIns: false };
}

/** The CLI with its plugins. Only clusters of this project's own make may be used with stand-ins. */
export async function findEngine(settings: Settings, cluster: Pick<Cluster, "ownMake">): Promise<Engine> {
  const { pulumi, host } = await findPulumi();
  const missing = await missingPlugins(pulumi);
  const official: Engine = {
    pulumi,
    environment: host === undefined ? ALWAYS : withHost(host),
    standIns: false,
  };
  if (missing.length === 0) return official;

  if (!cluster.ownMake || host === undefined) {
    const failure = await install(pulumi, missing);
    if (failure === undefined) return official;
    if (!cluster.ownMake)
      throw new UserError(
        `The official provider plugins are needed for CONTEXT=${settings.context}, and cannot be downloaded here ` +
          `(${failure}). On a machine that reaches them:\n${missing.map((plugin) => `  pulumi plugin install ${plugin.join(" ")}`).join("\n")}\n` +
          "and copy ~/.pulumi/plugins here. Without CONTEXT, `make up` uses the embedded control plane, which needs none of them.",
      );
  }
  return { pulumi, environment: await withStandIns(settings, host), standIns: true };
}

/** The official CLI where there is one; otherwise one built from its Go module, with its language host. */
async function findPulumi(): Promise<{ pulumi: string; host?: string }> {
  const needed = pinned().pulumi;
  const found = onPath("pulumi");
  const version = found && (await capture([found, "version"], { env: ALWAYS })).stdout.trim();
  if (found !== undefined && version !== undefined && isRightVersion(version, needed))
    return { pulumi: found };
  if (onPath("go") === undefined) {
    const has =
      found === undefined ? "There is no Pulumi CLI" : `The Pulumi CLI is ${version}, older than ${needed},`;
    throw new UserError(
      `${has} and no Go to build one: ${INSTALL_PULUMI}, version ${needed} or newer 3.x; or install Go (https://go.dev).`,
    );
  }
  const [pulumi = "", host = ""] = await ensure("pulumi", "pulumi-language-nodejs");
  return { pulumi, host };
}

async function ensure(...programs: string[]): Promise<string[]> {
  const printed = await output([path.join(root, "tools/toolchain/ensure"), ...programs], { stderr: "live" });
  return printed.trim().split("\n");
}

/** `pulumi plugin install` takes these words. */
type PluginName = readonly ["resource", string, string];

async function missingPlugins(pulumi: string): Promise<PluginName[]> {
  const versions = pinned();
  const { stdout } = await capture([pulumi, "plugin", "ls", "--json"], { env: ALWAYS });
  const installed = JSON.parse(stdout.trim() || "[]") as { name: string; kind: string; version: string }[];
  return PROVIDERS.filter(
    (name) =>
      !installed.some(
        (plugin) => plugin.kind === "resource" && plugin.name === name && plugin.version === versions[name],
      ),
  ).map((name) => ["resource", name, versions[name]]);
}

/** Downloads what is missing; returns the reason when that does not work. */
async function install(pulumi: string, missing: readonly PluginName[]): Promise<string | undefined> {
  for (const plugin of missing) {
    say(`Downloading the provider plugin ${plugin[1]} ${plugin[2]}...`);
    const { code, stderr } = await capture([pulumi, "plugin", "install", ...plugin], { env: ALWAYS });
    if (code !== 0) return stderr.trim().split("\n").at(-1);
  }
  return undefined;
}

/**
 * Puts the stand-ins where the engine looks for installed plugins: in a Pulumi home of their own, so that nothing else
 * on this machine ever finds them.
 */
async function withStandIns(settings: Settings, host: string | undefined): Promise<Record<string, string>> {
  const versions = pinned();
  const programs = await ensure(...PROVIDERS.map((name) => `pulumi-resource-${name}`));
  const home = privateFolder(path.join(settings.home, "pulumi"));
  PROVIDERS.forEach((name, at) => link(home, `resource-${name}-v${versions[name]}`, programs[at] ?? ""));
  if (host !== undefined) link(home, `language-nodejs-v${versions.pulumi}`, host);
  return { ...ALWAYS, PULUMI_HOME: home, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };
}

function withHost(host: string): Record<string, string> {
  return { ...ALWAYS, PATH: `${path.dirname(host)}${path.delimiter}${process.env.PATH ?? ""}` };
}

/** Replaces a link at once, since another run may be using it. */
function link(home: string, plugin: string, program: string): void {
  const folder = path.join(home, "plugins", plugin);
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const unfinished = path.join(folder, `.${process.pid}`);
  rmSync(unfinished, { force: true });
  symlinkSync(program, unfinished);
  renameSync(unfinished, path.join(folder, path.basename(program)));
}

/** The engine on one stack: its commands with the right backend, file and cluster. */
export class StackEngine {
  private wasInterrupted = false;

  constructor(
    private readonly engine: Engine,
    private readonly environment: Readonly<Record<string, string>>,
    /** Where commands run that need no program: it has a Pulumi.yaml of its own. */
    private readonly folder: string,
  ) {}

  /** True after the person at the terminal asked a live command to stop. */
  get interrupted(): boolean {
    return this.wasInterrupted;
  }

  /** Runs a command that does not run the program. */
  quiet(args: readonly string[], options: Pick<RunOptions, "input"> = {}): Promise<Ended> {
    return capture([this.engine.pulumi, "-C", this.folder, "--non-interactive", ...args], {
      ...options,
      env: this.fullEnvironment(),
    });
  }

  /** The same for one that has to succeed; returns what it printed. */
  async mustSucceed(args: readonly string[], options: Pick<RunOptions, "input"> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.quiet(args, options);
    if (code === 0) return stdout;
    throw new UserError(`\`pulumi ${args.slice(0, 2).join(" ")}\` failed: ${(stderr || stdout).trim()}`);
  }

  /** Runs a command at the terminal, in the checkout, and returns its exit code. */
  live(args: readonly string[], options: Pick<LiveOptions, "readsInput"> = {}): Promise<number> {
    return live([this.engine.pulumi, "-C", root, ...args], {
      ...options,
      env: this.fullEnvironment(),
      onInterrupt: (count) => {
        this.wasInterrupted = true;
        say(
          count === 1
            ? "\nStopping: the engine finishes what it has begun. (Once more: stop at once.)"
            : "\nStopping at once.",
        );
      },
    });
  }

  /** Parsed output of a command that prints JSON. */
  async json(args: readonly string[]): Promise<Plain> {
    return JSON.parse(await this.mustSucceed(args)) as Plain;
  }

  private fullEnvironment(): Record<string, string> {
    return { ...this.engine.environment, ...this.environment };
  }
}
