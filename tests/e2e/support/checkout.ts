// A checkout of its own for end-to-end tests: the project's files, a home, and an embedded control plane that stays up
// between commands. What a test changes, it changes there; commands are the ones behind `make`.
import * as assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { parseDocument } from "yaml";
import type { StateFile } from "../../../tools/stack/state";
import { run, type Result, start } from "../../support/processes";
import { toolsOrSkip } from "../../support/tools";
import { Cluster } from "./cluster";
import { Kubelet } from "./kubelet";
import { descendants, ended, killAll, runs, startedWith } from "../../support/waiting";

const root = path.resolve(__dirname, "../../..");

/** What the program and its commands consist of. Folders without TypeScript need no copy. */
const COPIED = ["index.ts", "package.json", "tsconfig.json", "components", "stacks", "scripts", "examples"];
const COPIED_TOOLS = ["graph", "render", "stack", "verify"];
const LINKED = ["node_modules", "tools/control-plane", "tools/plugins", "tools/toolchain"];

/** Everything that a command builds or starts. */
const PROGRAMS = [
  "kubectl",
  "control-plane",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "pulumi",
  "pulumi-language-nodejs",
  "pulumi-resource-kubernetes",
  "pulumi-resource-random",
  "pulumi-resource-tls",
];

/** Variables that would point a command at something of the person who runs the tests. */
const FOREIGN =
  /^(PULUMI_|KUBECONFIG$|STACK$|CONTEXT$|CONTROL_PLANE$|JSON$|RESET$|REFRESH$|FORCE$|AS_IS$|ARGS$|MAKE)/;

/** Those that are in use. */
const opened = new Set<Checkout>();

/** For an `after` hook, whether or not its `before` hook got as far as a checkout. */
export function closeCheckouts(): void {
  for (const checkout of opened) checkout.close();
}
process.once("exit", closeCheckouts);
process.once("SIGINT", () => process.exit(130));

