// Reachability: the running platform's pods, Services and open ports, for the survey, and the attempts from within each pod.
import * as assert from "node:assert/strict";
import { at, isPlainObject, objectsIn, text, type Plain } from "../../../tools/graph/values";
import type { Machine } from "../../../tools/live/machine";
import type { Labels, Pod, Protocol } from "../../../tools/network/network";
import { apiServer } from "../../../tools/network/peers";
import { stackNetwork, type StackNetwork } from "../../../tools/network/stack";
import type { RenderedStack } from "../../../tools/render/stack";
import { labelsOf, type LiveObject } from "../../../tools/stack/state";
import { succeed } from "../../support/processes";
import type { Platform } from "./platform";
import {
  addressGoals,
  attempts,
  differences,
  distinct,
  listening,
  portGoals,
  serviceGoals,
  templateOf,
  type Attempt,
  type Differences,
  type Front,
  type Goal,
  type Outcome,
  type Port,
  type Runner,
} from "./survey";

/** From how many pods at once. */
const AT_ONCE = 4;

export class Reachability {
  private constructor(
    private readonly platform: Platform,
    private readonly reach: string,
    readonly runners: readonly Runner[],
    readonly attempts: readonly Attempt[],
    /** Namespaces that the program makes. */
    private readonly managed: ReadonlySet<string>,
  ) {}

  isManaged(namespace: string): boolean {
    return this.managed.has(namespace);
  }

  /** All attempts there are on a platform that was made of a rendered stack. */
  static async of(platform: Platform, rendered: RenderedStack, ensure: string): Promise<Reachability> {
    const { machine } = platform;
    const [reach = ""] = (await succeed(ensure, ["live-reach"])).trim().split("\n");
    const running = (await platform.get("pods", "--all-namespaces")).filter(runs);
    const { runners, the } = identify(rendered, running);
    const tables = await inTurns(runners, ({ name }) => portsAt(machine, name));
    const ports = distinct(tables.flat());
    const fronts = frontsOf(await platform.get("services", "--all-namespaces"), runners);
    const server = apiServer(rendered.config.apiServer);
    const goals: Goal[] = [
      ...portGoals(runners, ports),
      ...serviceGoals(fronts),
      ...addressGoals(server, server.ip, distinct([...ports, ...(await portsAt(machine))])),
      ...serviceGoals([
        {
          name: "default/kubernetes",
          address: await addressOfKubernetes(platform),
          ports: [
            {
              port: 443,
              protocol: "TCP",
              behind: [{ peer: server, port: rendered.config.apiServer.port }],
            },
          ],
        },
      ]),
    ];
    const managed = rendered.objects.filter(({ manifest }) => manifest.kind === "Namespace");
    return new Reachability(
      platform,
      reach,
      runners,
      attempts(the.network, runners, goals),
      new Set(managed.map(({ manifest }) => manifest.metadata.name)),
    );
  }

  /** Makes those attempts, and says how they differ from the map. Pods that ended meanwhile do not count. */
  async differences(chosen: (attempt: Attempt) => boolean = () => true): Promise<Differences> {
    const wanted = this.attempts.filter(chosen);
    const from = this.runners.filter((runner) => wanted.some((attempt) => attempt.from === runner));
    const outcomes = new Map<Attempt, Outcome>();
    await inTurns(from, async (runner) => {
      const own = wanted.filter((attempt) => attempt.from === runner);
      const found = await this.attempt(runner, own);
      own.forEach((attempt, index) => outcomes.set(attempt, found[index] ?? "silent"));
    });
    const pods = await this.platform.get("pods", "--all-namespaces");
    const still = new Set(pods.filter(runs).map((pod) => `${nameOf(pod)} ${addressOf(pod)}`));
    const lives = (runner: object): boolean =>
      !("address" in runner) || still.has(`${(runner as Runner).name} ${(runner as Runner).address}`);
    return differences(
      wanted.filter(({ from: one, to }) => lives(one) && to.behind.every(({ peer }) => lives(peer))),
      (attempt) => outcomes.get(attempt) ?? "silent",
    );
  }

