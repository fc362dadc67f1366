// Autoscaling with real measurements: under load there are as many pods as the configuration allows, all of them answer, and when the
// load is over there are fewer, not before the window of the autoscaler is over. That window is five minutes, which no
// configuration changes: both services wait for it at the same time.
import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { text } from "../../tools/graph/values";
import { awaitReady } from "../../tools/live/workloads";
import { usePlatform } from "../live/support/platform";
import { Traffic, type Pace } from "../live/support/traffic";
import { FLOWERS } from "../support/iris";
import { at } from "../support/services";
import { Autoscaler, type Step } from "./support/autoscaler";
import { useMonitoring } from "./support/prometheus";
import { settled } from "./support/settled";

const SERVICES = [
  {
    name: "iris-api",
    namespace: "mlops",
    host: "iris-api.example.com",
    secret: "iris-api-key",
    body: FLOWERS.setosa,
  },
  {
    name: "ai-workload",
    namespace: "ai-workload",
    host: "ai-workload.local",
    secret: "ai-workload-key",
    body: { inputs: [1, 2, 3] },
  },
] as const;
type Service = (typeof SERVICES)[number];

const HARD: Pace = { clients: 12, perSecond: 1000 };
const LIGHT: Pace = { clients: 1, perSecond: 2 };

describe("autoscaling with real pods", function () {
  this.timeout(25 * 60_000);
  const platform = usePlatform();
  useMonitoring(platform);
  const autoscalers = () =>
    SERVICES.map(({ namespace, name }) => new Autoscaler(platform(), namespace, `${name}-hpa`));
  const underWay: Traffic[] = [];

  before(async () => {
    await settled(
      async () => each(({ replicas, isMeasuring }, { min }) => isMeasuring && replicas === min),
      900,
    );
    await Promise.all(autoscalers().map((autoscaler) => autoscaler.forget()));
  });
  after(async () => {
    await Promise.all(underWay.map((traffic) => traffic.stop()));
  });

  /** The autoscalers of which something is not so, with where they are. */
  async function each(
    isSo: (
      state: Awaited<ReturnType<Autoscaler["state"]>>,
      settings: Awaited<ReturnType<Autoscaler["settings"]>>,
    ) => boolean,
  ): Promise<string[]> {
    const found = await Promise.all(
      autoscalers().map(async (autoscaler) => {
        const state = await autoscaler.state();
        return isSo(state, await autoscaler.settings())
          ? []
          : [`${autoscaler.name} wants ${state.replicas} pods, measures: ${state.isMeasuring}`];
      }),
    );
    return found.flat();
  }

  async function ask(pace: Pace): Promise<Traffic[]> {
    const all = await Promise.all(
      SERVICES.map(async ({ host, namespace, secret, body }) => {
        const headers = await keyOf(namespace, secret);
        return Traffic.start(await platform().entrance(host), {
          ...pace,
          host,
          path: "/predict",
          headers,
          body,
        });
      }),
    );
    underWay.push(...all);
    return all;
  }

  async function keyOf(namespace: string, secret: string): Promise<Record<string, string>> {
    const { API_KEY = "" } = await platform().secret(namespace, secret);
    return { "x-api-key": API_KEY };
  }

  it("starts as many pods as the configuration allows under load, and every one of them answers", async () => {
    const traffic = await ask(HARD);
    await settled(() => each(({ replicas }, { max }) => replicas === max), 600);
    await awaitReady(platform().kubectl);
    for (const [index, service] of SERVICES.entries()) {
      const { max } = (await autoscalers()[index]?.settings()) ?? {};
      const statuses = await answersOfPods(service);
      assert.deepEqual(statuses, Array(max).fill(200), service.name);
    }
    // The autoscaler looks four times a minute: it has seen by now that what it started is needed.
    await delay(60_000);
    for (const { result } of await Promise.all(
      traffic.map(async (each) => ({ result: await each.stop() })),
    )) {
      assert.ok(result.sent > 100);
      assert.deepEqual(result.failures, {});
    }
  });

  it("goes no further at once than its policies allow", async () => {
    for (const autoscaler of autoscalers()) {
      const { min, max, furthest } = await autoscaler.settings();
      const up = (await autoscaler.steps()).filter(({ direction }) => direction === "scaleUp");
      assert.equal(up.at(-1)?.size, max, autoscaler.name);
      for (const [from, { size }] of pairs(min, up))
        assert.ok(size <= furthest("scaleUp", from), `${from} to ${size}`);
    }
  });

  it("ends them again, not before none of the last five minutes needed them, and fails nobody", async () => {
    const traffic = await ask(LIGHT);
    await settled(() => each(({ replicas }, { min }) => replicas === min), 1200);
    await awaitReady(platform().kubectl);
    for (const each of traffic) assert.deepEqual((await each.stop()).failures, {});
    for (const autoscaler of autoscalers()) {
      const { min, max, window, furthest } = await autoscaler.settings();
      const steps = await autoscaler.steps();
      const needed = steps.findLast(({ direction }) => direction === "scaleUp");
      const down = steps.filter(({ direction }) => direction === "scaleDown");
      assert.ok(needed && down[0], `${autoscaler.name} scaled up and down`);
      const waited = (down[0].time - needed.time) / 1000;
      console.log(`    ${autoscaler.name}: ${steps.map(({ size }) => size).join(", ")}; waited ${waited} s`);
      assert.ok(waited >= window, `${autoscaler.name} waited ${waited} s of ${window}`);
      for (const [from, { size }] of pairs(max, down))
        assert.ok(size >= furthest("scaleDown", from), `${from} to ${size}`);
      assert.equal(down.at(-1)?.size, min);
    }
  });

  /** What each pod of a service answers to those that the ingress controller lets in. */
  async function answersOfPods({ namespace, name, secret, body }: Service): Promise<number[]> {
    const pods = await platform().get(
      "pods",
      `--namespace=${namespace}`,
      `--selector=app.kubernetes.io/name=${name}`,
    );
    const [ingress] = await platform().get("pods", "--namespace=traefik");
    const headers = { "content-type": "application/json", ...(await keyOf(namespace, secret)) };
    const running = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return Promise.all(
      running.map(async ({ status }) => {
        const asked = [`http://${text(at(status, "podIP"))}:8000/predict`, { headers, body }];
        // Through standard input: a key is not for a list of processes.
        const { stdout, stderr } = await platform().machine.enter([process.execPath, "-e", ASK], {
          pod: `traefik/${ingress?.metadata.name}`,
          input: JSON.stringify(asked),
        });
        assert.match(stdout, /^\d+$/m, stderr);
        return Number(stdout);
      }),
    );
  }
});

const ASK = `
  const [url, { headers, body }] = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  fetch(url, { method: "POST", headers, body: JSON.stringify(body) }).then(({ status }) => console.log(status));
`;

/** Each step with the size before it. */
function pairs(first: number, steps: readonly Step[]): (readonly [number, Step])[] {
  return steps.map((step, index) => [steps[index - 1]?.size ?? first, step] as const);
}
