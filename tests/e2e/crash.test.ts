// Crashes in the middle of everything: whatever is killed, `make recover` and `make up` end where an undisturbed run
// ends, with the same volumes and the same credentials. `make soak` runs as many of them as wanted.
import { Checkout, closeCheckouts } from "./support/checkout";
import { type Crash, describeCrash, plan, Victims } from "./support/crash";

const SEED = Number(process.env.SEED ?? 4);
const CRASHES = 10;

const others: readonly Crash[] = [
  { operation: "create", victim: "kube-apiserver", progress: 0.4 },
  { operation: "create", victim: "etcd", progress: 0.6 },
  { operation: "update", victim: "etcd", progress: 0.3 },
];

describe(`a stack whose run is killed (SEED=${SEED})`, function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;
  let stack: Victims;

  before(async function () {
    checkout = await Checkout.make(this);
    stack = new Victims(checkout);
    await stack.measure();
  });
  after(closeCheckouts);

  for (const crash of [...plan(SEED, CRASHES), ...others])
    it(`comes through ${describeCrash(crash)}`, async () => {
      await stack.survive(crash);
    });
});
