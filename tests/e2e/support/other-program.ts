// Another program of Pulumi beside the platform, as its users write one: with the packages that they install, its state
// in the same backend and its objects in the same cluster.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { copied, root } from "../../package/support/installed";
import type { Result } from "../../support/processes";
import type { Checkout } from "./checkout";

/** What the engine would do to one resource: `update Deployment notes`, and the properties that differ. */
export interface Step {
  readonly what: string;
  readonly properties: readonly string[];
}

interface PrintedStep {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

/** What an example asks of the platform: the consumers in its platform.yaml. */
export function consumersOf(folder: string): Record<string, unknown> {
  const text = fs.readFileSync(path.join(root, folder, "platform.yaml"), "utf8");
  const { config } = parse(text) as { config: Record<string, Record<string, unknown>> };
  return config["mlops-platform:consumers"] ?? {};
}

export class OtherProgram {
  private constructor(
    private readonly checkout: Checkout,
    private readonly folder: string,
  ) {}

  /** A copy of a folder of the checkout, with a stack `dev`. The platform has to be deployed. */
  static async make(checkout: Checkout, folder: string): Promise<OtherProgram> {
    const program = new OtherProgram(checkout, copied(folder));
    await program.succeed("stack", "init", "dev");
    return program;
  }

  run(...args: string[]): Promise<Result> {
    return this.checkout.engine(this.folder, "dev", args);
  }

  async succeed(...args: string[]): Promise<string> {
    const { code, stdout, output } = await this.run(...args);
    assert.equal(code, 0, `pulumi ${args.join(" ")}: ${output}`);
    return stdout;
  }

  async up(): Promise<void> {
    await this.succeed("up", "--yes", "--skip-preview");
  }

  /** What `up` would change. What it only looks at is no change. */
  async preview(): Promise<Step[]> {
    const { steps = [] } = JSON.parse(await this.succeed("preview", "--json")) as { steps?: PrintedStep[] };
    return steps
      .filter(({ op }) => op !== "same" && op !== "read")
      .map(({ op, urn, detailedDiff }) => {
        const [type = "", name = ""] = urn.split("::").slice(-2);
        return {
          what: `${op} ${type.split(":").at(-1)} ${name}`,
          // Versions of the provider write a name with a slash in one of two ways.
          properties: Object.keys(detailedDiff ?? {})
            .map((property) => property.replace(/\["([^"]+)"\]/g, ".$1"))
            .sort(),
        };
      });
  }

  /** What people are told by a preview that cannot succeed with such settings. */
  async refusal(settings: Readonly<Record<string, string>>): Promise<string> {
    for (const [key, value] of Object.entries(settings)) await this.succeed("config", "set", key, value);
    const { code, output } = await this.run("preview");
    for (const key of Object.keys(settings)) await this.succeed("config", "rm", key);
    assert.notEqual(code, 0, `the preview succeeded:\n${output}`);
    return output;
  }
}
