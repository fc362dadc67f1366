// Grants: generations of one consumer's credential, and what a claim hands to pods. Both services in the cluster
// make them in the same way.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { podLabels } from "../../../components/network";
import { isSecretPath } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import type { TargetName } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  consuming,
  DEPLOYMENT,
  JOB,
  namesOf,
  ownGrants,
  POLICY,
  SECRET,
  type ServiceName,
  serviceNames,
  services,
  surroundings,
  workloadUsing,
} from "../../support/services";

const PASSWORD = "random:index/randomPassword:RandomPassword";
const STRING = "random:index/randomString:RandomString";

/** What is rewritten whenever the list of identities changes. */
const FOLLOWS_THE_LIST = serviceNames.flatMap((service) => [`${service}-identities`, `${service}-sweep`]);

/** The same program gives the same graph, so that one run serves all tests that read it. */
const runs = new Map<string, Promise<TestGraph>>();

function consumed(
  service: ServiceName,
  generations: Readonly<Record<string, readonly string[]>>,
  target: TargetName = "minikube",
): Promise<TestGraph> {
  const key = JSON.stringify([service, generations, target]);
  const known = runs.get(key) ?? run(consuming(service, generations, target));
  runs.set(key, known);
  return known;
}

const urnsOf = (graph: TestGraph) => graph.resources.map(({ urn }) => urn).sort();
const about = (names: string[], consumer: string) => names.filter((name) => name.includes(consumer));
const objectName = (graph: TestGraph, type: string, name: string) =>
  text(at(graph.one(type, name).outputs, "metadata", "name"));
const secretRead = (graph: TestGraph, consumer: string) =>
  at(
    graph.one(DEPLOYMENT, consumer).inputs,
    ...["spec", "template", "spec", "containers", 0, "env", 0, "valueFrom", "secretKeyRef", "name"],
  );

