// Metrics and alerts with a real Prometheus: it reaches what it is to collect, computes what objectives are measured by, and two
// mistakes that people make wake somebody: a model is put to use that fails for some flowers, and a service is scaled to nothing.
// Both alerts wait as long as their rules say, and end once the mistake is put right.
//
// Alerts on pods (NoPodAvailable and others) need kube-state-metrics, which is not to be had here: tests/alerts has them.
import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { isPlainObject, objectOr, objectsIn, text, type Plain } from "../../tools/graph/values";
import { labelsOf, type LiveObject } from "../../tools/stack/state";
import { usePlatform } from "../live/support/platform";
import { runPod } from "../live/support/pods";
import { Line, Traffic, type Pace } from "../live/support/traffic";
import { FLOWERS } from "../support/iris";
import { eventually } from "../support/processes";
import { at } from "../support/services";
import { COLLECTOR, useMonitoring, type Rule, type Wanted } from "./support/prometheus";
import { settled } from "./support/settled";

const CLIENTS = {
  iris: { host: "iris-api.example.com", namespace: "mlops", secret: "iris-api-key" },
  "ai-workload": { host: "ai-workload.local", namespace: "ai-workload", secret: "ai-workload-key" },
} as const;

describe("a platform that is watched, with real pods", function () {
  this.timeout(20 * 60_000);
  const platform = usePlatform();
  const prometheus = useMonitoring(platform);
  const everywhere = (kind: string) => platform().get(kind, "--all-namespaces");
  const underWay = new Set<Traffic>();

  /** Asks for predictions all the time, whatever the answers are. */
  async function ask(client: keyof typeof CLIENTS, pace: Pace, next: () => object): Promise<Traffic> {
    const { host, namespace, secret } = CLIENTS[client];
    const line = new Line(await platform().entrance(host), host, pace.clients);
    const { API_KEY = "" } = await platform().secret(namespace, secret);
    const attempt = async () => {
      const { status } = await line.post("/predict", next(), { "x-api-key": API_KEY });
      return status === 200 ? undefined : `status ${status}`;
    };
    const traffic = Traffic.of(attempt, pace, () => line.close());
    underWay.add(traffic);
    return traffic;
  }

  before(async () => {
    // What nobody has asked for is not counted yet.
    await ask("iris", { clients: 1, perSecond: 2 }, () => FLOWERS.setosa);
    await ask("ai-workload", { clients: 1, perSecond: 2 }, () => ({ inputs: [1, 2, 3] }));
  });
  after(async () => {
    await Promise.all([...underWay].map((traffic) => traffic.stop()));
  });

  /** Those that ask for metrics with a credential. */
  const withCredential = async () =>
    (await everywhere("servicemonitors")).filter(({ spec }) => {
      const endpoint = at(spec, "endpoints", 0);
      return isPlainObject(endpoint) && ("authorization" in endpoint || "basicAuth" in endpoint);
    });

  it("has the metrics of every pod that a ServiceMonitor selects", async () => {
    const monitors = await everywhere("servicemonitors");
    assert.ok(monitors.length > 0);
    await settled(async () => {
      const targets = await prometheus().targets();
      const wrong = await Promise.all(
        monitors.map(async (monitor) => {
          const own = targets.filter(({ scrapePool }) =>
            scrapePool.startsWith(`serviceMonitor/${fullName(monitor)}/`),
          );
          const up = own.filter(({ health }) => health === "up").map(({ labels }) => labels.pod);
          const pods = await podsBehind(monitor);
          const errors = own.flatMap(({ lastError }) => lastError || []);
          return pods.length > 0 && sorted(up) === sorted(pods)
            ? []
            : [`${fullName(monitor)}: has ${sorted(up)} of ${sorted(pods)} ${errors.join()}`];
        }),
      );
      return wrong.flat();
    }, 180);
  });

  it("says who collects them where metrics are not for everybody, and they are for nobody else", async () => {
    const guarded = await withCredential();
    assert.deepEqual(guarded.map(fullName).sort(), ["minio/minio", "mlops/mlflow-server"]);
    const targets = await prometheus().targets();
    for (const monitor of guarded) {
      const target = targets.find(({ scrapePool }) =>
        scrapePool.startsWith(`serviceMonitor/${fullName(monitor)}/`),
      );
      assert.ok(target, fullName(monitor));
      const { stdout, stderr } = await platform().machine.enter(
        [
          process.execPath,
          "-e",
          "fetch(process.argv[1]).then(({ status }) => console.log(status))",
          target.scrapeUrl,
        ],
        { pod: COLLECTOR },
      );
      assert.match(stdout, /^40[13]$/m, `${target.scrapeUrl}: ${stderr}`);
    }
  });

  it("has every rule, and evaluates it without an error", async () => {
    const wanted = (await everywhere("prometheusrules")).flatMap(({ metadata, spec }) =>
      objectsIn(at(spec, "groups")).flatMap((group) =>
        objectsIn(group.rules).map(
          (rule) =>
            `${text(metadata.namespace)} ${text(group.name)} ${text(rule.alert) || text(rule.record)}`,
        ),
      ),
    );
    assert.ok(wanted.length > 0);
    await settled(async () => {
      const loaded = (await prometheus().groups()).flatMap(({ name, rules }) =>
        rules.map((rule) => ({ rule, name: `${rule.labels?.namespace} ${name} ${rule.name}` })),
      );
      const names = loaded.map(({ name }) => name);
      return [
        ...wanted.filter((name) => !names.includes(name)).map((name) => `${name}: not loaded`),
        ...loaded
          .filter(({ rule }) => rule.health !== "ok")
          .map(({ name, rule }) => `${name}: ${rule.health} ${rule.lastError ?? ""}`),
      ];
    }, 180);
  });

  it("computes everything that objectives are measured by", async () => {
    const isRecorded = ({ type }: Rule): boolean => type === "recording";
    const rules = (await prometheus().groups()).flatMap((group) => group.rules).filter(isRecorded);
    assert.ok(rules.length > 0);
    await settled(async () => {
      const series = await prometheus().series('{__name__=~"workload:.*"}');
      const isThere = ({ name, labels }: Rule): boolean =>
        series.some(
          ({ __name__, namespace, workload }) =>
            __name__ === name && namespace === labels?.namespace && workload === labels?.workload,
        );
      return rules
        .filter((rule) => !isThere(rule))
        .map(({ name, labels }) => `${name} of ${labels?.namespace}/${labels?.workload}: no value`);
    }, 180);
  });

  describe("when somebody makes a mistake", () => {
    const failing: Wanted = { name: "ErrorBudgetBurnsFast", namespace: "mlops", workload: "iris-api" };
    const gone: Wanted = { name: "MetricsMissing", namespace: "ai-workload", workload: "ai-workload" };
    const scale = (replicas: number) =>
      platform().kubectl.text([
        "scale",
        "deployment/ai-workload",
        "--namespace=ai-workload",
        `--replicas=${replicas}`,
      ]);
    let replicas = 0;
    let inUse = "";

    before(async () => {
      const [deployment] = await platform().get("deployments", "ai-workload", "--namespace=ai-workload");
      replicas = Number(at(deployment, "spec", "replicas"));
      for (const wanted of [failing, gone])
        assert.equal((await prometheus().alert(wanted)).state, "inactive", wanted.name);
    });
    after(async () => {
      if (inUse !== "") await asTrainer("restore", inUse);
      if (replicas > 0) await scale(replicas);
    });

    it("fires when a service was scaled to nothing, and when a model that fails for some is put to use", async () => {
      await scale(0);
      inUse = /in use: (\d+)/.exec(await asTrainer("publish"))?.[1] ?? "";
      assert.notEqual(inUse, "");
      // More than the objective allows, and few enough to be a small share of all soon after.
      let count = 0;
      const some = await ask("iris", { clients: 2, perSecond: 10 }, () =>
        count++ % 40 === 0 ? FLOWERS.virginica : FLOWERS.setosa,
      );
      await prometheus().fires(failing, 600);
      await some.stop();
      assert.ok((some.result.failures["status 500"] ?? 0) > 0);
      await prometheus().fires(gone, 900);
    });

    it("ends when the model before is back, and so is the service", async () => {
      await asTrainer("restore", inUse);
      await scale(replicas);
      // Each server looks for another version itself: until all have, they are asked little.
      const few = await ask("iris", { clients: 1, perSecond: 1 }, () => FLOWERS.virginica);
      await eventually("every server has the model before", () => few.rightInARow >= 20, 300);
      await few.stop();
      // What failed has to become a small share of half an hour's requests.
      const many = await ask("iris", { clients: 16, perSecond: 80 }, () => FLOWERS.virginica);
      await prometheus().ends(gone, 600);
      await prometheus().ends(failing, 900);
      await many.stop();
      assert.equal(many.since(performance.now() - 30_000).failed, 0);
    });

    /** Runs a pod with the rights of the Job that trains iris. */
    async function asTrainer(...args: readonly string[]): Promise<string> {
      const secrets = await platform().get("secrets", "--namespace=mlops");
      const secret = secrets.find(({ metadata }) => /^iris-train-mlflow-server-/.test(metadata.name));
      assert.ok(secret, "who trains iris has a Secret");
      return runPod(platform(), {
        namespace: "mlops",
        name: "flawed-model",
        labels: { "app.kubernetes.io/name": "iris-train" },
        imageOf: "mlops/mlflow-server",
        command: ["python", "-c", FLAWED, ...args],
        env: { HOME: "/tmp", PYTHONDONTWRITEBYTECODE: "1", MLFLOW_DISABLE_TELEMETRY: "true" },
        secrets: [secret.metadata.name],
        memory: "1Gi",
      });
    }
  });

  /** Names of the pods behind the Services that a ServiceMonitor selects. */
  async function podsBehind({ metadata, spec }: LiveObject): Promise<string[]> {
    const namespace = `--namespace=${text(metadata.namespace)}`;
    const services = await platform().get(
      "services",
      namespace,
      `--selector=${selector(at(spec, "selector"))}`,
    );
    const names = services.map((service) => service.metadata.name);
    const slices = await platform().get("endpointslices", namespace);
    return slices
      .filter((slice) => names.includes(text(labelsOf(slice)["kubernetes.io/service-name"])))
      .flatMap((slice) => objectsIn(slice.endpoints))
      .map((endpoint) => text(at(endpoint, "targetRef", "name")));
  }
});

const FLAWED = readFileSync(path.join(__dirname, "support/flawed_model.py"), "utf8");

const fullName = ({ metadata }: LiveObject): string => `${text(metadata.namespace)}/${metadata.name}`;

const selector = (chosen: Plain | undefined): string =>
  Object.entries(objectOr(at(chosen, "matchLabels")))
    .map(([label, value]) => `${label}=${text(value)}`)
    .join();

const sorted = (names: readonly (string | undefined)[]): string => [...new Set(names)].sort().join(" ");
