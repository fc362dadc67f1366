// Runs a Pulumi program in this process without engine, providers, cluster or network, as often as wanted,
// and returns the graph of what it registered. Whatever would fail a real run makes it reject.
import * as pulumi from "@pulumi/pulumi";
import type { Graph } from "./graph";
import { RecordingMonitor, type MonitorOptions } from "./monitor";

/** Registers resources and returns the stack outputs, or a promise of them. */
export type Program = () => unknown;

export interface CollectOptions extends Partial<MonitorOptions> {
  /** Milliseconds without any progress after which a program counts as stuck. Default: 3000. */
  stallAfter?: number;
}

/** The SDK keeps its state in globals, so programs take turns. */
let lastTurn: Promise<unknown> = Promise.resolve();

/** Runs `program` and returns what it registered. Its result becomes the stack outputs. */
export function collect(program: Program, options: CollectOptions = {}): Promise<Graph> {
  const turn = lastTurn.then(() => run(program, options));
  lastTurn = turn.catch(() => undefined);
  return turn;
}

async function run(program: Program, options: CollectOptions): Promise<Graph> {
  const { stallAfter = 3000, ...overrides } = options;
  const settings: MonitorOptions = {
    project: "mlops-platform",
    stack: "test",
    preview: false,
    stackReferences: {},
    existing: {},
    functions: {},
    ...overrides,
  };
  const monitor = new RecordingMonitor(settings);
  const failures = new FailureWatch();
  const stall = new StallWatch(monitor, stallAfter);
  const undo = [hideClusterAccess(), skipBookkeepingTraces()];
  pulumi.runtime.setMockOptions(monitor, settings.project, settings.stack, settings.preview, "organization");
  try {
    const complete = async (): Promise<void> => {
      await pulumi.runtime.runInPulumiStack(async () => {
        pulumi.runtime.registerStackTransformation((args) => {
          stall.noteConstructed(args);
          return undefined;
        });
        return (await program()) ?? {};
      });
      await pulumi.runtime.disconnect();
      await idle(monitor);
    };
    await Promise.race([complete(), failures.first, stall.stuck]);
    failures.rethrow();
  } catch (error) {
    // Let what the failed program still has under way end inside its own turn.
    await idle(monitor);
    throw error;
  } finally {
    stall.stop();
    failures.stop();
    for (const restore of undo) restore();
    // Forgets unfinished promises, which the SDK would otherwise report when this process exits.
    pulumi.runtime.resetOptions("", "", -1, "", "", false, "");
  }
  return {
    resources: [...monitor.resources.values()],
    outputs: monitor.stackOutputs.value,
    secretOutputs: monitor.stackOutputs.secretPaths,
    generatedSecrets: monitor.generatedSecrets,
  };
}

/**
 * An error inside `apply` rejects an output that nobody awaits: Node reports it as an unhandled rejection, and
 * the real language host fails the run for it. So does this, by taking over the report for the time of the run.
 */
class FailureWatch {
  readonly first: Promise<never>;
  private failure: { reason: unknown } | undefined;
  private readonly others = process.listeners("unhandledRejection");
  private readonly listener: (reason: unknown) => void;

  constructor() {
    let reject: (reason: unknown) => void = () => undefined;
    this.first = new Promise<never>((_, rejectFirst) => (reject = rejectFirst));
    this.first.catch(() => undefined);
    this.listener = (reason) => {
      this.failure ??= { reason };
      reject(reason);
    };
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", this.listener);
  }

  rethrow(): void {
    if (this.failure !== undefined) throw this.failure.reason;
  }

  stop(): void {
    process.removeListener("unhandledRejection", this.listener);
    for (const other of this.others) process.on("unhandledRejection", other);
  }
}

/**
 * Resources that wait for each other never register, and a real run then ends in "promises were still active"
 * without naming one. Here the run rejects with the names.
 */
class StallWatch {
  readonly stuck: Promise<never>;
  private readonly constructed: { type: string; name: string }[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly monitor: RecordingMonitor,
    private readonly after: number,
  ) {
    let reject: (reason: Error) => void = () => undefined;
    this.stuck = new Promise<never>((_, rejectStuck) => (reject = rejectStuck));
    this.stuck.catch(() => undefined);
    let seen = -1;
    this.timer = setInterval(() => {
      if (monitor.activity === seen) reject(new Error(this.describe()));
      seen = monitor.activity;
    }, after);
  }

  noteConstructed({ type, name }: pulumi.ResourceTransformationArgs): void {
    this.constructed.push({ type, name });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private describe(): string {
    const registered = new Set(
      [...this.monitor.resources.values()].map(({ type, name }) => `${type} "${name}"`),
    );
    const waiting = this.constructed
      .map(({ type, name }) => `${type} "${name}"`)
      .filter((it) => !registered.has(it));
    const problem = `the program made no progress for ${this.after} ms and never ended`;
    if (waiting.length === 0) return `${problem}: it awaits something that never comes`;
    return (
      `${problem}: these resources wait for something, usually for each other (a dependsOn on a component ` +
      `waits for all its children, also for those added later):\n  ${waiting.sort().join("\n  ")}`
    );
  }
}

/** Settled when the event loop has turned a few times without a new request. */
async function idle(monitor: RecordingMonitor): Promise<void> {
  for (let quiet = 0, seen = monitor.activity; quiet < 3; quiet++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (monitor.activity !== seen) [quiet, seen] = [0, monitor.activity];
  }
}

/** The kubernetes provider copies the kubeconfig's path into its inputs; a graph must not depend on it. */
function hideClusterAccess(): () => void {
  const { KUBECONFIG } = process.env;
  delete process.env.KUBECONFIG;
  return () => {
    if (KUBECONFIG !== undefined) process.env.KUBECONFIG = KUBECONFIG;
  };
}

/**
 * The SDK notes a stack trace for every promise and resource it makes, by way of errors without a message.
 * Mapping those to TypeScript would take most of the time of a run, and nobody reads them here.
 */
function skipBookkeepingTraces(): () => void {
  // Whatever maps stack traces to TypeScript (ts-node does) works through this property. Without it there is
  // nothing to save.
  const descriptor = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const original = descriptor?.value as typeof Error.prepareStackTrace | undefined;
  if (descriptor === undefined || original === undefined) return () => undefined;
  Error.prepareStackTrace = (error, callSites): unknown =>
    error.message === "" ? "" : original(error, callSites);
  return () => {
    Object.defineProperty(Error, "prepareStackTrace", descriptor);
  };
}
