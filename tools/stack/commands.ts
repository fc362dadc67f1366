// The commands that `make` offers for a stack. Each says what it does while it takes long, and what to do next.
import { rmSync } from "node:fs";
import type { Graph } from "../graph/graph";
import { renderConfig } from "../render/stack";
import { chooseBackend, StackInBackend } from "./backend";
import { findCluster, openCluster, stopEmbedded, type Cluster } from "./cluster";
import { findCli, findEngine } from "./engine";
import { preflight } from "./preflight";
import { UserError } from "./process";
import { isUnsettled, recover } from "./recover";
import { outputsOf, outputsTable, protectedObjects, summary } from "./report";
import { say, withConfig, type Settings, type Variables } from "./settings";
import type { StateFile } from "./state";
import { elsewhereError, recordedNamespaces, whereabouts } from "./whereabouts";

const QUIET = ["--suppress-outputs", "--suppress-permalink=true"];

/** A stack with its cluster, ready for the engine. */
interface Session {
  readonly stack: StackInBackend;
  readonly cluster: Cluster;
  readonly graph: Promise<Graph>;
}

/** Brings up what a command needs, and puts it away again. */
async function withStack<T>(
  settings: Settings,
  find: (settings: Settings) => Promise<Cluster>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const cluster = await find(settings);
  try {
    const engine = await findEngine(settings, cluster);
    if (engine.standIns)
      say("Using the development stand-ins for Pulumi's provider plugins (docs/plugins.md).");
    const stack = new StackInBackend(settings, engine, chooseBackend(settings), cluster.kubeconfig);
    return await work({ stack, cluster, graph: graphOf(settings) });
  } finally {
    cluster.close();
  }
}

/** What the program would register. Whoever needs it awaits it, and gets its error. */
function graphOf({ stack, config }: Settings): Promise<Graph> {
  const graph = renderConfig(stack, config).then((rendered) => rendered.graph);
  graph.catch(() => undefined);
  return graph;
}

const isLocked = ({ storage }: StackInBackend): boolean => (storage?.locks() ?? []).length > 0;

/** The state, if there is one. One that was being written when the engine was killed may not be readable yet. */
async function findState(stack: StackInBackend): Promise<StateFile | undefined> {
  try {
    return await stack.find();
  } catch (error) {
    if (error instanceof UserError && isLocked(stack)) return undefined;
    throw error;
  }
}

/** Refuses a cluster that the state is not about. True when the embedded control plane has been made anew. */
async function isAnew({ stack: name }: Settings, session: Session, state: StateFile): Promise<boolean> {
  const { stack, cluster } = session;
  const recorded = recordedNamespaces(state.deployment);
  const present = await cluster.kubectl.namespaces([...recorded.keys()]);
  const where = whereabouts(recorded, present, cluster, stack.lastCluster);
  if (where === "elsewhere")
    throw elsewhereError(name, [...recorded.keys()].sort(), cluster.title, stack.lastCluster);
  return where === "anew";
}

/** Recovers first when an earlier run was killed, or ended in a way that may have left something unrecorded. */
async function soundState(settings: Settings, session: Session): Promise<StateFile> {
  const { stack, cluster, graph } = session;
  const state = isLocked(stack) ? await findState(stack) : await stack.open();
  const anew = state !== undefined && (await isAnew(settings, session, state));
  stack.worksWith(cluster);
  const isSettled = !isLocked(stack) && !stack.isUnfinished && !anew;
  if (state !== undefined && isSettled && !isUnsettled(state)) return state;
  say(
    anew
      ? "The cluster is a new one: recovering first."
      : "An earlier run did not end well: recovering first.",
  );
  await recover(settings, stack, cluster, graph);
  return stack.state();
}

/** The state for a command that changes nothing by itself. */
async function stateOfCluster(settings: Settings, session: Session): Promise<StateFile> {
  const state = await session.stack.open();
  if (!(await isAnew(settings, session, state))) return state;
  throw new UserError(
    `Nothing is in ${session.cluster.title} any more: it has been made anew. \`make up\` goes on from there.`,
  );
}

/** Looks at every object first, so that what somebody changed or deleted is put right. */
const refresh = (settings: Settings): string[] => (settings.refresh ? ["--refresh"] : []);

export async function up(settings: Settings): Promise<number> {
  return withStack(settings, openCluster, async (session) => {
    const { stack, cluster, graph } = session;
    const state = await soundState(settings, session);
    await preflight(settings, cluster, state, graph);
    say(`Deploying stack ${settings.stack} to ${cluster.title}...`);
    const began = Date.now();
    // On a cluster that matters the whole update is tried out first; the embedded one can do without.
    const trial = cluster.embedded ? ["--skip-preview"] : [];
    const args = ["up", "--yes", ...trial, ...refresh(settings), ...QUIET, ...stack.configArguments(state)];
    const code = await stack.change(args);
    if (code !== 0) return unfinished(settings, stack, code, "up");
    const seconds = Math.round((Date.now() - began) / 1000);
    const { deployment } = await stack.state();
    const outputs = outputsOf(await stack.engine.json(["stack", "output", "--json"]));
    say(`Stack ${settings.stack} is deployed to ${cluster.title} (${seconds} s).\n`);
    console.log(summary({ ...settings, outputs, deployment, cluster }));
    return 0;
  });
}

