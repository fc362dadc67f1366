// The commands of the live platform: `make live`, `make live-status` and `make live-down`.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { replaceFile } from "../stack/files";
import { capture, live, UserError, type Ended } from "../stack/process";
import { root, say } from "../stack/settings";
import { applyAddons } from "./addons";
import { environmentOf } from "./environment";
import type { Home } from "./home";
import { buildImages, loadImages, withTags, type Image } from "./images";
import { Machine, Stopped, whyNot, wrongPlace } from "./machine";
import { hostsOf, memoryOfPods, report } from "./report";
import { readTimings, Steps } from "./steps";
import { awaitReady } from "./workloads";

/** From nothing, or from whatever an earlier run left, to the platform with every pod ready. */
export async function up(home: Home, { asJson = false } = {}): Promise<number> {
  refuseWhere(await whyNot());
  if (home.isHalfRemoved) await remove(home);
  home.open();
  const machine = new Machine(home);
  const steps = new Steps();
  const images = await steps.take("images", () => buildImages());
  await steps.take("machine", () => machine.start());
  await steps.take("images into the machine", () => loadImages(machine, images));
  await steps.take("add-ons", () => applyAddons(machine, images));
  await steps.take("platform", () => deploy(machine, images));
  await steps.take("every pod ready", async () => awaitReady(await machine.kubectl()));
  steps.writeTo(home.timings);
  if (asJson) console.log(JSON.stringify(steps.timings, null, 2));
  else console.log(`\n${await words(machine)}`);
  return 0;
}

/** Deploys the stack, with what is different for it here. */
async function deploy(machine: Machine, images: readonly Image[]): Promise<void> {
  const { home } = machine;
  const config = withTags(readFileSync(path.join(__dirname, "stack.yaml"), "utf8"), images);
  replaceFile(home.config, config);
  const code = await stackCommand(machine, ["up"]);
  if (code === 130) throw new Stopped();
  if (code !== 0) throw new UserError("The platform was not deployed; why is said above.");
}

/** A command of tools/stack on this machine's stack, as `make` runs it. */
function stackCommand(machine: Machine, args: readonly string[]): Promise<number> {
  return live(STACK_TOOL.concat(args), {
    cwd: root,
    env: environmentOf(machine),
    stdout: "stderr",
    // It says itself how it ends.
    onInterrupt: () => undefined,
  });
}

/** The same for what it prints, which for `outputs` is JSON. */
export function stackCapture(machine: Machine, args: readonly string[]): Promise<Ended> {
  return capture(STACK_TOOL.concat(args), {
    cwd: root,
    env: { ...environmentOf(machine), JSON: "1" },
  });
}

const STACK_TOOL = [
  process.execPath,
  "--require",
  "ts-node/register",
  path.join(root, "tools/stack/main.ts"),
];

/** Ends everything and removes it, whatever state it is in; what was built stays in the cache. */
export async function down(home: Home): Promise<number> {
  refuseWhere(wrongPlace());
  if (!home.exists) say(`There is no live machine in ${home.folder}: nothing to remove.`);
  else await remove(home);
  return 0;
}

async function remove(home: Home): Promise<void> {
  await home.remove(() => new Machine(home).reset());
  say("Removed the live machine with everything on it. What was built for it stays in the cache.");
}

export async function status(home: Home): Promise<number> {
  refuseWhere(wrongPlace());
  home.mustHaveMachine();
  const machine = new Machine(home);
  if (!(await machine.status())) return 1;
  console.log(`\n${await words(machine)}`);
  return 0;
}

async function words(machine: Machine): Promise<string> {
  const kubectl = await machine.kubectl();
  const [ingresses, memory] = await Promise.all([
    kubectl.get(["ingresses", "--all-namespaces"]),
    memoryOfPods(kubectl),
  ]);
  const { home } = machine;
  return report({
    home,
    machine,
    hosts: hostsOf(ingresses),
    ports: machine.ports(),
    memory,
    timings: readTimings(home.timings),
  });
}

function refuseWhere(reason: string | undefined): void {
  if (reason !== undefined) throw new UserError(reason);
}
