// Who reaches a workload, and whom it reaches: its way in, and what it calls.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type Backend, type Exposure, nodePortExposure } from "../../../components/exposure";
import { type Calls, Workload, type WorkloadArgs } from "../../../components/workload";
import type { PlainObject } from "../../../tools/graph/values";
import { container, security, testNamespace } from "../../support/fixtures";
import { readNetwork } from "../../../tools/network/network";
import { run } from "../../support/program";
import { mayConnect } from "../../../tools/network/reachability";
import { at, DEPLOYMENT, POLICY } from "../../support/services";
import { labels, make, workload } from "./setup";

describe("a workload's way in", () => {
  it("is closed by default", async () => {
    const { outputs } = await run(() => ({ exposed: make().exposed ?? "closed" }));
    assert.equal(outputs.exposed, "closed");
  });

  it("leads to its Service and its pods, under its own name, as its own part", async () => {
    const calls: { name: string; backend: Backend; opts: pulumi.CustomResourceOptions }[] = [];
    const exposure: Exposure = {
      host: pulumi.output("shop.example.com"),
      url: pulumi.output("https://shop.example.com"),
      corsByApplication: [],
      to: (name, backend, opts) => {
        calls.push({ name, backend, opts });
        return { url: pulumi.output("https://shop.example.com"), resources: [] };
      },
    };
    const { outputs } = await run(() => {
      const shop = make({ exposure, sendsCors: true });
      const [{ name, backend, opts }] = calls as [(typeof calls)[number]];
      assert.equal(opts.parent, shop);
      assert.equal(backend.endpoint, shop.endpoint);
      assert.equal(backend.sendsCors, true);
      return { name, url: shop.exposed?.url, service: backend.service, port: backend.servicePort };
    });
    assert.deepEqual(outputs, {
      name: "shop",
      url: "https://shop.example.com",
      service: "shop-service",
      port: 8000,
    });
    assert.equal(calls.length, 1);
  });

  it("is a port of every node where its exposure asks for one", async () => {
    const graph = await workload({ exposure: nodePortExposure({ port: 30001 }) });
    const { spec } = graph.object("Service", "shop-service");
    assert.deepEqual(spec, {
      type: "NodePort",
      selector: labels,
      ports: [{ name: "http", port: 8000, targetPort: 8000, protocol: "TCP", nodePort: 30001 }],
    });
  });

  it("shows it the addresses of its clients where its exposure asks for that", async () => {
    const exposure = nodePortExposure({ port: 30001, preserveClient: true });
    const { spec } = (await workload({ exposure })).object("Service", "shop-service");
    assert.equal((spec as PlainObject).externalTrafficPolicy, "Local");
  });
});

describe("a workload that calls others", () => {
  /** "shop" calls "stock", and nobody calls "other", all in the same namespace. */
  const calling = (calls: (stock: Workload) => Calls, args: Partial<WorkloadArgs> = {}) =>
    run(() => {
      const namespace = testNamespace();
      const common = { namespace, security: security.openshift, container: container() };
      const service = (name: string) => ({ name: `${name}-service`, port: 9000, portName: "http" });
      const stock = new Workload("stock", { ...common, service: service("stock") });
      new Workload("other", { ...common, service: service("other") });
      make({ namespace, calls: calls(stock), ...args });
    });

  it("is told where they are, beside its own variables", async () => {
    const graph = await calling((stock) => ({ STOCK_URL: stock }), {
      container: container({ env: { MODE: "fast" } }),
    });
    const { inputs } = graph.one(DEPLOYMENT, "shop");
    assert.deepEqual(at(inputs, "spec", "template", "spec", "containers", 0, "env"), [
      { name: "MODE", value: "fast" },
      { name: "STOCK_URL", value: "http://stock-service.team.svc.cluster.local:9000" },
    ]);
  });

  it("reaches them at their port, and nobody else", async () => {
    const graph = await calling((stock) => ({ STOCK_URL: stock }));
    const network = readNetwork(graph.objects.map(({ manifest }) => manifest));
    const pod = (name: string) => network.pods.find((each) => each.name === `team/deployment/${name}`)!;
    assert.ok(mayConnect(network, pod("shop"), pod("stock"), 9000));
    assert.ok(!mayConnect(network, pod("shop"), pod("stock"), 9001));
    assert.ok(!mayConnect(network, pod("shop"), pod("other"), 9000));
    assert.ok(!mayConnect(network, pod("other"), pod("stock"), 9000));
    assert.ok(!mayConnect(network, pod("stock"), pod("shop"), 8000));
  });

  it("starts after them, and after the way to them is open", async () => {
    const graph = await calling((stock) => ({ STOCK_URL: stock }));
    const { dependencies } = graph.one(DEPLOYMENT, "shop");
    const needed = [
      graph.one(DEPLOYMENT, "stock"),
      graph.one("kubernetes:core/v1:Service", "stock-service"),
      graph.one(POLICY, "shop-to-stock"),
      graph.one(POLICY, "stock-from-shop"),
    ];
    for (const { urn } of needed) assert.ok(dependencies.includes(urn), urn);
  });

  it("needs one permission for two variables with one address", async () => {
    const graph = await calling((stock) => ({ READ_URL: stock, WRITE_URL: stock }));
    assert.equal(graph.all(POLICY).filter(({ name }) => name === "shop-to-stock").length, 1);
  });

  it("can't have a variable of its own by the same name", async () => {
    const args = { container: container({ env: { STOCK_URL: "http://elsewhere" } }) };
    await assert.rejects(
      calling((stock) => ({ STOCK_URL: stock }), args),
      {
        message:
          "The environment of shop has STOCK_URL twice: as a variable of its own, and as the address of what it " +
          "calls. Remove one of them.",
      },
    );
  });
});
