// Who may connect to whom in each stack, computed from its rendered policies: exactly what was wired and agreed
// to, and nothing for those who were not wired.
import * as assert from "node:assert/strict";
import { matchGolden } from "../support/golden";
import { policiesOfEdges, withoutPolicies } from "../../tools/network/edges";
import type { Peer, Pod } from "../../tools/network/network";
import { bystanders, strangers } from "../../tools/network/peers";
import { connections, describeConnections, type Connection } from "../../tools/network/reachability";
import { ownConnections, stackNetwork, type StackNetwork, wiredConnections } from "../../tools/network/stack";
import { stack, stackNames, stackWith, type StackName } from "../support/stacks";

class Scene {
  private constructor(
    readonly the: StackNetwork,
    readonly strangers: readonly Pod[],
    readonly bystanders: readonly Pod[],
    /** For each Edge of the program, by URN, the policies that it consists of: `namespace/name`. */
    readonly edges: ReadonlyMap<string, readonly string[]>,
  ) {}

  static async of(name: StackName): Promise<Scene> {
    const rendered = await stack(name);
    const others: Pod[] = [];
    const idle: Pod[] = [];
    const the = stackNetwork(rendered, (network) => {
      others.push(...strangers(network.pods));
      idle.push(...bystanders(network));
      return [...others, ...idle];
    });
    return new Scene(the, others, idle, policiesOfEdges(rendered.graph));
  }

  /** The same network, with no other Edge than this one. */
  withOnly(edge: string): Scene {
    const others = new Set(
      [...this.edges].filter(([name]) => name !== edge).flatMap(([, policies]) => policies),
    );
    const network = withoutPolicies(this.the.network, others);
    return new Scene({ ...this.the, network }, this.strangers, this.bystanders, this.edges);
  }

  ours(filter: (connection: Connection) => boolean): Connection[] {
    return ownConnections(this.the).filter(filter);
  }

  wired(): string[] {
    return describeConnections(wiredConnections(this.the));
  }

  isOwn(peer: Peer): boolean {
    return this.the.own.some((pod) => pod === peer);
  }

  get stores(): Pod[] {
    return this.the.own.filter((pod) => pod.name.includes("/statefulset/"));
  }
}

const none = (unwanted: Connection[]): void => assert.deepEqual(describeConnections(unwanted), []);

for (const name of stackNames) {
  describe(`the network of the ${name} stack`, () => {
    let scene: Scene;
    before(async () => {
      scene = await Scene.of(name);
    });

    it("permits the connections that were agreed to, and no others", () => {
      matchGolden(`${name}.reachability.txt`, `${scene.wired().join("\n")}\n`);
    });

    it("is the sum of its Edges: each opens something, and together they open nothing more", () => {
      const opened = [...scene.edges.keys()].map((edge) => ({ edge, lines: scene.withOnly(edge).wired() }));
      assert.deepEqual(
        opened.filter(({ lines }) => lines.length === 0).map(({ edge }) => edge),
        [],
      );
      assert.deepEqual([...new Set(opened.flatMap(({ lines }) => lines))].sort(), scene.wired().sort());
    });

    it("opens nothing on every port", () => {
      none(scene.ours(({ port }) => port === undefined));
    });

    it("lets clients reach every pod that keeps data", () => {
      assert.ok(scene.stores.length > 0);
      for (const store of scene.stores)
        assert.notDeepEqual(
          scene.ours(({ from, to }) => to === store && scene.isOwn(from)),
          [],
          `nobody reaches ${store.name}`,
        );
    });

    it("lets nobody else's pods in, whatever labels they wear", () => {
      none(scene.ours(({ from }) => scene.strangers.some((stranger) => stranger === from)));
    });

    it("lets no address outside the cluster in", () => {
      none(scene.ours(({ from }) => from.kind === "address"));
    });

    it("keeps the ingress controller away from the ports where data is served", () => {
      none(
        scene.ours(({ from, port }) => from === scene.the.ingress && [9000, 3306, 27017].includes(port ?? 0)),
      );
    });

    it("lets a pod that nothing was wired to reach nothing, and be reached by nobody", () => {
      none(scene.ours(({ from, to }) => scene.bystanders.some((idle) => idle === from || idle === to)));
    });

    it("lets every pod ask for names, on the ports of the cluster's DNS only", () => {
      const ports = name === "prod" ? [53, 5353] : [53];
      for (const pod of [...scene.the.own, ...scene.bystanders]) {
        const asked = connections(scene.the.network, [pod, scene.the.dns]).filter(
          ({ from, to }) => from === pod && to === scene.the.dns,
        );
        const permitted = asked.map(({ port, protocol }) => `${protocol} ${port}`).sort();
        const wanted = ports.flatMap((port) => [`TCP ${port}`, `UDP ${port}`]).sort();
        assert.deepEqual(permitted, wanted, pod.name);
      }
    });
  });
}

describe("the network of a cluster whose services are elsewhere", () => {
  it("has the ingress controller and what collects metrics where the configuration says", async () => {
    const rendered = await stackWith("dev", {
      ingress: { class: "traefik", namespace: "edge" },
      monitoring: { enabled: true, namespace: "watch" },
    });
    const usual = await stackWith("dev", { monitoring: { enabled: true } });
    const wired = describeConnections(wiredConnections(stackNetwork(rendered)));
    assert.deepEqual(wired, describeConnections(wiredConnections(stackNetwork(usual))));
    assert.ok(wired.some((line) => line.startsWith("ingress-controller -> ")));
  });
});