export class Checkout {
  // Not a scratch folder: those are removed at the end of the process, before the control plane in it could be ended.
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "mlops-platform-e2e-"));
  readonly plane = path.join(this.folder, "control-plane");
  readonly cluster: Cluster;
  private readonly stateHome = path.join(this.folder, "state");
  private readonly state = path.join(this.stateHome, "mlops-platform");
  private readonly program = path.join(this.folder, "checkout");

  /** Deploys a stack's file as it is, without what the embedded control plane turns on besides. */
  private asIs = false;

  private constructor(
    private readonly kubectl: string,
    private readonly pulumi: string,
  ) {
    this.cluster = new Cluster(kubectl, path.join(this.plane, "kubeconfig"));
    copyProject(this.program);
    opened.add(this);
  }

  /** For a `before` hook: where a program cannot be had, the suite is skipped, or fails with CI=true. */
  static async make(suite: Mocha.Context): Promise<Checkout> {
    return Checkout.with(await toolsOrSkip(suite, ...PROGRAMS));
  }

  /** The same outside of mocha. */
  static async open(): Promise<Checkout> {
    const ensure = path.join(root, "tools/toolchain/ensure");
    const { code, stdout, stderr } = await run(ensure, PROGRAMS, { live: true });
    if (code !== 0) throw new Error(stderr.trim().split("\n").at(-1));
    return Checkout.with(stdout.trim().split("\n"));
  }

  private static with(programs: readonly string[]): Checkout {
    const found = (name: string): string => programs[PROGRAMS.indexOf(name)] ?? "";
    return new Checkout(found("kubectl"), found("pulumi"));
  }

  /** Ends an engine that is still at work, what engines left that were killed, and the control plane; removes every file. */
  close(): void {
    opened.delete(this);
    for (const engine of this.engines()) killAll([...descendants(engine), engine]);
    const command = path.join(this.program, "tools/control-plane/run");
    if (fs.existsSync(this.plane))
      spawnSync(command, ["reset", "--home", this.plane], { stdio: ["ignore", "ignore", "inherit"] });
    killAll(startedWith(`XDG_STATE_HOME=${this.stateHome}`));
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** Sets a key of a stack's file, such as `images.modelRegistry`; takes it out when the value is undefined. */
  configure(stack: string, key: string, value: unknown): void {
    const [first = "", ...rest] = key.split(".");
    const keys = ["config", `mlops-platform:${first}`, ...rest];
    const file = this.file(`Pulumi.${stack}.yaml`);
    const document = parseDocument(fs.readFileSync(file, "utf8"));
    if (value === undefined) document.deleteIn(keys);
    else document.setIn(keys, document.createNode(value));
    fs.writeFileSync(file, document.toString());
  }

  /** One more stack, with the configuration of another. */
  addStack(name: string, like: string): void {
    fs.copyFileSync(this.file(`Pulumi.${like}.yaml`), this.file(`Pulumi.${name}.yaml`));
  }

  /** A stack of the platform in which nothing was ever deployed. */
  async addEmptyStack(name: string): Promise<void> {
    const folder = path.join(this.state, "stacks", "dev");
    const { code, output } = await this.engine(folder, name, ["stack", "init", "--no-select", name]);
    assert.equal(code, 0, output);
  }

  file(name: string): string {
    return path.join(this.program, name);
  }

  /** Starts to run Jobs of the image that waits for it; to be stopped before the checkout is closed. */
  kubelet(variables: Readonly<Record<string, string>> = {}): Kubelet {
    return new Kubelet(this.cluster, this.kubectl, variables);
  }

  /** A command of `make`, such as `up`; it may fail. */
  run(command: string, stack = "dev", ...args: string[]): Promise<Result> {
    return ended(this.begin(command, stack, ...args)).result;
  }

  /** The same for a command that has to succeed. */
  async succeed(command: string, stack = "dev", ...args: string[]): Promise<Result> {
    const result = await this.run(command, stack, ...args);
    assert.equal(result.code, 0, `${command} ${args.join(" ")} of stack ${stack}:\n${result.output}`);
    return result;
  }

  /** A command under way. Arguments such as `REFRESH=1` are variables, as they are for make. */
  begin(command: string, stack: string, ...given: string[]): ChildProcess {
    const variables = given.filter((argument) => /^[A-Z_]+=/.test(argument));
    const args = given.filter((argument) => !variables.includes(argument));
    const main = path.join(this.program, "tools/stack/main.ts");
    return start(process.execPath, ["--require=ts-node/register", main, command, ...args], {
      cwd: this.program,
      env: {
        ...this.environment(),
        ...environmentOf(variables),
        STACK: stack,
        CONTROL_PLANE: this.plane,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** What `make verify` runs. */
  verify(stack: string): Promise<Result> {
    const child = start(this.file("scripts/verify"), [], {
      cwd: this.program,
      env: { ...this.environment(), STACK: stack, CONTROL_PLANE: this.plane },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return ended(child).result;
  }

  /** The state as the backend keeps it: what is secret is encrypted. */
  stateText(stack: string): string {
    const folder = path.join(this.state, "backend/.pulumi/stacks/mlops-platform");
    return fs.readFileSync(path.join(folder, `${stack}.json`), "utf8");
  }

  /** The state with its secrets in the clear. Nothing is printed. */
  async revealedState(stack: string): Promise<StateFile> {
    const folder = path.join(this.state, "stacks", stack);
    const { code, stdout, stderr } = await this.engine(folder, stack, ["stack", "export", "--show-secrets"]);
    assert.equal(code, 0, `the state of ${stack} cannot be read: ${stderr}`);
    return JSON.parse(stdout) as StateFile;
  }

  /**
   * A command of Pulumi itself, on the program of any folder: with the states, the plugins and the cluster of `make up`,
   * which has to have run.
   */
  engine(folder: string, stack: string, args: readonly string[]): Promise<Result> {
    return run(this.pulumi, ["-C", folder, "--non-interactive", "--color=never", ...args], {
      env: {
        ...this.environment(),
        KUBECONFIG: path.join(this.plane, "kubeconfig"),
        PULUMI_HOME: path.join(this.state, "pulumi"),
        PULUMI_STACK: stack,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_SUPPRESS_NEO_LINK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_BACKEND_URL: pathToFileURL(path.join(this.state, "backend")).href,
        PULUMI_CONFIG_PASSPHRASE_FILE: path.join(this.state, "passphrase"),
      },
    });
  }

  /** The engine that works on a stack just now. */
  enginePid(stack: string): number {
    const [pid] = this.engines(stack);
    assert.ok(pid !== undefined, `nobody holds the lock of stack ${stack}`);
    return pid;
  }

  /** The engines that work on a stack, or on any: their locks name them. */
  private engines(stack = ""): number[] {
    const folder = path.join(this.state, "backend/.pulumi/locks/organization/mlops-platform", stack);
    if (!fs.existsSync(folder)) return [];
    const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
    return files
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")) as { pid: number })
      .map(({ pid }) => pid)
      .filter((pid) => runs(pid, "pulumi"));
  }

  /** Leaves a stack with the shared services alone: less than half of the objects, for what is done many times. */
  reduceToSharedServices(stack = "dev"): void {
    for (const system of ["tracking", "iris", "crimePrediction"])
      this.configure(stack, `${system}.enabled`, false);
    for (const section of ["aiWorkload", "vidp", "mongodb", "consumers"])
      this.configure(stack, section, undefined);
    this.asIs = true;
  }

  private environment(): NodeJS.ProcessEnv {
    const own = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
    const asIs = this.asIs ? { AS_IS: "1" } : {};
    return { ...Object.fromEntries(own), ...asIs, XDG_STATE_HOME: this.stateHome };
  }
}

/** `REFRESH=1` as a variable. */
function environmentOf(variables: readonly string[]): Record<string, string> {
  const pairs = variables.map((variable) => {
    const [name = "", value = ""] = variable.split("=");
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}

function copyProject(target: string): void {
  fs.mkdirSync(path.join(target, "tools"), { recursive: true });
  const stackFiles = fs.readdirSync(root).filter((name) => /^Pulumi.*\.yaml$/.test(name));
  for (const name of [...COPIED, ...stackFiles, ...COPIED_TOOLS.map((tool) => `tools/${tool}`)])
    fs.cpSync(path.join(root, name), path.join(target, name), { recursive: true });
  for (const name of LINKED) fs.symlinkSync(path.join(root, name), path.join(target, name));
}
