// A Job that waits for an operator, or for what one makes, run by hand: its real script in the real shell of its image's
// kind, with the real kubectl and a real token of its real account, against the API server that has what the component
// makes.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Operator, type OperatorArgs } from "../../../components/operators";
import { SCRIPTS_PATH } from "../../../components/workload";
import { apiServer } from "../../../stacks/target";
import type { Manifest } from "../../../tools/graph/objects";
import { isPlainObject, text } from "../../../tools/graph/values";
import { IMAGE, security, testNamespace } from "../../support/fixtures";
import type { Program } from "../../../tools/graph/collect";
import { type Result, run as runProgram, scratch, succeed, write } from "../../support/processes";
import { run } from "../../support/program";
import { at } from "../../support/services";
import { located } from "./scripts";
import type { ControlPlane } from "./control-plane";

/** Part of every image with `kubectl`. */
const COREUTILS = "cat date dirname head sleep tail".split(" ");

/** Namespace of the install Jobs. */
export const PLATFORM = "operators";

export interface InstallerRun {
  /** Seconds until it gives up. @default 90 */
  readonly timeout?: number;
  /** Seconds that a setback has to last. @default 1 */
  readonly patience?: number;
  /** @default the API server's */
  readonly url?: string;
  /** Lines of shell that run before the script's kubectl does this. */
  readonly before?: { readonly verb: string; readonly lines: string };
}

export interface Outcome extends Result {
  /** What the pod's status would say. */
  readonly terminationMessage: string;
  /** With which it proved who it was. */
  readonly token: string;
}

/** Which Job, and what makes it. */
export interface Watching {
  readonly program: Program;
  readonly script: "install" | "conditions";
  /** Name of its account. */
  readonly account: string;
  /** How its name begins, where there are several. */
  readonly job?: string;
}

/** What the component makes, but for the Job. */
export class Installer {
  private constructor(
    private readonly kubectl: string,
    private readonly plane: ControlPlane,
    private readonly account: string,
    private readonly script: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async deploy(
    kubectl: string,
    plane: ControlPlane,
    args: Pick<OperatorArgs, "package" | "approval" | "install" | "together">,
  ): Promise<Installer> {
    const { name } = args.package;
    const program = () => {
      new Operator(name, { ...args, ...watcher() });
    };
    return Installer.of(kubectl, plane, { program, script: "install", account: `${name}-install` });
  }

  static async of(
    kubectl: string,
    plane: ControlPlane,
    { program, script, account, job: prefix = "" }: Watching,
  ): Promise<Installer> {
    const graph = await run(program);
    const manifests = graph.objects.map(({ manifest }) => manifest);
    const job = manifests.find(({ kind, metadata }) => kind === "Job" && metadata.name.startsWith(prefix));
    const others = manifests.filter(({ kind }) => kind !== "Job");
    // Namespaces first: nothing can be put into one that is not there.
    await plane.apply(others.filter(({ kind }) => kind === "Namespace"));
    await plane.apply(others.filter(({ kind }) => kind !== "Namespace"));
    const folder = scratch("installer");
    write(folder, scriptsIn(others));
    const container = at(job, "spec", "template", "spec", "containers", 0);
    assert.deepEqual(at(container, "command"), ["sh", `${SCRIPTS_PATH}/${script}.sh`]);
    return new Installer(kubectl, plane, account, path.join(folder, `${script}.sh`), variables(container));
  }

  async run({ timeout = 90, patience = 1, url, before }: InstallerRun = {}): Promise<Outcome> {
    const home = scratch("installer-run");
    const bin = path.join(home, "bin");
    fs.mkdirSync(bin);
    for (const [program, real] of Object.entries(located(COREUTILS))) {
      fs.symlinkSync(real, path.join(bin, program));
    }
    fs.writeFileSync(path.join(bin, "kubectl"), this.wrapped(before), { mode: 0o755 });
    const token = await this.token();
    write(path.join(home, "credentials"), { token });
    write(path.join(home, "authority"), { "ca.crt": await this.authority() });
    const terminationLog = path.join(home, "termination-log");
    const result = await runProgram(`${located(["bash"]).bash}`, ["--posix", this.script], {
      env: {
        ...this.env,
        PATH: bin,
        HOME: home,
        API_SERVER: url ?? (await this.url()),
        CREDENTIALS_DIR: path.join(home, "credentials"),
        AUTHORITY_DIR: path.join(home, "authority"),
        TERMINATION_LOG: terminationLog,
        TIMEOUT: String(timeout),
        PATIENCE: String(patience),
        INTERVAL: "0.2",
      },
    });
    const written = fs.existsSync(terminationLog) ? fs.readFileSync(terminationLog, "utf8") : "";
    // Without a message of its own, Kubernetes keeps the end of what a failed container printed.
    const terminationMessage = written === "" && result.code !== 0 ? result.stderr.slice(-2048) : written;
    return { ...result, terminationMessage, token };
  }

  /** Runs kubectl as the Job's account, to see what it may do. */
  async attempt(args: readonly string[], input = ""): Promise<Result> {
    const config = scratch("installer-rights");
    write(config, { "ca.crt": await this.authority() });
    return runProgram(
      this.kubectl,
      [
        "--kubeconfig=/dev/null",
        `--server=${await this.url()}`,
        `--certificate-authority=${path.join(config, "ca.crt")}`,
        `--token=${await this.token()}`,
        ...args,
      ],
      { input },
    );
  }

  private wrapped(before: InstallerRun["before"]): string {
    const first = before ? `case "$1" in ${before.verb}) ${before.lines} ;; esac\n` : "";
    return `#!/bin/sh\n${first}exec '${this.kubectl}' "$@"\n`;
  }

  /** As the kubelet would get it for the Job's pod. */
  private async token(): Promise<string> {
    return (await this.asAdministrator(["create", "token", this.account, `--namespace=${PLATFORM}`])).trim();
  }

  private authority(): Promise<string> {
    const file = "--output=jsonpath={.data.ca\\.crt}";
    return this.asAdministrator(["get", "configmap", "kube-root-ca.crt", `--namespace=${PLATFORM}`, file]);
  }

  private url(): Promise<string> {
    return this.asAdministrator(["config", "view", "--output=jsonpath={.clusters[0].cluster.server}"]);
  }

  private asAdministrator(args: readonly string[]): Promise<string> {
    return succeed(this.kubectl, [...args, `--kubeconfig=${this.plane.kubeconfig}`]);
  }
}

/** What every such Job is given. */
export function watcher() {
  return {
    namespace: testNamespace(PLATFORM),
    security: security.openshift,
    image: IMAGE,
    apiServer: apiServer({ cidrs: ["198.51.100.0/24"], port: 6443 }),
  };
}

function scriptsIn(manifests: readonly Manifest[]): Record<string, string> {
  const data = manifests.find(({ kind }) => kind === "ConfigMap")?.data;
  assert.ok(isPlainObject(data));
  return Object.fromEntries(Object.entries(data).map(([file, content]) => [file, text(content)]));
}

function variables(container: ReturnType<typeof at>): Record<string, string> {
  const env = at(container, "env");
  assert.ok(Array.isArray(env));
  return Object.fromEntries(env.map((variable) => [text(at(variable, "name")), text(at(variable, "value"))]));
}
