// Large uploads: a service that takes them, clients that send them, and what a process needs of memory meanwhile.
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import * as os from "node:os";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";

export const MEBI = 2 ** 20;

/** A service behind the ingress: it says what reached it, and answers as late as it is asked to (`?after=SECONDS`). */
export class Receiver {
  /** Bytes of all requests' bodies. */
  received = 0;
  /** Requests of which the headers came. */
  requests = 0;
  /** Requests that came to their end. */
  whole = 0;

  private constructor(
    private readonly server: http.Server,
    readonly address: string,
    readonly port: number,
  ) {
    server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
      // Who is cut off gets no answer.
      this.answer(request, response).catch(() => response.destroy());
    });
  }

  /** It listens on an address of this machine that Kubernetes takes for a pod's: no loopback address. */
  static async start(): Promise<Receiver> {
    const address = Object.values(os.networkInterfaces())
      .flat()
      .find((each) => each?.family === "IPv4" && !each.internal)?.address;
    if (address === undefined) throw new Error("this machine has no IPv4 address but loopback ones");
    // Node has a limit on requests of its own: five minutes.
    const server = http.createServer({ requestTimeout: 0 });
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    const bound = server.address();
    return new Receiver(server, address, typeof bound === "object" && bound !== null ? bound.port : 0);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    this.requests++;
    const hash = createHash("sha256");
    for await (const chunk of request as AsyncIterable<Buffer>) {
      this.received += chunk.length;
      hash.update(chunk);
    }
    this.whole++;
    await delay(1000 * Number(new URL(request.url ?? "/", "http://service").searchParams.get("after")));
    response.end(hash.digest("hex"));
  }
}

/** A body that is at hand. */
export class Text {
  readonly size: number;

  constructor(private readonly content: string) {
    this.size = Buffer.byteLength(content);
  }

  stream(): Readable {
    return Readable.from([Buffer.from(this.content)]);
  }
}

/** A body of so many bytes, no two parts of which are the same. What was sent so far has a checksum. */
export class Body {
  private readonly hash = createHash("sha256");

  constructor(
    readonly size: number,
    /** Before each part of at most a mebibyte; the next one waits for it. */
    private readonly before: (sent: number) => Promise<void> | void = () => undefined,
  ) {}

  stream(): Readable {
    return Readable.from(this.parts(), { objectMode: false });
  }

  get checksum(): string {
    return this.hash.copy().digest("hex");
  }

  private async *parts(): AsyncGenerator<Buffer> {
    for (let sent = 0; sent < this.size; sent += MEBI) {
      await this.before(sent);
      const part = Buffer.alloc(Math.min(MEBI, this.size - sent), `part at ${sent} `);
      this.hash.update(part);
      yield part;
    }
  }
}

/** Bytes of the form that a browser sends around a file of such a name. */
export async function formAround(name: string): Promise<number> {
  const form = new FormData();
  form.set("video", new Blob([], { type: "video/mp4" }), name);
  return (await new Response(form).arrayBuffer()).byteLength;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Pick<Body, "size" | "stream">;
}

/** Where an ingress controller listens on this machine. */
export interface Entrance {
  readonly protocol: "http:" | "https:";
  readonly port: number;
  /** The certificate that it has to show. Without one, any will do. */
  readonly ca?: string;
}

/** A request to a host behind an ingress controller, over HTTP/1.1. */
export async function ask(
  { protocol, port, ca }: Entrance,
  host: string,
  asked: Asked = {},
): Promise<Answer> {
  const { method = asked.body ? "POST" : "GET", path = "/", headers = {}, body } = asked;
  const request = (protocol === "https:" ? https : http).request({
    host: "127.0.0.1",
    port,
    method,
    path,
    agent: false,
    servername: host,
    rejectUnauthorized: ca !== undefined,
    ca,
    headers: { host, ...(body ? { "content-length": body.size } : {}), ...headers },
  });
  const response = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject);
  });
  const sending = send(body, request);
  const answer = await response.catch(async (error: unknown) => {
    throw (await sending) ?? error;
  });
  const text = await textOf(answer);
  // Who refuses a body answers before all of it was sent.
  request.destroy();
  return { status: answer.statusCode ?? 0, headers: answer.headers, text };
}

/** The same over HTTP/2, as browsers do. */
export async function askHttp2({ protocol, port }: Entrance, host: string, body: Body): Promise<Answer> {
  const session = http2.connect(`${protocol}//127.0.0.1:${port}`, {
    servername: host,
    rejectUnauthorized: false,
  });
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": "/",
      ":authority": host,
      "content-length": body.size,
    });
    const response = new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
      session.on("error", reject);
      stream.on("error", reject);
      stream.once("response", resolve);
    });
    const text = textOf(stream);
    const sending = send(body, stream);
    const headers = await response.catch(async (error: unknown) => {
      throw (await sending) ?? error;
    });
    return { status: Number(headers[":status"]), headers, text: await text };
  } finally {
    session.destroy();
  }
}

/** Sends a body, if there is one. What went wrong is the result: mostly that the other side wants no more of it. */
async function send(body: Asked["body"], to: Writable): Promise<unknown> {
  return pipeline(body?.stream() ?? Readable.from([]), to).catch((error: unknown) => error);
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** How much more memory than before a process has at its highest, in bytes, while something is done. */
export async function growth(pid: number, during: () => Promise<void>): Promise<number> {
  // So Linux forgets the highest it had so far.
  fs.writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const before = memory(pid, "VmRSS");
  await during();
  return memory(pid, "VmHWM") - before;
}

function memory(pid: number, which: "VmRSS" | "VmHWM"): number {
  const [, kibi] = new RegExp(`^${which}:\\s+(\\d+) kB$`, "m").exec(
    fs.readFileSync(`/proc/${pid}/status`, "utf8"),
  )!;
  return Number(kibi) * 1024;
}
