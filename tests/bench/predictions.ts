// `make bench-predictions`: how long predictions take with serve.py of examples/iris and with `mlflow models serve` of
// the same model, how many a second they make, and how long both take until the first one. Each is one process; the
// program that asks shares the machine with them.
import type { ChildProcess } from "node:child_process";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { performance } from "node:perf_hooks";
import { table } from "../../tools/stack/table";
import { API_KEYS, FLOWERS, IrisService, train } from "../support/iris";
import { eventually, freePort, scratch, start, stop, succeed } from "../support/processes";

const root = path.resolve(__dirname, "../..");
const STARTS = 5;
const ROUNDS = 6;
const ROUND_SECONDS = 4;
const CONNECTIONS = [1, 16];

interface Contender {
  readonly name: string;
  /** Where predictions are asked for. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  stop(): Promise<void>;
}

async function main(): Promise<void> {
  const python = (
    await succeed(path.join(root, "tools/toolchain/ensure"), ["python-ml"], { live: true })
  ).trim();
  const folder = scratch("bench");
  const store = {
    MLFLOW_TRACKING_URI: `sqlite:///${folder}/mlflow.db`,
    _MLFLOW_SERVER_ARTIFACT_ROOT: folder,
  };
  const { code, output } = await train(python, store);
  if (code !== 0) throw new Error(`train.py failed: ${output}`);

  const contenders = [() => servePy(python, store), () => mlflowServe(python, store)];
  const cold: number[][] = contenders.map(() => []);
  for (let index = 0; index < STARTS; index++)
    for (const [which, begin] of contenders.entries()) {
      const started = performance.now();
      const contender = await begin();
      cold[which]?.push((performance.now() - started) / 1000);
      await contender.stop();
    }

  const running = [await contenders[0]!(), await contenders[1]!()];
  console.log(`load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} cores`);
  const rows = [
    [
      "start to ready, s",
      ...compared(
        cold.map((times) => share(times, 0.5)),
        1,
        "smaller",
      ),
    ],
  ];
  for (const connections of CONNECTIONS) {
    const latencies: number[][] = running.map(() => []);
    // In turns: whatever else the machine does, it does to both. The first round only warms up.
    for (let round = 0; round <= ROUNDS; round++)
      for (const [which, contender] of running.entries()) {
        const measured = await ask(contender, connections);
        if (round > 0) latencies[which]?.push(...measured);
      }
    const note = (what: string, value: (all: number[]) => number, better: "smaller" | "larger"): void => {
      rows.push([`${connections} at once: ${what}`, ...compared(latencies.map(value), 1, better)]);
    };
    note("p50, ms", (all) => share(all, 0.5), "smaller");
    note("p99, ms", (all) => share(all, 0.99), "smaller");
    note("predictions/s", (all) => all.length / (ROUNDS * ROUND_SECONDS), "larger");
  }
  console.log(`load ${os.loadavg()[0]?.toFixed(1)} afterwards\n`);
  console.log(table(["", ...running.map(({ name }) => name), "ratio"], rows));
  for (const contender of running) await contender.stop();
}

async function servePy(python: string, store: Readonly<Record<string, string>>): Promise<Contender> {
  const service = await IrisService.start(python, { ...store, MODEL_URI: "models:/iris@champion" });
  await service.ready();
  return {
    name: "serve.py",
    url: `${service.url}/predict`,
    headers: { "X-API-Key": API_KEYS[0] ?? "" },
    body: JSON.stringify(FLOWERS.setosa),
    stop: () => service.stop(),
  };
}

async function mlflowServe(python: string, store: Readonly<Record<string, string>>): Promise<Contender> {
  const port = await freePort();
  const server: ChildProcess = start(
    python,
    ["-m", "mlflow", "models", "serve", "--model-uri=models:/iris@champion", "--env-manager=local"].concat([
      `--port=${port}`,
      "--host=127.0.0.1",
      "--workers=1",
    ]),
    {
      env: { PATH: `${path.dirname(python)}:/usr/bin:/bin`, HOME: scratch("bench"), ...store },
      stdio: "ignore",
    },
  );
  const url = `http://127.0.0.1:${port}`;
  const ready = (): Promise<boolean> =>
    fetch(`${url}/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually("mlflow models serve answers", ready, 180);
  return {
    name: "mlflow models serve",
    url: `${url}/invocations`,
    headers: {},
    body: JSON.stringify({
      dataframe_split: { columns: Object.keys(FLOWERS.setosa), data: [Object.values(FLOWERS.setosa)] },
    }),
    stop: () => stop(server),
  };
}

/** Milliseconds of each request that so many connections make in one round, one after another. */
async function ask({ url, headers, body }: Contender, connections: number): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const options = {
    agent,
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), ...headers },
  };
  const latencies: number[] = [];
  const end = performance.now() + ROUND_SECONDS * 1000;
  const connection = async (): Promise<void> => {
    while (performance.now() < end) {
      const started = performance.now();
      const answer = await request(url, options, body);
      latencies.push(performance.now() - started);
      if (!answer.includes("setosa")) throw new Error(`${url} answered ${answer}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  return latencies;
}

function request(url: string, options: http.RequestOptions, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** What so many of the values are not above. */
function share(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

/** Two values, and how much better the first one is. */
function compared(values: readonly number[], digits: number, better: "smaller" | "larger"): string[] {
  const [ours = NaN, theirs = NaN] = values;
  const ratio = better === "smaller" ? theirs / ours : ours / theirs;
  return [...values.map((value) => value.toFixed(digits)), `${ratio.toFixed(1)}x`];
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
