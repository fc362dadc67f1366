// `scripts/verify [--stack S] [--context C]`: looks at a deployed stack from outside, through the API server, and says
// what is not as it should be. What to expect comes from the program itself.
import { parseArgs } from "node:util";
import { ConfigError } from "../../stacks/config";
import { renderConfig } from "../render/stack";
import { findCluster } from "../stack/cluster";
import type { Kubectl } from "../stack/kubectl";
import { UserError } from "../stack/process";
import { readSettings, say } from "../stack/settings";
import type { LiveObject } from "../stack/state";
import { table } from "../stack/table";
import { AREAS, check, type Check } from "./checks";
import { expectedObjects, type Expected } from "./expected";

const USAGE =
  "usage: scripts/verify [--stack STACK] [--context CONTEXT] [--control-plane DIR]\n" +
  "  Without --context it looks at the embedded control plane of the stack (default: dev).";

async function main(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (options.help === true) {
    console.log(USAGE);
    return 0;
  }
  const settings = readSettings({
    ...process.env,
    STACK: options.stack ?? process.env.STACK,
    CONTEXT: options.context ?? process.env.CONTEXT,
    CONTROL_PLANE: options["control-plane"] ?? process.env.CONTROL_PLANE,
  });
  const cluster = await findCluster(settings);
  try {
    say(`Verifying stack ${settings.stack} on ${cluster.title}...`);
    const expected = expectedObjects(await renderConfig(settings.stack, settings.config));
    return report(check(expected, await look(cluster.kubectl, expected)));
  } finally {
    cluster.close();
  }
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { stack: text, context: text, "control-plane": text, help: { type: "boolean", short: "h" } },
    }).values;
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

/** Beside the expected kinds: what tells whether they work. */
const WITNESSES = [
  { apiVersion: "v1", kind: "Pod" },
  { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
];

/** Everything of the expected kinds in the expected namespaces; one request for each namespace and kind. */
async function look(kubectl: Kubectl, expected: readonly Expected[]): Promise<LiveObject[]> {
  const places = [...new Set(expected.map(({ namespace }) => namespace))];
  const found = await Promise.all(
    places.map(async (namespace) => {
      const here = expected.filter((one) => one.namespace === namespace);
      const kinds = namespace === "" ? here : [...here, ...WITNESSES];
      const names = await Promise.all(
        kinds.map(({ apiVersion, kind }) => kubectl.resourceName(apiVersion, kind)),
      );
      const resources = [...new Set(names)].filter((name) => name !== undefined).join(",");
      if (resources === "") return [];
      // What belongs to no namespace is the cluster's own: only by name, since a list may be forbidden.
      return namespace === ""
        ? getByName(kubectl, here)
        : kubectl.get([resources, `--namespace=${namespace}`]);
    }),
  );
  return found.flat();
}

async function getByName(kubectl: Kubectl, expected: readonly Expected[]): Promise<LiveObject[]> {
  const names = await Promise.all(
    expected.map(async ({ apiVersion, kind, name }) => {
      const resource = await kubectl.resourceName(apiVersion, kind);
      return resource === undefined ? [] : [`${resource}/${name}`];
    }),
  );
  return names.flat().length === 0 ? [] : kubectl.get(names.flat());
}

function report(checks: readonly Check[]): number {
  const namespaces = [...new Set(checks.map(({ namespace }) => namespace))].sort();
  const lines = namespaces.flatMap((namespace) =>
    AREAS.flatMap((area) => {
      const all = checks.filter((one) => one.namespace === namespace && one.area === area);
      const good = all.filter(({ problem }) => problem === undefined).length;
      return all.length === 0
        ? []
        : [[namespace, area, good === all.length ? "ok" : "NOT OK", `${good} of ${all.length}`]];
    }),
  );
  console.log(table(["NAMESPACE", "CHECK", "RESULT", "COUNT"], lines));
  const problems = checks.filter(({ problem }) => problem !== undefined);
  if (problems.length === 0) {
    console.log(`\nAll ${checks.length} checks passed.`);
    return 0;
  }
  console.log(`\n${problems.length} of ${checks.length} checks failed:`);
  for (const { namespace, object, problem } of problems) console.log(`  ${namespace}: ${object} ${problem}`);
  return 1;
}

void main(process.argv.slice(2))
  .catch((error: unknown) => {
    console.error(error instanceof UserError || error instanceof ConfigError ? error.message : error);
    return 2;
  })
  .then((code) => {
    process.exitCode = code;
  });
