// Changes to a running stack, as people make them: a changed configuration, and `make up`.
import { readFileSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { withOverlay } from "../../../tools/stack/overlay";
import type { Platform } from "../../live/support/platform";

/** Keys of the configuration without `mlops-platform:`, and what they are set to. */
export type Settings = Readonly<Record<string, unknown>>;

/** On top of what the file says that a run of `make live` wrote; the next one writes it anew. */
export class Changes {
  private text: string;

  constructor(private readonly platform: Platform) {
    this.text = readFileSync(platform.machine.home.config, "utf8");
  }

  /** Merges settings over those that there are, and deploys them. */
  async deploy(settings: Settings): Promise<void> {
    this.merge(settings);
    await this.platform.stack("up");
  }

  /** The same without deploying: somebody else does. */
  merge(settings: Settings): void {
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`mlops-platform:${key}`, value]),
    );
    this.text = withOverlay(this.text, stringify({ config }));
    writeFileSync(this.platform.machine.home.config, this.text, { mode: 0o600 });
  }
}
