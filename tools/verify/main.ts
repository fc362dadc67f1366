// `scripts/verify [--stack S] [--context C]`: looks at a deployed stack from outside, through the API server, and says
// what is not as it should be. What to expect comes from the program itself.
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ConfigError } from "../../stacks/config";
import { renderConfig } from "../render/stack";
import { findCluster } from "../stack/cluster";
import { UserError } from "../stack/process";
import { readSettings, say } from "../stack/settings";
import { table } from "../stack/table";
import { AREAS, check, type Check } from "./checks";
import { expectedObjects } from "./expected";
import { look } from "./look";
import { patiently } from "./patience";

const USAGE =
  "usage: scripts/verify [--stack STACK] [--context CONTEXT] [--control-plane DIR] [--wait SECONDS]\n" +
  "  Without --context it looks at the embedded control plane of the stack (default: dev).\n" +
  "  It waits for pods, addresses and the like that are still to come: 60 seconds, or as long as --wait says.";

async function main(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (options.help === true) {
    console.log(USAGE);
    return 0;
  }
  const seconds = wholeSeconds(options.wait);
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
    const checkAll = async () => check(expected, await look(cluster.kubectl, settings.stack, expected));
    return report(await patiently(checkAll, { seconds, say, now: () => performance.now(), pause: delay }));
  } finally {
    cluster.close();
  }
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        stack: text,
        context: text,
        "control-plane": text,
        wait: text,
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function wholeSeconds(given = "60"): number {
  if (/^\d+$/.test(given)) return Number(given);
  throw new UserError(
    `--wait ${given} is not allowed: it is a whole number of seconds, such as 60.\n${USAGE}`,
  );
}

function report(checks: readonly Check[]): number {
  const namespaces = [...new Set(checks.map(({ namespace }) => namespace))].sort();
  const lines = namespaces.flatMap((namespace) =>
    AREAS.flatMap((area) => {
      const all = checks.filter((one) => one.namespace === namespace && one.area === area);
      const good = all.filter(({ problem }) => problem === undefined).length;
      return all.length === 0
        ? []
        : [[place(namespace), area, good === all.length ? "ok" : "NOT OK", `${good} of ${all.length}`]];
    }),
  );
  console.log(table(["NAMESPACE", "CHECK", "RESULT", "COUNT"], lines));
  const problems = checks.filter(({ problem }) => problem !== undefined);
  if (problems.length === 0) {
    console.log(`\nAll ${checks.length} checks passed.`);
    return 0;
  }
  console.log(`\n${problems.length} of ${checks.length} checks failed:`);
  for (const { namespace, object, problem } of problems)
    console.log(`  ${place(namespace)}: ${object} ${problem}`);
  return 1;
}

/** What belongs to no namespace has a line of its own. */
const place = (namespace: string): string => namespace || "(cluster)";

void main(process.argv.slice(2))
  .catch((error: unknown) => {
    console.error(error instanceof UserError || error instanceof ConfigError ? error.message : error);
    return 2;
  })
  .then((code) => {
    process.exitCode = code;
  });
