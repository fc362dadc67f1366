// Builds of images to watch: a copy of tools/live/images with tiny images of its own. `tiny` starts from `base`, and its build
// calls this process, which so knows that it is under way, and says when it may go on. `lost` cannot be built, and `barred` says
// so by itself.
import * as assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { imagesIn, type Image } from "../../../tools/live/images";
import { ended, killAll, startedWith, type Watched } from "../../support/waiting";
import { run, scratch, start, write, type Result } from "../../support/processes";

const tools = path.resolve(__dirname, "../../../tools");

/** Where the images of the platform are built and described. */
export const IMAGES = path.join(tools, "live/images");

/** A row: its image, its tag, what it is for, its folder. */
const table = (tag: string): string =>
  ["base 1 base base", `tiny ${tag} short tiny`, "lost 1 short lost", "barred 1 short barred", ""].join("\n");

/** A user's cache without an image; the programs in it are those of the user who runs the tests. */
export class Cache {
  readonly home = scratch("images-cache");
  readonly folder = path.join(this.home, "mlops-platform/images");
  /** For what is needed meanwhile. */
  readonly temporary = scratch("images-temporary");

  constructor() {
    const { XDG_CACHE_HOME: own = "", HOME: home = "" } = process.env;
    const programs = path.join(own === "" ? path.join(home, ".cache") : own, "mlops-platform/toolchain");
    fs.mkdirSync(path.dirname(this.folder));
    fs.symlinkSync(programs, path.join(path.dirname(this.folder), "toolchain"));
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, XDG_CACHE_HOME: this.home, TMPDIR: this.temporary };
  }

  /** What is in it; nothing before the first build. */
  files(): string[] {
    return fs.existsSync(this.folder) ? fs.readdirSync(this.folder).sort() : [];
  }

  /** Makes an archive one of so many days ago, or a new one that nobody can read. Returns its path. */
  age(name: string, days: number): string {
    const file = path.join(this.folder, name);
    const time = Date.now() / 1000 - days * 24 * 60 * 60;
    fs.appendFileSync(file, "");
    fs.utimesSync(file, time, time);
    return file;
  }

  /** Containers that builds made and did not remove. */
  containers(): unknown {
    const list = path.join(this.folder, "storage/overlay-containers/containers.json");
    return JSON.parse(fs.readFileSync(list, "utf8"));
  }

  /** Processes that work with it, also those that belong to nobody by now. */
  workers(): number[] {
    return startedWith(`XDG_CACHE_HOME=${this.home}`);
  }

  /** Where any process has something of it mounted. */
  mounts(): string[] {
    const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const tables = pids.map((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/mountinfo`, "utf8");
      } catch {
        return "";
      }
    });
    const lines = tables.flatMap((table) => table.split("\n"));
    return [...new Set(lines.filter((line) => line.includes(this.home)))];
  }
}

/** The copy. */
export class Workshop {
  private readonly folder = scratch("images");
  private readonly images = path.join(this.folder, "tools/live/images");
  private readonly caches: Cache[] = [];
  private readonly waiting: net.Socket[] = [];
  private readonly server = net.createServer({ allowHalfOpen: true }, (socket) => this.called(socket));

  /** How often a build of `tiny` called. */
  calls = 0;
  private held = false;

  async open(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    const { port } = this.server.address() as net.AddressInfo;
    fs.mkdirSync(this.images, { recursive: true });
    fs.symlinkSync(path.join(tools, "toolchain"), path.join(this.folder, "tools/toolchain"));
    fs.copyFileSync(path.join(IMAGES, "build"), path.join(this.images, "build"));
    this.tag("1");
    const base = ["FROM scratch", "COPY toolchain/busybox /bin/busybox", "COPY greeting /greeting", ""];
    write(path.join(this.images, "base"), { Containerfile: base.join("\n"), greeting: "Hello" });
    // Whoever runs the image has to be able to read what is in it.
    const call = `/bin/busybox cat /greeting /note /prepared && exec /bin/busybox nc 127.0.0.1 ${port}`;
    const tiny = [
      "FROM localhost/mlops-live/base",
      "COPY note prepared /",
      "USER 10001:10001",
      `RUN ${JSON.stringify(["/bin/busybox", "sh", "-c", call])}`,
      "",
    ];
    write(path.join(this.images, "tiny"), {
      Containerfile: tiny.join("\n"),
      note: "A note",
      prepare: '#!/bin/sh\necho Prepared >"$1/prepared"\n',
    });
    this.allow("tiny/prepare", 0o700);
    const nowhere = "FROM scratch\nCOPY toolchain/nowhere /nowhere\n";
    write(path.join(this.images, "lost"), { Containerfile: nowhere });
    write(path.join(this.images, "barred"), {
      Containerfile: nowhere,
      check: "#!/bin/sh\necho Nothing for it is here. >&2\nexit 1\n",
    });
    this.allow("barred/check", 0o700);
  }

  close(): void {
    this.letGo();
    this.server.close();
    for (const cache of this.caches) killAll(cache.workers());
  }

  cache(): Cache {
    const cache = new Cache();
    this.caches.push(cache);
    return cache;
  }

  /** The tag of `tiny`. */
  tag(tag: string): void {
    this.write("images.txt", table(tag));
  }

  /** Changes a file of the copy. */
  append(file: string, content: string): void {
    fs.appendFileSync(path.join(this.images, file), content);
  }

  /** Writes a file of the copy anew. */
  write(file: string, content: string): void {
    fs.writeFileSync(path.join(this.images, file), content);
  }

  /** Changes who may do what with a file. */
  allow(file: string, mode: number): void {
    fs.chmodSync(path.join(this.images, file), mode);
  }

  run(cache: Cache, ...args: string[]): Promise<Result> {
    return run(path.join(this.images, "build"), args, { env: cache.environment });
  }

  /** The image of this name, which is said to be there. */
  async build(cache: Cache, name: string): Promise<Image> {
    const { code, stdout, output } = await this.run(cache, name);
    assert.equal(code, 0, output);
    return only(stdout);
  }

  /** Starts one that is known to build, which gets to its middle and no further before `letGo`. */
  async startHeld(cache: Cache): Promise<Watched> {
    const before = this.calls;
    this.held = true;
    const build = this.start(cache);
    const early = build.result.then(({ output }) => assert.fail(`it ended before it called: ${output}`));
    while (this.calls === before) await Promise.race([once(this.server, "connection"), early]);
    return build;
  }

  /** Starts a build of `tiny`. */
  start(cache: Cache): Watched {
    const stdio = ["ignore", "pipe", "pipe"] as const;
    return ended(
      start(path.join(this.images, "build"), ["tiny"], { env: cache.environment, stdio: [...stdio] }),
    );
  }

  letGo(): void {
    this.held = false;
    for (const socket of this.waiting.splice(0)) socket.end();
  }

  private called(socket: net.Socket): void {
    this.calls += 1;
    // Of a build that was killed.
    socket.on("error", () => undefined);
    socket.resume();
    if (this.held) this.waiting.push(socket);
    else socket.end();
  }
}

/** The one image of what a build printed. */
export function only(printed: string): Image {
  const [image, ...more] = imagesIn(printed);
  assert.ok(image && more.length === 0, printed);
  return image;
}
