// Home: where a live machine and what belongs to it are. Several may be side by side; each has its own.
import { existsSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PROJECT, privateFolder } from "../stack/settings";

type Environment = Readonly<Record<string, string | undefined>>;

export class Home {
  constructor(readonly folder: string) {}

  /** The one of LIVE_HOME, or this user's own. */
  static of(environment: Environment = process.env): Home {
    const { LIVE_HOME: given = "", XDG_STATE_HOME: state = "" } = environment;
    if (given.trim() !== "") return new Home(path.resolve(given.trim()));
    const states =
      state.trim() === "" ? path.join(os.homedir(), ".local", "state") : path.resolve(state.trim());
    return new Home(path.join(states, PROJECT, "live"));
  }

  /** The machine: its disk, its volumes, its logs. tools/control-plane looks after it. */
  get machine(): string {
    return path.join(this.folder, "machine");
  }

  /** State of the stack: its own, so that a developer's `dev` is another one. */
  get state(): string {
    return path.join(this.folder, "state");
  }

  /** What is different for the stack here, with the images as they were built. */
  get config(): string {
    return path.join(this.folder, "stack.yaml");
  }

  get timings(): string {
    return path.join(this.folder, "timings.json");
  }

  /** From which archive each image was loaded last. */
  private get loadedFile(): string {
    return path.join(this.folder, "loaded.json");
  }

  private get removing(): string {
    return path.join(this.folder, "removing");
  }

  get exists(): boolean {
    return existsSync(this.folder);
  }

  /** True when a removal began and did not end: what is left is of no use to anybody. */
  get isHalfRemoved(): boolean {
    return existsSync(this.removing) || (existsSync(this.state) && !existsSync(this.machine));
  }

  open(): void {
    privateFolder(this.folder);
  }

  get loaded(): Readonly<Record<string, string>> {
    if (!existsSync(this.loadedFile)) return {};
    return JSON.parse(readFileSync(this.loadedFile, "utf8")) as Record<string, string>;
  }

  set loaded(archives: Readonly<Record<string, string>>) {
    writeFileSync(this.loadedFile, JSON.stringify(archives, null, 2));
  }

  /** Removes what is in it. What removes the machine itself comes in between, and may fail: then this is to be done again. */
  async remove(removeMachine: () => Promise<void>): Promise<void> {
    writeFileSync(this.removing, "");
    await removeMachine();
    for (const each of [this.machine, this.state, this.config, this.timings, this.loadedFile, this.removing])
      rmSync(each, { recursive: true, force: true });
    // Only if it is empty: it may be a folder with something of somebody else in it.
    try {
      rmdirSync(this.folder);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOTEMPTY")) throw error;
    }
  }
}