export async function preview(settings: Settings): Promise<number> {
  return withStack(settings, openCluster, async (session) => {
    const { stack } = session;
    const state = await stateOfCluster(settings, session);
    const args = ["preview", "--diff", ...refresh(settings), ...QUIET, ...stack.configArguments(state)];
    return stack.engine.live(args);
  });
}

export async function outputs(settings: Settings): Promise<number> {
  const stack = new StackInBackend(settings, await findCli(), chooseBackend(settings));
  await stack.state();
  const found = outputsOf(await stack.engine.json(["stack", "output", "--json"]));
  console.log(settings.asJson ? JSON.stringify(found, null, 2) : outputsTable(found));
  return 0;
}

export async function down(settings: Settings): Promise<number> {
  if (!(await exists(settings))) {
    say(`There is no stack ${settings.stack}: nothing to remove.`);
    return removeEmbedded(settings);
  }
  const code = await withStack(settings, openCluster, async (session) => {
    const { stack } = session;
    const state = await soundState(settings, session);
    refuseProtected(settings, protectedObjects(state.deployment));
    say(`Removing stack ${settings.stack} from ${session.cluster.title}...`);
    const args = ["destroy", "--yes", "--skip-preview", ...QUIET, ...stack.configArguments(state)];
    const ended = await stack.change(args);
    if (ended !== 0) return unfinished(settings, stack, ended, "down");
    if (settings.reset) {
      await stack.engine.mustSucceed(["stack", "rm", "--yes", settings.stack]);
      say(`Removed stack ${settings.stack} itself, with its history.`);
    }
    return 0;
  });
  return code === 0 ? removeEmbedded(settings) : code;
}

async function exists(settings: Settings): Promise<boolean> {
  const stack = new StackInBackend(settings, await findCli(), chooseBackend(settings));
  return isLocked(stack) || (await stack.find()) !== undefined;
}

async function removeEmbedded(settings: Settings): Promise<number> {
  if (settings.context !== undefined) return 0;
  await stopEmbedded(settings);
  if (settings.reset) rmSync(settings.folder, { recursive: true, force: true });
  return 0;
}

function refuseProtected({ stack, file, overlay = file }: Settings, objects: readonly string[]): void {
  if (objects.length === 0) return;
  throw new UserError(
    [
      `Nothing was removed: stack ${stack} protects its data. With it would go:`,
      ...objects.map((object) => `  ${object}`),
      "To go on, take the protection off, deploy that, and remove the stack:",
      `  set mlops-platform:protectData to false in ${overlay}${overlay === file ? " (or: pulumi config set protectData false)" : ""}`,
      "  make up, then make down, with the same STACK, CONTEXT and CONFIG",
    ].join("\n"),
  );
}

export async function recoverStack(settings: Settings): Promise<number> {
  return withStack(settings, openCluster, async (session) => {
    const { stack, cluster, graph } = session;
    const state = settings.force ? undefined : await findState(stack);
    if (state !== undefined) await isAnew(settings, session, state);
    stack.worksWith(cluster);
    await recover(settings, stack, cluster, graph);
    return 0;
  });
}

/**
 * Any command of the engine, on this stack: `make pulumi ARGS="config set protectData false"`. Only those that deploy
 * need a configuration without problems: with others it is mended.
 */
export async function anyCommand(variables: Variables, args: readonly string[]): Promise<number> {
  const [command = "", ...rest] = args;
  if (command === "")
    throw new UserError('What shall pulumi do? For example: make pulumi ARGS="stack history"');
  if (command === "config" && variables.overlay !== undefined)
    throw new UserError(
      `\`config\` works on ${variables.file} alone: edit ${variables.overlay} yourself, or leave CONFIG out.`,
    );
  // Everything else looks at the state or the checkout only, also when the cluster is gone.
  if (!COMMANDS_WITH_CLUSTER.includes(command)) {
    const stack = new StackInBackend(variables, await findCli(), chooseBackend(variables));
    // One configures before the first deployment, too, and the engine wants a stack for that.
    if (command === "config" && rest.length > 0) await stack.open();
    // `config set` takes a value from a file, or a secret from another program.
    return stack.engine.live(careful(args), { readsInput: true });
  }
  const settings = withConfig(variables);
  return withStack(settings, findCluster, async (session) => {
    const { stack } = session;
    return stack.engine.live([...args, ...stack.configArguments(await stateOfCluster(settings, session))]);
  });
}

/** `stack rm` would take the stack's file out of the checkout with it. */
export function careful(args: readonly string[]): readonly string[] {
  return args[0] === "stack" && args[1] === "rm" ? [...args, "--preserve-config"] : args;
}

const COMMANDS_WITH_CLUSTER = ["up", "preview", "refresh", "destroy", "import", "watch"];

/** What to do about a run that did not end well. */
function unfinished(
  { stack: name }: Settings,
  stack: StackInBackend,
  code: number,
  command: "up" | "down",
): number {
  const why = stack.engine.interrupted ? ", because you stopped it" : "";
  say(
    `\nStack ${name} is not finished${why}. \`make ${command}\` goes on from here: it first records what was made, ` +
      "and not recorded.",
  );
  return code;
}
