// Report: the last words of `make live`. How the platform is reached from here, what it took, and how to go on.
import { isPlainObject, text } from "../graph/values";
import type { Kubectl } from "../stack/kubectl";
import type { LiveObject } from "../stack/state";
import { table } from "../stack/table";
import { stackEnvironment } from "./environment";
import type { Home } from "./home";
import type { Machine, Ports } from "./machine";
import type { Timings } from "./steps";

/** Hosts of the stack's Ingresses. */
export function hostsOf(ingresses: readonly LiveObject[]): string[] {
  const rules = ingresses.flatMap(({ spec }) =>
    isPlainObject(spec) && Array.isArray(spec.rules) ? spec.rules : [],
  );
  return [...new Set(rules.flatMap((rule) => (isPlainObject(rule) ? text(rule.host) || [] : [])))].sort();
}

/** Memory of all pods, in MiB, as the kubelet measures it. */
export async function memoryOfPods(kubectl: Kubectl): Promise<number> {
  const nodes = await kubectl.get(["nodes"]);
  const summaries = await Promise.all(
    nodes.map(({ metadata }) =>
      kubectl.text(["get", "--raw", `/api/v1/nodes/${metadata.name}/proxy/stats/summary`]),
    ),
  );
  const pods = summaries.flatMap(
    (summary) => (JSON.parse(summary) as { pods: { memory?: { workingSetBytes?: number } }[] }).pods,
  );
  return Math.round(pods.reduce((sum, { memory }) => sum + (memory?.workingSetBytes ?? 0), 0) / 2 ** 20);
}

export interface Reached {
  readonly home: Home;
  readonly machine: Pick<Machine, "kubeconfig">;
  readonly hosts: readonly string[];
  readonly ports: Ports;
  readonly memory: number;
  readonly timings: Timings | undefined;
}

export function report({ home, machine, hosts, ports, memory, timings }: Reached): string {
  const variables = Object.entries(stackEnvironment(home, machine));
  const there = `--connect-to ::127.0.0.1:${ports.https}`;
  return [
    ...(timings === undefined ? [] : [table(["STEP", "SECONDS"], timeRows(timings))]),
    table(
      ["HOST", "FROM THIS MACHINE"],
      hosts.map((host) => [host, `curl --insecure ${there} https://${host}/`]),
    ),
    `Certificates are the stack's own. A browser on this machine gets there, too:\n` +
      `  chromium --ignore-certificate-errors --host-resolver-rules='MAP *:443 127.0.0.1:${ports.https}'`,
    `The pods take ${memory} MiB of memory. For kubectl, and for make outputs, verify, preview and up:\n` +
      variables.map(([name, value]) => `  export ${name}=${quoted(value)}`).join("\n"),
    "`make live` again after a change deploys it; `make live-status` says this again, and `make live-down` removes every trace.",
  ].join("\n\n");
}

function timeRows({ steps, seconds }: Timings): string[][] {
  return [...steps, { name: "together", seconds }].map((step) => [step.name, step.seconds.toFixed(1)]);
}

/** As a shell takes it for one word. */
function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
