// Crew: everybody who uses the platform at the same time. Clients ask for predictions through the ingress, writers keep things in
// the stores, and all of them go on whatever happens.
import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Plain } from "../../../tools/graph/values";
import type { Platform } from "../../live/support/platform";
import { Line, Traffic, type Attempt, type Result } from "../../live/support/traffic";
import { FLOWERS } from "../../support/iris";
import { eventually } from "../../support/processes";
import { at } from "../../support/services";
import { deployNotes, removeNotes } from "./notes";
import { ModelWriter } from "./registry";
import { NoteWriter, RunWriter, VideoWriter, type Writer } from "./writers";

/** What each of them saw. */
export type Seen = Readonly<Record<string, Result>>;

/** Who asks for predictions: by its name, the host and the Secret with the newest key. */
const CLIENTS = {
  iris: { host: "iris-api.example.com", namespace: "mlops", secret: "iris-api-key" },
  "ai-workload": { host: "ai-workload.local", namespace: "ai-workload", secret: "ai-workload-key" },
} as const;
const PACE = { clients: 4, perSecond: 10 };

/** Clients that try again, as `curl --retry` does: what they want is to be answered in the end. */
export const RETRYING = Object.keys(CLIENTS).map((name) => `${name}, retried`);
const RETRYING_PACE = { clients: 2, perSecond: 2 };
const RETRYING_SECONDS = 60;

/**
 * Gives a file's tests the crew, which is at work from their `before` hooks on. Before that something is deployed, with what the
 * platform's config has to say of the application with the notes.
 */
export function useCrew(
  platform: () => Platform,
  deploy: (suite: Mocha.Context) => Promise<void>,
): () => Crew {
  let crew: Crew | undefined;
  before(async function () {
    await deploy(this);
    await deployNotes(platform());
    crew = await Crew.start(platform());
  });
  after(async () => {
    if (crew === undefined) return;
    await crew.close();
    // Without its Secrets, which somebody else may not deploy, it would never be ready.
    await removeNotes(platform());
  });
  return () => {
    assert.ok(crew, "the crew is at work once the tests run");
    return crew;
  };
}

export class Crew {
  private readonly traffic = new Map<string, Traffic>();
  private readonly keys = new Map<string, { "x-api-key": string }>();
  private readonly lines: Line[] = [];

  private constructor(
    private readonly platform: Platform,
    private readonly writers: readonly Writer[],
    private readonly models: ModelWriter,
  ) {}

  /** Everything that they use has to be there. */
  static async start(platform: Platform): Promise<Crew> {
    const writers = [
      NoteWriter.open(platform),
      await RunWriter.open(platform),
      await VideoWriter.open(platform),
    ];
    const crew = new Crew(platform, writers, await ModelWriter.start(platform));
    await crew.renewKeys();
    await crew.predict("iris", flower());
    await crew.predict("ai-workload", () => ({ body: { inputs: [1, 3, 2] }, isRight: isClass(1) }));
    for (const writer of crew.writers)
      crew.traffic.set(
        writer.name,
        Traffic.of(() => writer.write(), { clients: 2, perSecond: writer.perSecond }),
      );
    return crew;
  }

  /** What came of everything since a moment of performance.now(); of all time, without one. */
  seen(since?: number): Seen {
    return Object.fromEntries(
      [...this.traffic].map(([name, traffic]) => [
        name,
        since === undefined ? traffic.result : traffic.since(since),
      ]),
    );
  }

  /** Waits until each has had three right answers in a row to what was asked since a moment of performance.now(). */
  async allAnswered(since: number): Promise<void> {
    await eventually(
      "everybody gets answers again",
      () => [...this.traffic.values()].every((traffic) => traffic.hasSucceededSince(since, 3)),
      300,
    );
  }

  /** Who asks for predictions, or writes, takes the newest credential. */
  async renew(): Promise<void> {
    await this.renewKeys();
    for (const writer of this.writers) await writer.renew();
  }

  async stop(): Promise<Seen> {
    await Promise.all([...this.traffic.values()].map((traffic) => traffic.stop()));
    for (const line of this.lines) line.close();
    return this.seen();
  }

  /** Reads everything back, and names what was acknowledged and is gone. Each has to have had something acknowledged. */
  async lost(): Promise<string[]> {
    const acknowledged = {
      ...Object.fromEntries(this.writers.map(({ name, acknowledged: count }) => [name, count])),
      models: (await this.models.acknowledged()).length,
    };
    console.log(`    acknowledged: ${JSON.stringify(acknowledged)}`);
    for (const [name, count] of Object.entries(acknowledged)) assert.ok(count > 0, `${name}: none`);
    const lost = await Promise.all([...this.writers, this.models].map((writer) => writer.lost()));
    return lost.flat();
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.stop();
    for (const writer of this.writers) writer.close();
    await this.models.remove();
  }

  private async renewKeys(): Promise<void> {
    for (const [name, { namespace, secret }] of Object.entries(CLIENTS)) {
      const { API_KEY = "" } = await this.platform.secret(namespace, secret);
      assert.notEqual(API_KEY, "");
      this.keys.set(name, { "x-api-key": API_KEY });
    }
  }

  private async predict(name: keyof typeof CLIENTS, next: () => Question): Promise<void> {
    const { host } = CLIENTS[name];
    const line = new Line(await this.platform.entrance(host), host, PACE.clients);
    this.lines.push(line);
    const attempt = async () => {
      const { body, isRight } = next();
      const reply = await line.post("/predict", body, this.keys.get(name));
      if (reply.status !== 200) return `status ${reply.status}: ${reply.text.slice(0, 100)}`;
      return isRight(JSON.parse(reply.text) as Plain) ? undefined : "a wrong prediction";
    };
    this.traffic.set(name, Traffic.of(attempt, PACE));
    this.traffic.set(`${name}, retried`, Traffic.of(retried(attempt), RETRYING_PACE));
  }
}

/** Done again for a while, until it succeeds. */
function retried(attempt: Attempt): Attempt {
  return async () => {
    const began = performance.now();
    for (;;) {
      const failure = await attempt().catch((error: unknown) => String(error));
      if (failure === undefined || performance.now() - began > RETRYING_SECONDS * 1000) return failure;
      await delay(500);
    }
  };
}

interface Question {
  readonly body: object;
  readonly isRight: (answer: Plain) => boolean;
}

const isClass = (wanted: number) => (answer: Plain) => at(answer, "class") === wanted;

/** One species after another. */
function flower(): () => Question {
  const flowers = Object.entries(FLOWERS);
  let count = 0;
  return () => {
    const [species, body] = flowers[count++ % flowers.length] ?? ["", {}];
    return { body, isRight: (answer) => at(answer, "species") === species };
  };
}

/** Of those that must not notice anything: what failed, by who saw it. */
export function failuresIn(seen: Seen, ...names: readonly string[]): Record<string, unknown> {
  const chosen = Object.entries(seen).filter(([name]) => names.length === 0 || names.includes(name));
  return Object.fromEntries(
    chosen.filter(([, { failed }]) => failed > 0).map(([name, { failures }]) => [name, failures]),
  );
}
