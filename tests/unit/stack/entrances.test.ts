// By which hosts and ports an object is reached from outside.
import * as assert from "node:assert/strict";
import type { Plain } from "../../../tools/graph/values";
import { APPS_DOMAIN } from "../../../tools/graph/placeholders";
import { entrancesOf, needsAppsDomain, withAppsDomain } from "../../../tools/stack/entrances";

describe("the entrances of an object", () => {
  it("are the ports that a Service has on nodes", () => {
    const spec: Plain = { ports: [{ port: 80, nodePort: 30001 }, { port: 81 }] };
    assert.deepEqual(entrancesOf("Service", "shop", "web", spec), [
      { what: "port 30001 of the nodes", owner: "Service shop/web" },
    ]);
  });

  it("are the hosts of an Ingress and of a Route", () => {
    const owner = (kind: string) => `${kind} shop/web`;
    assert.deepEqual(entrancesOf("Ingress", "shop", "web", { rules: [{ host: "a.local" }, {}] }), [
      { what: "host a.local", owner: owner("Ingress") },
    ]);
    assert.deepEqual(entrancesOf("Route", "shop", "web", { host: "b.local" }), [
      { what: "host b.local", owner: owner("Route") },
    ]);
  });

  it("are in the cluster's own domain once it is known, where they were rendered without", () => {
    const [short, whole] = [`web.${APPS_DOMAIN}`, "web.example.com"].flatMap((host) =>
      entrancesOf("Route", "shop", "web", { host }),
    );
    assert.deepEqual([short!, whole!].map(needsAppsDomain), [true, false]);
    assert.deepEqual(
      [short!, whole!].map((entrance) => withAppsDomain(entrance, "apps.east").what),
      ["host web.apps.east", "host web.example.com"],
    );
  });

  it("are none for what stays inside", () => {
    assert.deepEqual(entrancesOf("Service", "shop", "web", { ports: [{ port: 80 }] }), []);
    assert.deepEqual(entrancesOf("Route", "shop", "web", {}), []);
  });
});
