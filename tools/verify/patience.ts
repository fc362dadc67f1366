// Waiting for what is still to come: right after a deployment an autoscaler adds pods, a controller an ingress' address.
import type { Check } from "./checks";

const PAUSE_SECONDS = 2;
const ROUNDS_BETWEEN_WORDS = 10;

export interface Patience {
  readonly seconds: number;
  readonly say: (text: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/**
 * Looks again while something is not ready yet, for so many seconds of pauses. Whatever else is wrong does not come right by
 * itself, and ends the waiting.
 */
export async function patiently(
  look: () => Promise<readonly Check[]>,
  { seconds, say, pause }: Patience,
): Promise<readonly Check[]> {
  for (let round = 0; ; round++) {
    const checks = await look();
    const problems = checks.filter(({ problem }) => problem !== undefined);
    const isUnderWay = problems.length > 0 && problems.every(({ isUnready }) => isUnready === true);
    if (!isUnderWay || (round + 1) * PAUSE_SECONDS > seconds) return checks;
    if (round % ROUNDS_BETWEEN_WORDS === 0) say(`Waiting for ${namesOf(problems)}...`);
    await pause(PAUSE_SECONDS * 1000);
  }
}

function namesOf(problems: readonly Check[]): string {
  const [first, ...others] = problems.map(({ namespace, object }) =>
    namespace === "" ? object : `${object} in ${namespace}`,
  );
  return others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
}
