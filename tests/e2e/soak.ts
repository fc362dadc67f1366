// `make soak N=100 SEED=1`: kills the engine N times, at moments that the seed decides, and stops at the first crash
// that is not put right. It prints the seed, with which the same moments come again.
import { Checkout } from "./support/checkout";
import { describeCrash, plan, Victims } from "./support/crash";

async function main(): Promise<void> {
  const count = whole("N", 100);
  const seed = whole("SEED", Date.now() % 1_000_000);
  console.log(`${count} crashes with SEED=${seed}`);
  const checkout = await Checkout.open();
  const stack = new Victims(checkout);
  await stack.measure();
  for (const [at, crash] of plan(seed, count).entries()) {
    const { recoverSeconds, upSeconds } = await stack.survive(crash);
    const times = `recover ${recoverSeconds.toFixed(1)} s, up ${upSeconds.toFixed(1)} s`;
    console.log(`${String(at + 1).padStart(4)}/${count}  came through ${describeCrash(crash)} (${times})`);
  }
  checkout.close();
  console.log(`${count} crashes survived: no orphan, volumes and credentials unchanged (SEED=${seed}).`);
}

/** A number from the environment. */
function whole(name: string, otherwise: number): number {
  const given = process.env[name];
  if (given === undefined || given === "") return otherwise;
  if (!/^\d+$/.test(given)) throw new Error(`${name}=${given} is not allowed: it is a whole number.`);
  return Number(given);
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
