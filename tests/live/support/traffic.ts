// Traffic: attempts without a pause, of which every one is counted, while something else happens.
import * as https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { Entrance } from "../../support/uploads";

export interface Pace {
  /** Clients that go on at the same time, each with one attempt after another. */
  readonly clients: number;
  /** Of all clients together. */
  readonly perSecond: number;
}

export interface Load extends Pace {
  readonly host: string;
  readonly path: string;
  /** Read again for every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: object;
  /** What is wrong with an answer, if anything is; by default any status but 200 is. */
  readonly judge?: (status: number, text: string) => string | undefined;
}

export interface Result {
  readonly sent: number;
  readonly failed: number;
  /** How often something was wrong, by what it was. */
  readonly failures: Readonly<Record<string, number>>;
  /** The longest time without a right answer, in seconds. */
  readonly silence: number;
  /** Milliseconds within which that share of the right answers came, such as 0.99. */
  percentile(share: number): number;
}

/** Done once: it says what was wrong, if anything was, or throws it. */
export type Attempt = () => Promise<string | undefined>;

interface Outcome {
  /** Its number: each does one attempt after another. */
  readonly client: number;
  readonly began: number;
  readonly ended: number;
  readonly failure: string | undefined;
}

export class Traffic {
  private readonly outcomes: Outcome[] = [];
  private readonly began = performance.now();
  private isEnded = false;
  private stopped: number | undefined;
  private readonly clients: Promise<void>[];

  private constructor(
    private readonly attempt: Attempt,
    private readonly pace: Pace,
    private readonly close: () => void,
  ) {
    this.clients = Array.from({ length: pace.clients }, (_, number) => this.client(number));
  }

  /** Of any kind. */
  static of(attempt: Attempt, pace: Pace, close: () => void = () => undefined): Traffic {
    return new Traffic(attempt, pace, close);
  }

  /** POST requests, each client's on a connection that it keeps. */
  static start(entrance: Entrance, load: Load): Traffic {
    const line = new Line(entrance, load.host, load.clients);
    const { judge = onlyOk } = load;
    const attempt = async () => {
      const { status, text } = await line.post(load.path, load.body, load.headers);
      return judge(status, text);
    };
    return new Traffic(attempt, load, () => line.close());
  }

  /** Sends on while something is done, and ends when it is, however it ended. */
  static async during(entrance: Entrance, load: Load, work: () => Promise<unknown>): Promise<Result> {
    const traffic = Traffic.start(entrance, load);
    try {
      await work();
    } finally {
      await traffic.stop();
    }
    return traffic.result;
  }

  async stop(): Promise<Result> {
    this.isEnded = true;
    await Promise.all(this.clients);
    this.stopped ??= performance.now();
    this.close();
    return this.result;
  }

  get result(): Result {
    return this.since(this.began);
  }

  /** How many attempts succeeded since the last one that did not. */
  get rightInARow(): number {
    const last = this.outcomes.findLastIndex(({ failure }) => failure !== undefined);
    return this.outcomes.length - 1 - last;
  }

  /**
   * Whether each client's last attempts succeeded: this many that it began after a moment of performance.now(). What it began before
   * that has ended then, however it did.
   */
  hasSucceededSince(moment: number, times: number): boolean {
    return this.clients.every((_, number) => {
      const last = this.outcomes.filter(({ client }) => client === number).slice(-times);
      return (
        last.length === times && last.every(({ began, failure }) => began >= moment && failure === undefined)
      );
    });
  }

  /** What came of the attempts that ended after a moment of performance.now(). */
  since(moment: number): Result {
    const own = this.outcomes.filter(({ ended }) => ended >= moment);
    const wrong = own.flatMap(({ failure }) => failure ?? []);
    const right = own.filter(({ failure }) => failure === undefined);
    const milliseconds = right.map(({ began, ended }) => ended - began).sort((a, b) => a - b);
    const answers = [moment, ...right.map(({ ended }) => ended), this.stopped ?? performance.now()];
    const failures: Record<string, number> = {};
    for (const failure of wrong) failures[failure] = (failures[failure] ?? 0) + 1;
    return {
      sent: own.length,
      failed: wrong.length,
      failures,
      silence: Math.max(0, ...answers.slice(1).map((at, index) => at - (answers[index] ?? at))) / 1000,
      percentile: (share) =>
        milliseconds[Math.min(milliseconds.length - 1, Math.floor(milliseconds.length * share))] ?? NaN,
    };
  }

  private async client(number: number): Promise<void> {
    const pause = (1000 * this.pace.clients) / this.pace.perSecond;
    // Not all at once.
    await delay(Math.random() * pause);
    while (!this.isEnded) {
      const began = performance.now();
      const failure = await this.attempt().catch((error: unknown) => String(error));
      const ended = performance.now();
      this.outcomes.push({ client: number, began, ended, failure });
      await delay(Math.max(0, pause - (ended - began)));
    }
  }
}

const PATIENCE_SECONDS = 30;

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Buffer;
  /** Seconds without a byte of an answer after which there will be none. @default 30 */
  readonly patience?: number;
}

/** Connections to a host that are kept, as programs keep them. */
export class Line {
  private readonly agent: https.Agent;

  constructor(
    private readonly entrance: Entrance,
    private readonly host: string,
    connections: number,
  ) {
    this.agent = new https.Agent({ keepAlive: true, maxSockets: connections });
  }

  close(): void {
    this.agent.destroy();
  }

  post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const content = Buffer.from(JSON.stringify(body));
    return this.ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      content,
    });
  }

  ask(
    path: string,
    { method = "GET", headers = {}, content, patience = PATIENCE_SECONDS }: Sent = {},
  ): Promise<Reply> {
    const { host, agent } = this;
    const { port, ca } = this.entrance;
    const length = content === undefined ? {} : { "content-length": content.length };
    return new Promise((resolve, reject) => {
      const request = https.request(
        {
          host: "127.0.0.1",
          port,
          path,
          method,
          agent,
          servername: host,
          ca,
          rejectUnauthorized: ca !== undefined,
          timeout: patience * 1000,
          headers: { host, ...length, ...headers },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => (text += part));
          response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
          response.once("error", reject);
        },
      );
      request.once("timeout", () => request.destroy(new Error(`no answer within ${patience} s`)));
      request.once("error", reject);
      request.end(content);
    });
  }
}

const onlyOk = (status: number): string | undefined => (status === 200 ? undefined : `status ${status}`);
