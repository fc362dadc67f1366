// `make bench-live`: how long predictions of iris take through the ingress of the platform with real pods, and how much memory
// that takes. `make live` comes first; how long its steps took is in what it prints. The program that asks shares the machine.
import * as os from "node:os";
import { performance } from "node:perf_hooks";
import { Home } from "../../tools/live/home";
import { Machine } from "../../tools/live/machine";
import { memoryOfPods } from "../../tools/live/report";
import { UserError } from "../../tools/stack/process";
import { table } from "../../tools/stack/table";
import { Line } from "../live/support/traffic";
import { FLOWERS } from "../support/iris";

const HOST = "iris-api.example.com";
const CONNECTIONS = [1, 4, 16];
const ROUNDS = 3;
const ROUND_SECONDS = 8;

async function main(): Promise<void> {
  const home = Home.of();
  home.mustHaveMachine();
  const machine = new Machine(home);
  const kubectl = await machine.kubectl();
  const secret = ["get", "secret", "iris-api-key", "--namespace=mlops", "--output=jsonpath={.data.API_KEY}"];
  const key = Buffer.from(await kubectl.text(secret), "base64").toString();
  // The certificate is the stack's own, and who answers is known here: this machine.
  const entrance = { protocol: "https:", port: machine.ports().https } as const;

  console.log(`load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} cores`);
  const times = new Map(CONNECTIONS.map((connections) => [connections, [] as number[]]));
  // In turns, so that whatever else the machine does falls on all of them.
  for (let round = 0; round < ROUNDS; round++)
    for (const [connections, seen] of times) {
      const line = new Line(entrance, HOST, connections);
      await Promise.all(Array.from({ length: connections }, () => ask(line, key, seen)));
      line.close();
    }
  const rows = [...times].map(([connections, seen]) => {
    const sorted = seen.sort((a, b) => a - b);
    const share = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? NaN).toFixed(1);
    const perSecond = sorted.length / (ROUNDS * ROUND_SECONDS);
    return [String(connections), share(0.5), share(0.99), perSecond.toFixed(0)];
  });
  console.log(table(["CONNECTIONS", "p50, ms", "p99, ms", "PREDICTIONS/s"], rows));
  console.log(`all pods: ${await memoryOfPods(kubectl)} MiB`);
}

/** One prediction after another for the time of a round; a wrong answer ends it all. */
async function ask(line: Line, key: string, seen: number[]): Promise<void> {
  const end = performance.now() + ROUND_SECONDS * 1000;
  while (performance.now() < end) {
    const began = performance.now();
    const { status, text } = await line.post("/predict", FLOWERS.setosa, { "x-api-key": key });
    if (status !== 200) throw new Error(`${HOST} answered ${status}: ${text}`);
    seen.push(performance.now() - began);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
});
