// A report: some stacks, compared with a base.
import type { StackReport } from "./sections";

export interface Report {
  /** The base in words: `origin/main (1234567)`. */
  readonly base: string;
  readonly stacks: readonly StackReport[];
}
