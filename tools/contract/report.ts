/**
 * What a person is told about a contract that breaks its readers.
 */
import type { Break } from "./breaks";

const RAISE = "raise CONTRACT_VERSION in stacks/contract/shape.ts and run `make contract`";

/** Each with the field, what changed, whom it breaks and why, and what to do. */
export function report(found: readonly Break[]): string {
  return found
    .map(({ field, kind, change, harm }) => {
      const fix =
        kind === "meaning"
          ? `where it only says the same in other words, run \`make contract REWORDED=1\`; otherwise ${RAISE}`
          : `take the change back, or ${RAISE}`;
      return [
        `${field === "" ? "the contract" : field} ${change}`,
        `  breaks: ${harm}`,
        `  fix:    ${fix}`,
      ].join("\n");
    })
    .join("\n");
}
