// Crashes: kills the engine, or a part of the control plane, at a point that a seed decides, lets `make recover` and
// `make up` put things right, and checks that nothing was lost, doubled or left over. For tests and for `make soak`.
import * as assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { eventually } from "../../support/processes";
import type { Checkout } from "./checkout";
import { assertNothingOrphaned, changes, everythingReady, generatedSecrets, volumes } from "./views";
import { descendants, ended, isRunning, killAll, runs } from "../../support/waiting";

const STACK = "dev";

/** What is under way when something is killed. */
export const operations = ["create", "update", "destroy"] as const;
export type Operation = (typeof operations)[number];
/** With the run goes the command that started the engine, too: then nobody is left to see to anything. */
const victims = {
  engine: "the engine",
  run: "the whole run",
  "kube-apiserver": "kube-apiserver",
  etcd: "etcd",
} as const;
export type Victim = keyof typeof victims;

/** Without its cluster the engine waits for what is under way, for as long as a rollout may take. A person stops it before that. */
const PATIENCE_MILLISECONDS = 60_000;

export interface Crash {
  readonly operation: Operation;
  readonly victim: Victim;
  /** How far the operation gets, of the lines that it would print: between 0 and 1. */
  readonly progress: number;
}

export function describeCrash({ operation, victim, progress }: Crash): string {
  return `a SIGKILL of ${victims[victim]} at ${Math.round(progress * 100)} % of ${operation}`;
}

/**
 * As many crashes as asked for. Each operation's points are spread evenly over it, each at random within its part, so
 * that few crashes reach beginning and end too; the same seed gives the same crashes. The engine dies in all of them.
 */
export function plan(seed: number, count: number): Crash[] {
  const random = generator(seed);
  const each = Math.ceil(count / operations.length);
  return Array.from({ length: count }, (_, at) => ({
    operation: operations[at % operations.length]!,
    victim: at % 2 === 0 ? "engine" : "run",
    progress: (Math.floor(at / operations.length) + random()) / each,
  }));
}

/** Mulberry32: small, and good enough to choose a moment. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What must be the same after a recovery. */
interface Possessions {
  readonly volumes: ReadonlyMap<string, string>;
  /** Generated secrets by URN. */
  readonly credentials: ReadonlyMap<string, string>;
}

export interface Outcome {
  readonly recoverSeconds: number;
  readonly upSeconds: number;
}

/** A stack that things happen to, one after another. */
export class Victims {
  private isUp = false;
  private generation = 1;
  /** Lines that a whole run of an operation prints. The first run of each is not cut short, but counts. */
  private readonly lengths = new Map<Operation, number>();

  constructor(private readonly checkout: Checkout) {
    checkout.reduceToSharedServices();
  }

  /** Runs every operation once to its end, to know how long it is. */
  async measure(): Promise<void> {
    for (const operation of operations) {
      await this.prepare(operation);
      const { lines } = await this.runOperation(operation, Infinity, "engine");
      this.lengths.set(operation, lines);
      this.isUp = operation !== "destroy";
    }
  }

  /** One crash and what has to hold after it. */
  async survive(crash: Crash): Promise<Outcome> {
    const { operation, victim, progress } = crash;
    await this.prepare(operation);
    const target = Math.max(1, Math.floor(progress * this.lengths.get(operation)!));
    const { doomed } = await this.runOperation(operation, target, victim);
    this.isUp = false;
    assert.notEqual(doomed.length, 0, `${describeCrash(crash)}: it had ended before line ${target}`);
    try {
      return await this.comeBack(victim, doomed);
    } finally {
      killAll(doomed);
    }
  }

  private async comeBack(victim: Victim, doomed: readonly number[]): Promise<Outcome> {
    if (victim === "engine") assertGone(doomed, "the command that ran the engine");
    if (victim === "kube-apiserver" || victim === "etcd") await this.startPlane();
    const before = await this.possessions();

    const recoverSeconds = await timed(() => this.checkout.succeed("recover", STACK));
    assertGone(doomed, "`make recover`");
    const upSeconds = await timed(() => this.checkout.succeed("up", STACK));
    this.isUp = true;
    await assertNothingOrphaned(this.checkout, STACK);
    assertKept(before, await this.possessions());
    // Pods that no change touched come back by themselves when the control plane was away for a while.
    await everythingReady(this.checkout.cluster);
    const { output } = await this.checkout.succeed("up", STACK);
    assert.deepEqual(Object.keys(changes(output)), ["unchanged"], "a second `make up` found something to do");
    return { recoverSeconds, upSeconds };
  }

