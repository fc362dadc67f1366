// `make bench`: how long a first apply, a no-op and a change of one field take, and how many requests they make, with
// the engine and with `kubectl apply --server-side` of the same objects; and how long the program itself takes to start.
import { readdirSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { table } from "../../tools/stack/table";
import { Checkout } from "../e2e/support/checkout";
import { run, scratch, succeed } from "../support/processes";

const root = path.resolve(__dirname, "../..");

interface Measurement {
  readonly seconds: number;
  readonly requests: number;
}

async function main(): Promise<void> {
  const checkout = await Checkout.open();
  console.log(`load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} cores`);
  const rows: string[][] = [];
  const note = (what: string, engine: Measurement, kubectl: Measurement): void => {
    const ratio = (pick: keyof Measurement): string => `${(engine[pick] / kubectl[pick]).toFixed(1)}x`;
    rows.push([
      what,
      ...[engine, kubectl].flatMap(({ seconds, requests }) => [seconds.toFixed(1), String(requests)]),
      ratio("seconds"),
      ratio("requests"),
    ]);
  };

  // The stack's file as it is, since that is what is rendered for kubectl.
  const up = (): Promise<unknown> => checkout.succeed("up", "dev", "AS_IS=1");

  // A run before anything is measured: the control plane is warm, and everything is built.
  await up();
  await checkout.succeed("down");
  const measure = (work: () => Promise<unknown>): Promise<Measurement> => measured(checkout, work);

  const change = (pods: number): void =>
    checkout.configure("dev", "namespaces", { minio: { quota: { pods } } });
  const engine = { first: await measure(up), nothing: await measure(up) };
  change(41);
  const engineChange = await measure(up);
  await checkout.succeed("down");

  // The same objects and the same change, as files; rendering them is not measured.
  const changed = await render(checkout);
  change(40);
  const files = await render(checkout);
  const applied = (folder: string) => (): Promise<unknown> => apply(checkout, folder);
  const kubectl = { first: await measure(applied(files)), nothing: await measure(applied(files)) };
  const kubectlChange = await measure(applied(changed));
  note("first apply", engine.first, kubectl.first);
  note("nothing to do", engine.nothing, kubectl.nothing);
  note("one field", engineChange, kubectlChange);

  const columns = ["", "make up, s", "requests", "kubectl apply, s", "requests", "time", "requests"];
  console.log(`\n${table(columns, rows)}`);
  console.log("`make up` waits until everything is ready and keeps a state; `kubectl apply` does neither.");
  console.log(`\nThe program alone, from its start to the last object: ${(await startUp()).toFixed(2)} s`);
  checkout.close();
}

/** Requests of administrators (the engine's plugins and kubectl are), less what the API server asks itself meanwhile. */
async function measured(checkout: Checkout, work: () => Promise<unknown>): Promise<Measurement> {
  const idle = await idleRate(checkout);
  const before = await adminRequests(checkout);
  const began = Date.now();
  await work();
  const seconds = (Date.now() - began) / 1000;
  const requests = (await adminRequests(checkout)) - before;
  // The second reading is a request, too.
  return { seconds, requests: Math.max(0, Math.round(requests - 1 - idle * seconds)) };
}

const IDLE_SECONDS = 10;

async function idleRate(checkout: Checkout): Promise<number> {
  const before = await adminRequests(checkout);
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
  return ((await adminRequests(checkout)) - before - 1) / IDLE_SECONDS;
}

/** The API server counts them apart: members of system:masters are exempt from its flow control. */
async function adminRequests(checkout: Checkout): Promise<number> {
  const metrics = await checkout.cluster.run(["get", "--raw", "/metrics"]);
  const counter = /^apiserver_flowcontrol_dispatched_requests_total\{flow_schema="exempt".*\} (\S+)$/m;
  const [, count] = counter.exec(metrics) ?? [];
  if (count === undefined) throw new Error("the API server does not count its requests");
  return Number(count);
}

async function render(checkout: Checkout): Promise<string> {
  const folder = scratch("bench");
  const main = checkout.file("tools/render/main.ts");
  const args = ["--require=ts-node/register", main, "--stack=dev", `--out=${folder}`];
  await succeed(process.execPath, args);
  return folder;
}

/** Namespaces first: what is in them needs them. */
async function apply(checkout: Checkout, folder: string): Promise<void> {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const others = folders.map(({ name }) => name).filter((name) => name !== CLUSTER_WIDE);
  for (const group of [[CLUSTER_WIDE], others]) {
    const files = group.map((name) => `--filename=${path.join(folder, name)}`);
    await checkout.cluster.run(["apply", "--server-side", ...files]);
  }
}

/** Where render puts objects that belong to no namespace. */
const CLUSTER_WIDE = "_cluster";

const STARTS = 3;

/** The best of a few runs of the program against placeholders: no engine, no cluster. */
async function startUp(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < STARTS; round++) {
    const folder = scratch("start-up");
    const began = Date.now();
    const args = ["--require=ts-node/register", "tools/render/main.ts", "--stack=dev", `--out=${folder}`];
    const { code, output } = await run(process.execPath, args);
    if (code !== 0) throw new Error(output);
    times.push((Date.now() - began) / 1000);
  }
  return Math.min(...times);
}

process.chdir(root);
void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
