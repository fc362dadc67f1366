// Home: where a live machine and what belongs to it are. Several may be side by side; each has its own. A mark tells it from folders
// of something else, in which nothing is made and nothing is removed.
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { isFileOrRemains, replaceFile } from "../stack/files";
import { UserError } from "../stack/process";
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

  /** Is there from the machine's first start until nothing of it is left. */
  get machineSettings(): string {
    return path.join(this.machine, "settings.json");
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

  private get mark(): string {
    return path.join(this.folder, ".mlops-live");
  }

  get wasStarted(): boolean {
    return existsSync(this.machineSettings);
  }

  /** Whether the folder is a home, and not something else's. Those of older versions have a machine, and no mark. */
  get exists(): boolean {
    return existsSync(this.mark) || this.wasStarted;
  }

  /** True when a removal began and did not end: what is left is of no use to anybody. */
  get isHalfRemoved(): boolean {
    const isBegun = existsSync(this.removing) || (existsSync(this.state) && !existsSync(this.machine));
    return this.exists && isBegun;
  }

  /** Makes it, unless it is there. */
  open(): void {
    privateFolder(this.folder);
    const [found, ...more] = this.exists ? [] : readdirSync(this.folder);
    if (found !== undefined)
      throw new UserError(
        `${this.folder} holds files of something else (${found}${more.length === 0 ? "" : ` and ${more.length} more`}): ` +
          "choose an empty or new folder with LIVE_HOME=DIR.",
      );
    this.markAsOurs();
  }

  private markAsOurs(): void {
    writeFileSync(this.mark, "The live platform of mlops-platform is here: `make live-down` removes it.\n");
  }

  /** For what needs a machine that was brought up. */
  mustHaveMachine(): void {
    if (!this.wasStarted || this.isHalfRemoved)
      throw new UserError(`There is no live machine in ${this.folder}: \`make live\` makes it.`);
  }

  get loaded(): Readonly<Record<string, string>> {
    if (!existsSync(this.loadedFile)) return {};
    return JSON.parse(readFileSync(this.loadedFile, "utf8")) as Record<string, string>;
  }

  set loaded(archives: Readonly<Record<string, string>>) {
    replaceFile(this.loadedFile, JSON.stringify(archives, null, 2));
  }

  /** Removes what is in it. What removes the machine itself comes in between, and may fail: then this is to be done again. */
  async remove(removeMachine: () => Promise<void>): Promise<void> {
    this.markAsOurs();
    writeFileSync(this.removing, "");
    await removeMachine();
    for (const folder of [this.machine, this.state]) rmSync(folder, { recursive: true, force: true });
    const files = [this.config, this.timings, this.loadedFile].map((file) => path.basename(file));
    for (const name of readdirSync(this.folder))
      if (files.some((file) => isFileOrRemains(file, name))) rmSync(path.join(this.folder, name));
    // The mark goes last, so that a removal that is killed can be done again.
    for (const file of [this.removing, this.mark]) rmSync(file, { force: true });
    // Only if it is empty: it may be a folder with something of somebody else in it.
    try {
      rmdirSync(this.folder);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOTEMPTY")) throw error;
    }
  }
}
