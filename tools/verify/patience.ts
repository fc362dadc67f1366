// Waiting for what is still to come: right after a deployment an autoscaler adds pods, a controller an ingress' address.
import type { Check } from "./checks";

const PAUSE_SECONDS = 2;
const SECONDS_BETWEEN_WORDS = 20;

export interface Patience {
  readonly seconds: number;
  readonly say: (text: string) => void;
  /** Milliseconds of a clock. */
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/**
 * Looks again while something is not ready yet, until so many seconds are over. Whatever else is wrong does not come right by
 * itself, and ends the waiting.
 */
export async function patiently(
  look: () => Promise<readonly Check[]>,
  { seconds, say, now, pause }: Patience,
): Promise<readonly Check[]> {
  const waited = (since: number): number => (now() - since) / 1000;
  const began = now();
  let said: number | undefined;
  for (;;) {
    const checks = await look();
    const problems = checks.filter(({ problem }) => problem !== undefined);
    const isUnderWay = problems.length > 0 && problems.every(({ isUnready }) => isUnready === true);
    if (!isUnderWay || waited(began) + PAUSE_SECONDS > seconds) return checks;
    if (said === undefined || waited(said) >= SECONDS_BETWEEN_WORDS) {
      say(`Waiting for ${namesOf(problems)}...`);
      said = now();
    }
    await pause(PAUSE_SECONDS * 1000);
  }
}

function namesOf(problems: readonly Check[]): string {
  const [first, ...others] = problems.map(({ namespace, object }) =>
    namespace === "" ? object : `${object} in ${namespace}`,
  );
  return others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
}