  private async attempt({ name }: Runner, own: readonly Attempt[]): Promise<Outcome[]> {
    const input = JSON.stringify(
      own.map(({ to: { host, port, protocol } }) => ({ host, port, protocol: protocol.toLowerCase() })),
    );
    const { code, stdout, stderr } = await this.platform.machine.enter([this.reach], { pod: name, input });
    if (code !== 0) {
      // It may have ended since: those that ended are left out in the end.
      console.warn(`    nothing was tried from ${name}: ${stderr.trim()}`);
      return own.map(() => "silent");
    }
    return (JSON.parse(stdout) as { outcome: Outcome }[]).map(({ outcome }) => outcome);
  }
}

/** Who the running pods are on the map. Those that the program does not make are on it as what they are. */
function identify(
  rendered: RenderedStack,
  running: readonly LiveObject[],
): { runners: Runner[]; the: StackNetwork } {
  const foreign = new Map<LiveObject, Pod>();
  const own = stackNetwork(rendered).own.filter(({ name }) => !name.includes("/pods with "));
  const the = stackNetwork(rendered, () => {
    for (const object of running)
      if (templateOf(own, described(object)) === undefined) foreign.set(object, described(object));
    return [...foreign.values()];
  });
  const runners = running.map((object): Runner => {
    const pod = foreign.get(object) ?? templateOf(the.own, described(object));
    assert.ok(pod, `${nameOf(object)} is on the map`);
    return { name: nameOf(object), address: addressOf(object), pod };
  });
  return { runners, the };
}

function described(object: LiveObject): Pod {
  const ports = objectsIn(at(object, "spec", "containers")).flatMap((container) =>
    objectsIn(container.ports),
  );
  return {
    kind: "pod",
    name: nameOf(object),
    namespace: text(object.metadata.namespace),
    labels: labelsOf(object) as Labels,
    ports: ports.map(({ name, containerPort, protocol }) => ({
      name: text(name),
      port: Number(containerPort),
      protocol: protocolOf(protocol),
    })),
    ip: addressOf(object),
  };
}

function frontsOf(services: readonly LiveObject[], runners: readonly Runner[]): Front[] {
  return services.flatMap((service): Front[] => {
    const selector = Object.entries(labelsIn(at(service, "spec", "selector")));
    const address = text(at(service, "spec", "clusterIP"));
    if (selector.length === 0 || !address.includes(".")) return [];
    const behind = runners.filter(
      ({ pod }) =>
        pod.namespace === text(service.metadata.namespace) &&
        selector.every(([key, value]) => pod.labels[key] === value),
    );
    const ports = objectsIn(at(service, "spec", "ports")).map(({ port, protocol, targetPort }) => ({
      port: Number(port),
      protocol: protocolOf(protocol),
      behind: behind.flatMap((peer) => {
        const own = peer.pod.ports.find(({ name }) => name === targetPort)?.port;
        return own === undefined && typeof targetPort === "string"
          ? []
          : [{ peer, port: own ?? Number(targetPort) }];
      }),
    }));
    return [{ name: nameOf(service), address, ports }];
  });
}

async function addressOfKubernetes(platform: Platform): Promise<string> {
  const [service] = await platform.get("services", "kubernetes", "--namespace=default");
  return text(at(service, "spec", "clusterIP"));
}

/** What anybody listens on in a pod, or in the machine. */
async function portsAt(machine: Machine, pod?: string): Promise<Port[]> {
  const tables = await Promise.all(
    (["tcp", "udp"] as const).map(async (protocol) => {
      const files = [`/proc/self/net/${protocol}`, `/proc/self/net/${protocol}6`];
      return (await machine.enter(["cat", ...files], { pod })).stdout;
    }),
  );
  const [TCP = "", UDP = ""] = tables;
  return listening({ TCP, UDP });
}

/** With a network of its own. */
function runs(pod: LiveObject): boolean {
  return (
    at(pod, "status", "phase") === "Running" &&
    at(pod, "spec", "hostNetwork") !== true &&
    addressOf(pod) !== "" &&
    pod.metadata.deletionTimestamp === undefined
  );
}

const nameOf = ({ metadata }: LiveObject): string => `${text(metadata.namespace)}/${metadata.name}`;
const addressOf = (pod: LiveObject): string => text(at(pod, "status", "podIP"));

function labelsIn(value: Plain | undefined): Labels {
  return isPlainObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, text(each)]))
    : {};
}

function protocolOf(protocol: Plain | undefined): Protocol {
  return protocol === "UDP" || protocol === "SCTP" ? protocol : "TCP";
}

/** Does something for each, a few at a time. */
async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...all.entries()];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        results[next[0]] = await work(next[1]);
    }),
  );
  return results;
}
