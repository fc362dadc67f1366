// The map says what is true of a stack: every permitted connection, who was granted what, and every way in.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { describeConnection } from "../../../tools/map/describe";
import type { Wiring } from "../../../tools/map/wiring";
import { goldenPath } from "../../support/golden";
import { stack, stackNames } from "../../support/stacks";
import { linkIds, wiring } from "../../support/wiring";

for (const name of stackNames) {
  describe(`the wiring of the ${name} stack`, () => {
    let the: Wiring;
    before(async () => {
      the = await wiring(name);
    });

    it("has the connections that the policies permit, and no others", () => {
      const permitted = fs
        .readFileSync(goldenPath(`${name}.reachability.txt`), "utf8")
        .trim()
        .split("\n");
      assert.deepEqual(the.connections.map(describeConnection).sort(), permitted.sort());
    });

    it("has a reason for each", () => {
      const unexplained = the.connections.filter(({ reasons }) => reasons.length === 0);
      assert.deepEqual(unexplained.map(describeConnection), []);
    });

    it("draws every connection that is not folded, and nothing else", () => {
      for (const connection of the.connections)
        assert.equal(
          connection.links.length === 0,
          connection.fromNode === connection.toNode,
          describeConnection(connection),
        );
      assert.deepEqual(
        [...new Set(the.connections.flatMap(({ links }) => links))].sort(),
        linkIds(the).sort(),
      );
      for (const link of the.links) {
        const shown = the.connections.filter(({ links }) => links.includes(link.id));
        assert.deepEqual(
          link.ports,
          [...new Set(shown.map(({ port }) => port))].sort((a, b) => a - b),
          link.id,
        );
        assert.ok(
          shown.every(({ toNode }) => toNode === link.to),
          link.id,
        );
      }
    });

    it("folds nothing but Jobs into what they set up", () => {
      const folded = the.connections.filter(({ fromNode, toNode }) => fromNode === toNode);
      assert.ok(folded.length > 5);
      for (const { from } of folded) assert.match(from, /\/job\//);
    });

    it("has every pod of the platform in one node, in its namespace", async () => {
      const { objects } = await stack(name);
      const servers = objects.filter(({ manifest }) => ["Deployment", "StatefulSet"].includes(manifest.kind));
      const jobs = objects.filter(({ manifest }) => manifest.kind === "Job");
      for (const { manifest, namespace } of [...servers, ...jobs]) {
        const member = `${namespace}/${manifest.kind.toLowerCase()}/${manifest.metadata.name}`;
        const nodes = the.nodes.filter(({ members }) => members.includes(member));
        assert.deepEqual(
          nodes.map(({ place }) => place),
          [namespace],
          member,
        );
      }
      const own = the.nodes.filter(({ members }) =>
        members.some((member) => /\/(deployment|statefulset)\//.test(member)),
      );
      assert.equal(own.length, servers.length);
    });

    it("has both ends of every line in a place", () => {
      const places = new Set(the.places.map(({ id }) => id));
      const nodes = new Set(the.nodes.map(({ id }) => id));
      assert.equal(nodes.size, the.nodes.length);
      for (const { place } of the.nodes) assert.ok(places.has(place), place);
      for (const { from, to } of the.links) assert.ok(nodes.has(from) && nodes.has(to), `${from} ${to}`);
    });

    it("takes the ingress controller to nothing but ways in", () => {
      const inward = the.connections.filter(({ from }) => from === "ingress-controller");
      assert.deepEqual(
        inward.map(({ toNode, port }) => `${toNode} ${port}`).sort(),
        the.exposures.map(({ node, port }) => `${node} ${port}`).sort(),
      );
    });

    it("has every host of the stack as a way in, each with a line", async () => {
      const { objects } = await stack(name);
      const hosts = objects.filter(({ manifest }) => ["Ingress", "Route"].includes(manifest.kind));
      assert.ok(hosts.length > 2);
      const declared = the.exposures.filter(({ kind }) => kind === "Ingress" || kind === "Route");
      assert.equal(declared.length, hosts.length);
      const entrances = the.links.filter(({ purpose }) => purpose === "entrance");
      assert.deepEqual(
        entrances.map(({ to, ports }) => `${to} ${ports.join()}`).sort(),
        the.exposures.map(({ node, port }) => `${node} ${port}`).sort(),
      );
    });

    it("has every Grant with what it allows, and who may use it", async () => {
      const { graph } = await stack(name);
      assert.equal(
        the.grants.length,
        graph.resources.filter(({ type }) => type === "mlops:access:Grant").length,
      );
      for (const grant of the.grants) {
        assert.ok(grant.what.length > 0, grant.urn);
        assert.match(grant.access, /^(read|write|edit|read and write)$/, grant.urn);
        assert.ok(grant.generations.length > 0, grant.urn);
        assert.ok(
          the.connections.some(({ reasons }) => reasons.some((reason) => reason.grant === grant)),
          grant.urn,
        );
      }
    });
  });
}
