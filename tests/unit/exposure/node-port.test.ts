// NodePort exposure: who is let in, what is announced, and what is refused. The Service itself is a workload's.
import * as assert from "node:assert/strict";
import { nodePortExposure, type NodePortArgs } from "../../../components/exposure";
import { readNetwork } from "../../../tools/network/network";
import { mayConnect } from "../../../tools/network/reachability";
import { POLICY } from "../../support/services";
import { through } from "./setup";

const opened = (
  args: Partial<NodePortArgs> = {},
  options: { sendsCors?: boolean; encrypted?: boolean } = {},
) => through(() => nodePortExposure({ port: 30001, ...args }), options);

describe("a port of every node", () => {
  it("lets everybody in, at the port of the container and no other", async () => {
    const graph = await opened();
    assert.deepEqual(graph.object("NetworkPolicy", "shop-from-anywhere").spec, {
      podSelector: { matchLabels: { "app.kubernetes.io/name": "shop" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }],
          ports: [{ protocol: "TCP", port: 8000 }],
        },
      ],
    });
    const network = readNetwork(graph.objects.map(({ manifest }) => manifest));
    const shop = {
      kind: "pod" as const,
      name: "team/shop",
      namespace: "team",
      labels: { "app.kubernetes.io/name": "shop" },
      ports: [],
    };
    for (const ip of ["192.168.49.1", "203.0.113.9", "2001:db8::9"]) {
      const client = { kind: "address" as const, name: ip, ip };
      assert.ok(mayConnect(network, client, shop, 8000), ip);
      assert.ok(!mayConnect(network, client, shop, 8001), ip);
    }
  });

  it("opens nothing else: no Ingress, and no way out", async () => {
    const graph = await opened();
    graph.none("kubernetes:networking.k8s.io/v1:Ingress");
    graph.none(POLICY, "anywhere-to-shop");
  });

  it("belongs to the component that it exposes, and is the way in that was made", async () => {
    const graph = await opened();
    const policy = graph.one(POLICY, "shop-from-anywhere");
    const namespace = graph.one("mlops:network:ManagedNamespace");
    assert.ok(graph.descendantsOf(namespace).includes(policy));
    assert.deepEqual(graph.outputs.urns, [policy.urn]);
  });

  it("does not pretend to know where a node is", async () => {
    const { outputs } = await opened();
    assert.deepEqual(
      [outputs.announced, outputs.url],
      ["http://address-of-a-node:30001", "http://address-of-a-node:30001"],
    );
  });

  it("has an address where a node's is given", async () => {
    const { outputs } = await opened({ node: "192.168.49.2" });
    assert.deepEqual(
      [outputs.announced, outputs.url],
      ["http://192.168.49.2:30001", "http://192.168.49.2:30001"],
    );
  });

  it("tells the Service its port, and whether clients keep their addresses", () => {
    assert.deepEqual(nodePortExposure({ port: 30001 }).nodePort, { port: 30001, preserveClient: false });
    assert.deepEqual(nodePortExposure({ port: 30001, preserveClient: true }).nodePort, {
      port: 30001,
      preserveClient: true,
    });
  });

  it("leaves CORS to the application", async () => {
    const cors = ["https://app.example.com"];
    assert.deepEqual((await opened({ cors }, { sendsCors: true })).outputs.corsByApplication, cors);
    await assert.rejects(
      opened({ cors }),
      /asks for CORS \(https:\/\/app\.example\.com\).*shop does not send it/,
    );
  });

  it("refuses a service that takes TLS only, with a certificate that clients could not check", async () => {
    await assert.rejects(opened({}, { encrypted: true }), /shop takes TLS only.*through a Route/);
  });

  for (const port of [0, 65536, 30001.5])
    it(`can't be ${port}`, () => {
      assert.throws(() => nodePortExposure({ port }), new RegExp(`no port ${port}.*30000 to 32767`));
    });
});
