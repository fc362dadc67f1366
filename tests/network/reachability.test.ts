// Who may connect to whom in each stack, computed from its rendered policies: exactly what was wired and agreed
// to, and nothing for those who were not wired.
import * as assert from "node:assert/strict";
import { matchGolden } from "../support/golden";
import type { Graph } from "../../tools/graph/graph";
import { readNetwork, type Address, type Network, type Peer, type Pod } from "../support/network";
import { connections, describeConnections, type Connection } from "../support/reachability";
import { stack, stackNames, type StackName } from "../support/stacks";
import {
  apiServer,
  bystanders,
  clusterServices,
  consumers,
  expectedPods,
  foreignNamespaces,
  internet,
  strangers,
} from "./peers";

class Scene {
  private constructor(
    readonly network: Network,
    /** Pods of the platform. */
    readonly own: readonly Pod[],
    readonly strangers: readonly Pod[],
    readonly bystanders: readonly Pod[],
    readonly dns: Pod,
    readonly ingress: Pod,
    readonly addresses: readonly Address[],
    /** For each Edge of the program, the policies that it consists of: `namespace/name`. */
    readonly edges: ReadonlyMap<string, readonly string[]>,
  ) {}

  static async of(name: StackName): Promise<Scene> {
    const { config, graph, objects } = await stack(name);
    const manifests = objects.map(({ manifest }) => manifest);
    const services = clusterServices(config.target);
    const applications = consumers(config.consumers);
    const inCluster = readNetwork(manifests, [...services, ...applications]);
    const expected = expectedPods(manifests, inCluster);
    const others = strangers([...inCluster.pods, ...expected]);
    const idle = bystanders(inCluster);

    const network = readNetwork(manifests, [...services, ...applications, ...expected, ...others, ...idle]);
    for (const [namespace, labels] of foreignNamespaces)
      network.namespaces.set(namespace, { ...network.namespaces.get(namespace), ...labels });
    const foreign = new Set([...services, ...applications, ...others, ...idle]);
    const own = network.pods.filter((pod) => !foreign.has(pod));
    const find = (wanted: string): Pod => services.find((pod) => pod.name === wanted)!;
    return new Scene(
      network,
      own,
      others,
      idle,
      find("dns"),
      find("ingress-controller"),
      [apiServer(config.apiServer), ...internet],
      edgesOf(graph),
    );
  }

  /** The same network, with no other Edge than this one. */
  withOnly(edge: string): Scene {
    const others = new Set(
      [...this.edges].filter(([name]) => name !== edge).flatMap(([, policies]) => policies),
    );
    const policies = this.network.policies.filter(
      ({ namespace, name }) => !others.has(`${namespace}/${name}`),
    );
    return Object.assign(Object.create(Scene.prototype) as Scene, this, {
      network: { ...this.network, policies },
    });
  }

  /** Connections that end or start at a pod of the platform. The others are not ours to decide. */
  ours(filter: (connection: Connection) => boolean): Connection[] {
    const own = new Set<Peer>(this.own);
    return connections(this.network, [...this.network.pods, ...this.addresses]).filter(
      (connection) => (own.has(connection.from) || own.has(connection.to)) && filter(connection),
    );
  }

  isOwn(peer: Peer): boolean {
    return this.own.some((pod) => pod === peer);
  }

  get stores(): Pod[] {
    return this.own.filter((pod) => pod.name.includes("/statefulset/"));
  }
}

function edgesOf({ resources }: Graph): Map<string, string[]> {
  const edges = resources.filter(({ type }) => type === "mlops:network:Edge");
  return new Map(
    edges.map((edge) => [
      edge.name,
      resources.filter(({ parent }) => parent === edge.urn).map(({ id }) => id),
    ]),
  );
}

const none = (unwanted: Connection[]): void => assert.deepEqual(describeConnections(unwanted), []);

for (const name of stackNames) {
  describe(`the network of the ${name} stack`, () => {
    let the: Scene;
    before(async () => {
      the = await Scene.of(name);
    });

    it("permits the connections that were agreed to, and no others", () => {
      const table = describeConnections(the.ours(({ to }) => to !== the.dns));
      matchGolden(`${name}.reachability.txt`, `${table.join("\n")}\n`);
    });

    it("is the sum of its Edges: each opens something, and together they open nothing more", () => {
      const wired = (scene: Scene): string[] => describeConnections(scene.ours(({ to }) => to !== scene.dns));
      const opened = [...the.edges.keys()].map((edge) => ({ edge, lines: wired(the.withOnly(edge)) }));
      assert.deepEqual(
        opened.filter(({ lines }) => lines.length === 0).map(({ edge }) => edge),
        [],
      );
      assert.deepEqual([...new Set(opened.flatMap(({ lines }) => lines))].sort(), wired(the).sort());
    });

    it("opens nothing on every port", () => {
      none(the.ours(({ port }) => port === undefined));
    });

    it("lets clients reach every pod that keeps data", () => {
      assert.ok(the.stores.length > 0);
      for (const store of the.stores)
        assert.notDeepEqual(
          the.ours(({ from, to }) => to === store && the.isOwn(from)),
          [],
          `nobody reaches ${store.name}`,
        );
    });

    it("lets nobody else's pods in, whatever labels they wear", () => {
      none(the.ours(({ from }) => the.strangers.some((stranger) => stranger === from)));
    });

    it("lets no address outside the cluster in", () => {
      none(the.ours(({ from }) => from.kind === "address"));
    });

    it("keeps the ingress controller away from the ports where data is served", () => {
      none(the.ours(({ from, port }) => from === the.ingress && [9000, 3306, 27017].includes(port ?? 0)));
    });

    it("lets a pod that nothing was wired to reach nothing, and be reached by nobody", () => {
      none(the.ours(({ from, to }) => the.bystanders.some((idle) => idle === from || idle === to)));
    });

    it("lets every pod ask for names, on the ports of the cluster's DNS only", () => {
      const ports = name === "prod" ? [53, 5353] : [53];
      for (const pod of [...the.own, ...the.bystanders]) {
        const asked = connections(the.network, [pod, the.dns]).filter(
          ({ from, to }) => from === pod && to === the.dns,
        );
        const permitted = asked.map(({ port, protocol }) => `${protocol} ${port}`).sort();
        const wanted = ports.flatMap((port) => [`TCP ${port}`, `UDP ${port}`]).sort();
        assert.deepEqual(permitted, wanted, pod.name);
      }
    });
  });
}
