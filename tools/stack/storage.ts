// Storage: the files of a backend that is a folder of this machine, as far as a killed engine leaves them in disorder.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import * as path from "node:path";
import { PROJECT } from "./settings";

/** Who holds a stack. */
export interface Lock {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

export class Storage {
  private readonly lockFolder: string;
  private readonly stateFolder: string;

  constructor(
    folder: string,
    private readonly stack: string,
  ) {
    this.lockFolder = path.join(folder, ".pulumi", "locks", "organization", PROJECT, stack);
    this.stateFolder = path.join(folder, ".pulumi", "stacks", PROJECT);
  }

  locks(): Lock[] {
    return filesIn(this.lockFolder)
      .filter((file) => file.endsWith(".json"))
      .flatMap((file) => {
        const lock = parsed(file);
        return lock === undefined ? [] : [lock as Lock];
      });
  }

  /**
   * Removes what the engine was writing when it was killed: temporary files, and metadata that is only half there,
   * without which it reads the state very well and with which it does not. Only for a stack that nobody works on.
   */
  mend(): void {
    const ofStack = filesIn(this.stateFolder).filter((file) =>
      path.basename(file).startsWith(`${this.stack}.json`),
    );
    const halfWritten = [...ofStack, ...filesIn(this.lockFolder)].filter(
      (file) => file.endsWith(".tmp") || (file.endsWith(".attrs") && parsed(file) === undefined),
    );
    for (const file of halfWritten) rmSync(file, { force: true });
  }
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((file) => path.join(folder, file)) : [];
}

/** Undefined for a file that is not whole, or not there any more. */
function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}
