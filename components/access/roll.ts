// GrantRoll: who was granted access to a service. A Grant that nothing uses is a mistake in the wiring, found
// when the program is complete.
import * as pulumi from "@pulumi/pulumi";

/** What the roll knows of a Grant: whose it is, and what uses it. */
export interface GrantEntry {
  readonly consumer: string;
  readonly users: readonly pulumi.Resource[];
}

export class GrantRoll {
  private readonly entries: GrantEntry[] = [];
  private closed = false;

  constructor(private readonly service: string) {}

  add(entry: GrantEntry): void {
    if (this.closed) {
      throw new pulumi.RunError(
        `"${entry.consumer}" asks for access to ${this.service} after the granting was sealed. ` +
          `Grant first, seal last.`,
      );
    }
    if (this.entries.some(({ consumer }) => consumer === entry.consumer)) {
      throw new pulumi.RunError(
        `"${entry.consumer}" is granted access to ${this.service} twice. ` +
          `Give the second Grant a consumer of its own: its name is part of every name that follows from it.`,
      );
    }
    this.entries.push(entry);
  }

  /** Ends the granting. Returns everything that uses the service. */
  close(): pulumi.Resource[] {
    const unused = this.entries
      .filter(({ users }) => users.length === 0)
      .map(({ consumer }) => `"${consumer}"`);
    if (unused.length > 0) {
      throw new pulumi.RunError(
        `Access to ${this.service} was granted to ${unused.join(", ")}, but nothing uses it. ` +
          `Pass the Grant to the component that connects, or remove it.`,
      );
    }
    this.closed = true;
    return this.entries.flatMap(({ users }) => users);
  }
}
