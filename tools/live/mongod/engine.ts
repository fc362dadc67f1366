// The engine: keeps documents on the disk where that matters (ferretdb, beside this). It knows nobody, so it listens on a
// socket of this machine alone, and is asked only what its client may ask.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { messages } from "./wire";

export class Engine {
  /** Whatever ends it before its time ends this program, too. */
  static async start(program: string, folder: string): Promise<Engine> {
    const socket = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "mongod-")), "socket");
    const child = spawn(program, [folder, socket], { stdio: "inherit" });
    child.once("error", (error) => console.error(error.message));
    child.once("close", () => process.exit(1));
    const engine = new Engine(child, socket);
    while (!(await engine.answers())) await pass(20);
    return engine;
  }

  private constructor(
    private readonly child: ChildProcess,
    private readonly socket: string,
  ) {}

  link(): Link {
    return new Link(this.socket);
  }

  async stop(): Promise<void> {
    this.child.removeAllListeners("close");
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
    fs.rmSync(path.dirname(this.socket), { recursive: true });
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const attempt = net.connect(this.socket);
      attempt.once("connect", () => resolve(true)).once("error", () => resolve(false));
      attempt.once("connect", () => attempt.destroy());
    });
  }
}

/** The way to the engine of one client: one message after another, as the client sent them. */
export class Link {
  private socket: net.Socket | undefined;
  private answered: ((reply: Buffer) => void) | undefined;
  private failed: ((error: Error) => void) | undefined;

  constructor(private readonly path: string) {}

  ask(message: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      [this.answered, this.failed] = [resolve, reject];
      this.socket ??= this.connect();
      this.socket.write(message);
    });
  }

  /** Whatever is asked is not answered any more. The next question gets a connection of its own. */
  cut(): void {
    this.socket?.removeAllListeners("close").destroy();
    this.socket = undefined;
    this.failed?.(new Error("the connection to the engine was cut"));
  }

  private connect(): net.Socket {
    const socket = net.connect(this.path);
    messages(socket, (reply) => this.answered?.(reply));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.socket = undefined;
      this.failed?.(new Error("the engine has ended the connection"));
    });
    return socket;
  }
}