for (const service of serviceNames) {
  const [two, one] = [{ iris: ["2026-11", "2026-08"] }, { iris: ["2026-08"] }];

  describe(`a grant of ${service}`, () => {
    it("has an identity, a provision Job and a Secret of its own for each generation", async () => {
      const graph = await consumed(service, two);
      const each = (name: (generation: string) => string) => ["2026-08", "2026-11"].map(name).sort();
      assert.deepEqual(
        about(namesOf(graph.all(PASSWORD)), "iris"),
        each((generation) => `${service}-iris-${generation}-password`),
      );
      assert.deepEqual(
        about(namesOf(graph.all(STRING)), "iris"),
        each((generation) => `${service}-iris-${generation}-user`),
      );
      assert.deepEqual(
        about(namesOf(graph.all(JOB)), "iris"),
        each((generation) => `${service}-iris-${generation}-provision`),
      );
      assert.deepEqual(
        about(namesOf(graph.all(SECRET)), "iris"),
        [
          ...each((generation) => `${service}-iris-${generation}-identity`),
          ...each((generation) => `iris-${service}-${generation}`),
        ].sort(),
      );
    });

    it("has another user and another password in each generation", async () => {
      const graph = await consumed(service, two);
      const [older, newer] = ["2026-08", "2026-11"].map(
        (generation) => graph.one(SECRET, `${service}-iris-${generation}-identity`).inputs.stringData,
      );
      assert.notEqual(at(older, "user"), at(newer, "user"));
      assert.notEqual(at(older, "password"), at(newer, "password"));
    });

    it("gives each generation's Secret that generation's user", async () => {
      const graph = await consumed(service, two);
      for (const generation of ["2026-08", "2026-11"]) {
        const identity = graph.one(SECRET, `${service}-iris-${generation}-identity`).inputs;
        const claimed = graph.one(SECRET, `iris-${service}-${generation}`).inputs;
        assert.equal(
          at(claimed, "stringData", services[service].userKey),
          at(identity, "stringData", "user"),
        );
        assert.equal(at(claimed, "metadata", "namespace"), "team");
        assert.equal(at(identity, "metadata", "namespace"), "shared");
      }
    });

    it("hands only the newest generation to pods", async () => {
      const graph = await consumed(service, two);
      assert.equal(secretRead(graph, "iris"), objectName(graph, SECRET, `iris-${service}-2026-11`));
    });

    it("rolls its pods out when a generation is added, because their Secret has another name", async () => {
      const [before, after] = [await consumed(service, one), await consumed(service, two)];
      assert.notEqual(secretRead(before, "iris"), secretRead(after, "iris"));
    });

    it("leaves the old generation as it was when one is added, and adds nothing but the new one", async () => {
      const [before, after] = [await consumed(service, one), await consumed(service, two)];
      for (const old of before.resources) {
        const now = after.byUrn(old.urn);
        if (old.name === "iris" || FOLLOWS_THE_LIST.includes(old.name)) continue;
        assert.deepEqual(now.inputs, old.inputs, old.urn);
      }
      const added = urnsOf(after).filter((urn) => !urnsOf(before).includes(urn));
      assert.equal(added.length, 5);
      for (const urn of added) assert.match(urn, /2026-11/);
    });

    it("takes nothing but the removed generation away", async () => {
      const newest = { iris: ["2026-11"] };
      const [before, after] = [await consumed(service, two), await consumed(service, newest)];
      const removed = urnsOf(before).filter((urn) => !urnsOf(after).includes(urn));
      assert.equal(removed.length, 5);
      for (const urn of removed) assert.match(urn, /2026-08/);
      assert.equal(secretRead(after, "iris"), secretRead(before, "iris"));
    });

    it("hands the older generation out again when the order is turned round", async () => {
      const graph = await consumed(service, { iris: ["2026-08", "2026-11"] });
      assert.equal(secretRead(graph, "iris"), objectName(graph, SECRET, `iris-${service}-2026-08`));
    });

    it("keeps consumers apart: each has an identity and a Secret of its own", async () => {
      const graph = await consumed(service, { iris: ["1"], rose: ["1"] });
      const users = ["iris", "rose"].map((consumer) =>
        at(graph.one(SECRET, `${service}-${consumer}-1-identity`).inputs, "stringData", "user"),
      );
      assert.notEqual(users[0], users[1]);
      assert.notEqual(secretRead(graph, "iris"), secretRead(graph, "rose"));
    });

    it("opens exactly one way: from the consumer's pods, to the service's port, on both sides", async () => {
      const graph = await consumed(service, { iris: ["1"] });
      const ofIris = graph.all(POLICY).filter(({ name }) => name.includes("iris"));
      assert.deepEqual(namesOf(ofIris), [`${service}-from-iris`, `iris-to-${service}`].sort());
      const ports = [{ protocol: "TCP", port: services[service].port }];
      const pods = (namespace: string, name: string) => ({
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        podSelector: { matchLabels: { "app.kubernetes.io/name": name } },
      });
      const out = graph.one(POLICY, `iris-to-${service}`).inputs;
      assert.equal(at(out, "metadata", "namespace"), "team");
      assert.deepEqual(out.spec, {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "iris" } },
        policyTypes: ["Egress"],
        egress: [{ to: [pods("shared", service)], ports }],
      });
      const into = graph.one(POLICY, `${service}-from-iris`).inputs;
      assert.equal(at(into, "metadata", "namespace"), "shared");
      assert.deepEqual(into.spec, {
        podSelector: { matchLabels: { "app.kubernetes.io/name": service } },
        policyTypes: ["Ingress"],
        ingress: [{ from: [pods("team", "iris")], ports }],
      });
    });

    it("has its consumer wait for leaf resources only: Secret, provision Job and both policies", async () => {
      const ready: pulumi.Resource[] = [];
      await run(() => {
        const here = surroundings(two);
        const { grant, seal } = services[service].start(here);
        const claim = grant("iris").claim({ namespace: here.team, pods: podLabels("iris") });
        ready.push(...claim.ready);
        workloadUsing("iris", here, claim, []);
        seal();
      });
      assert.ok(ready.every((resource) => pulumi.CustomResource.isInstance(resource)));
      assert.equal(ready.length, 4);
    });

    it("lets other pods use a claim too, which then have a way of their own", async () => {
      const ready: pulumi.Resource[] = [];
      const graph = await run(() => {
        const here = surroundings();
        const { grant, seal } = services[service].start(here);
        const claim = grant("iris").claim({ namespace: here.team, pods: podLabels("iris") });
        ready.push(...claim.letIn("iris-migration", podLabels("iris-migration")));
        workloadUsing("iris", here, claim, []);
        seal();
      });
      assert.ok(ready.every((resource) => pulumi.CustomResource.isInstance(resource)));
      // The credential, what makes it work, and the two policies of its own.
      assert.equal(ready.length, 4);
      const names = [`iris-migration-to-${service}`, `${service}-from-iris-migration`];
      const [out, into] = names.map((name) => graph.one(POLICY, name).inputs);
      assert.deepEqual(
        [at(out, "metadata", "namespace"), at(into, "metadata", "namespace")],
        ["team", "shared"],
      );
      assert.deepEqual(at(out, "spec", "podSelector"), {
        matchLabels: { "app.kubernetes.io/name": "iris-migration" },
      });
      const before = await consumed(service, { iris: ["1"] });
      const own = `iris-to-${service}`;
      assert.deepEqual(graph.one(POLICY, own).inputs, before.one(POLICY, own).inputs);
    });

    it("says which storage it is set up on: the server's disk", async () => {
      const graph = await run(() => {
        const here = surroundings();
        const { grant, seal } = services[service].start(here);
        const claim = grant("iris").claim({ namespace: here.team, pods: podLabels("iris") });
        workloadUsing("iris", here, claim, []);
        seal();
        return { storage: claim.storage };
      });
      const disk = graph.one("kubernetes:core/v1:PersistentVolumeClaim", `${service}-data`);
      assert.equal(graph.outputs.storage, at(disk.outputs, "metadata", "uid"));
    });

    it("starts its consumer after the Secret, the newest provision Job and both policies", async () => {
      const graph = await consumed(service, two);
      const direct = graph.one(DEPLOYMENT, "iris").dependencies.map((urn) => graph.byUrn(urn).name);
      const needed = [
        `iris-${service}-2026-11`,
        `${service}-iris-2026-11-provision`,
        `iris-to-${service}`,
        `${service}-from-iris`,
      ];
      assert.deepEqual(
        needed.filter((name) => !direct.includes(name)),
        [],
      );
      assert.deepEqual(
        direct.filter((name) => name.includes("2026-08")),
        [],
        "an old generation is nobody's business",
      );
    });

    it("lets no dependency lead to a component, which would wait for children to come", async () => {
      const graph = await consumed(service, two);
      const components = graph.resources.filter(({ custom, parent }) => !custom && parent !== undefined);
      const waited = new Set(graph.resources.flatMap(({ dependencies }) => dependencies));
      assert.deepEqual(
        components.filter(({ urn }) => waited.has(urn)).map(({ urn }) => urn),
        [],
      );
    });

    it("shows every value of a connection as a secret, and puts none elsewhere", async () => {
      const graph = await consumed(service, two);
      for (const secret of graph.all(SECRET).filter(({ name }) => name.startsWith("iris-"))) {
        const keys = Object.keys(at(secret.inputs, "stringData") as object);
        for (const key of keys) assert.ok(isSecretPath(secret.secretInputs, `stringData.${key}`), key);
      }
      const passwords = graph.all(PASSWORD).map(({ outputs }) => text(outputs.result));
      const expected = 3 + ownGrants[service].length;
      assert.equal(new Set(passwords).size, expected, "the administrator's, and one a generation");
      for (const { type, urn, inputs, secretInputs } of graph.resources) {
        if (type === SECRET) continue;
        const written = JSON.stringify(inputs);
        assert.ok(!passwords.some((password) => written.includes(password)), urn);
        assert.deepEqual(secretInputs, [], urn);
      }
    });

    it("keeps the administrator's Secret where the service is", async () => {
      const graph = await consumed(service, two);
      const admin = objectName(graph, SECRET, `${service}-admin`);
      const naming = graph.resources.filter(
        ({ type, inputs }) => type !== SECRET && JSON.stringify(inputs).includes(`"${admin}"`),
      );
      assert.ok(naming.length >= 3, "the server and its Jobs");
      for (const { urn, inputs } of naming) assert.equal(at(inputs, "metadata", "namespace"), "shared", urn);
    });

    it("registers the same resources in a preview, where nothing is known yet", async () => {
      const preview = await run(consuming(service, two), { preview: true });
      const real = await consumed(service, two);
      assert.deepEqual(urnsOf(preview), urnsOf(real));
    });

    it("makes the same on OpenShift", async () => {
      const [minikube, openshift] = [await consumed(service, two), await consumed(service, two, "openshift")];
      assert.deepEqual(urnsOf(openshift), urnsOf(minikube));
    });
  });
}