  /** The state that an operation starts from. */
  private async prepare(operation: Operation): Promise<void> {
    if (operation === "create" && this.isUp) {
      await this.checkout.succeed("down", STACK);
      this.isUp = false;
    } else if (operation !== "create" && !this.isUp) {
      await this.checkout.succeed("up", STACK);
      this.isUp = true;
    }
    // The most that one update can do: new credentials for everyone, the oldest revoked, and a server restarted.
    if (operation !== "update") return;
    const newest = ++this.generation;
    this.checkout.configure(STACK, "generations", { default: [String(newest), String(newest - 1)] });
    this.checkout.configure(STACK, "mysql.maxConnections", 200 + newest);
  }

  private async runOperation(
    operation: Operation,
    target: number,
    victim: Victim,
  ): Promise<{ lines: number; doomed: readonly number[] }> {
    const run = ended(this.checkout.begin(operation === "destroy" ? "down" : "up", STACK));
    const doomed: number[] = [];
    let lines = 0;
    let givingUp: NodeJS.Timeout | undefined;
    run.onLine((line) => {
      // The engine's own lines, from the first one that says what it does to something.
      if (!/^ *(\+|-|~|\+\+|--|\+-) +\S+:\S+ /.test(line)) return;
      lines++;
      if (lines !== target) return;
      doomed.push(...this.kill(victim, run.child));
      givingUp = setTimeout(() => run.child.kill("SIGINT"), PATIENCE_MILLISECONDS);
    });
    const { code, output } = await run.result;
    clearTimeout(givingUp);
    if (lines < target) assert.equal(code, 0, output);
    // A provider may outlive its engine for a moment, and what it does then counts too.
    await eventually("the end of the providers", () => !doomed.some((pid) => runs(pid, "pulumi-resource-")));
    return { lines, doomed };
  }

  /** Kills without a warning; returns every process that ends with it. */
  private kill(victim: Victim, command: ChildProcess): number[] {
    if (victim === "kube-apiserver" || victim === "etcd") {
      const record = fs.readFileSync(path.join(this.checkout.plane, "run", `${victim}.json`), "utf8");
      const { pid } = JSON.parse(record) as { pid: number };
      process.kill(pid, "SIGKILL");
      return [pid];
    }
    const pid = this.checkout.enginePid(STACK);
    const started = descendants(pid);
    if (victim === "run") command.kill("SIGKILL");
    process.kill(pid, "SIGKILL");
    return [pid, ...started];
  }

  private async startPlane(): Promise<void> {
    // Any command that needs the cluster starts what is missing of it.
    await this.checkout.run("preview", STACK);
  }

  private async possessions(): Promise<Possessions> {
    const secrets = generatedSecrets(await this.checkout.revealedState(STACK));
    return {
      volumes: await volumes(this.checkout.cluster, STACK),
      credentials: new Map([...secrets].map(([urn, values]) => [urn, values.join("\n")])),
    };
  }
}

/** What there was right after the crash is the same now; old generations may be gone, as they were meant to be. */
function assertKept(before: Possessions, after: Possessions): void {
  for (const [name, uid] of before.volumes)
    assert.equal(after.volumes.get(name), uid, `${name} is another volume than before`);
  for (const [urn, value] of before.credentials) {
    const isGeneration = /-\d+-password$/.test(urn);
    const now = after.credentials.get(urn);
    if (now === undefined && isGeneration) continue;
    // Compared here, so that no message ever shows one.
    assert.ok(now === value, `${urn.split("::").at(-1)} is another credential than before`);
  }
}

/** The program would go on for minutes without its engine, and nobody would see it. */
function assertGone(pids: readonly number[], after: string): void {
  assert.deepEqual(pids.filter(isRunning), [], `processes of the killed run outlive ${after}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = Date.now();
  await work();
  return (Date.now() - began) / 1000;
}
