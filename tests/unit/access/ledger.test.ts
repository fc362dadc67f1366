// The list of identities that may exist, and the sweep that removes all others at the end of a program.
import * as assert from "node:assert/strict";
import { checksum } from "../../../components/network";
import { podLabels } from "../../../components/network";
import type { Resource } from "../../../tools/graph/graph";
import { text } from "../../../tools/graph/values";
import { run, type TestGraph } from "../../support/program";
import {
  at,
  CONFIG_MAP,
  consuming,
  DEPLOYMENT,
  JOB,
  minioStore,
  mountsOf,
  ownGrants,
  POLICY,
  SECRET,
  serviceNames,
  services,
  surroundings,
  workloadUsing,
} from "../../support/services";

const VOLUME = "kubernetes:core/v1:PersistentVolumeClaim";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const SERVICE = "kubernetes:core/v1:Service";

const generations = { rose: ["1"], iris: ["2026-11", "2026-08"] };

/** What clients connect to; MinIO has a console as well. */
const mainService = { minio: "minio-api", mysql: "mysql", mongodb: "mongodb-service" } as const;

const kept = (graph: TestGraph, service: string) =>
  text(at(graph.one(CONFIG_MAP, `${service}-identities`).inputs, "data", "keep"));
const templateOf = (job: Resource) => at(job.inputs, "spec", "template");
const volumeOf = (job: Resource) =>
  at(templateOf(job), "metadata", "annotations", "inputs.mlops-platform/volume");
const environment = (job: Resource) => at(templateOf(job), "spec", "containers", 0, "env");
const directNames = (graph: TestGraph, resource: Resource) =>
  resource.dependencies.map((urn) => graph.byUrn(urn).name);

for (const service of serviceNames) {
  describe(`the identities of ${service}`, () => {
    let graph: TestGraph;
    before(async () => {
      graph = await run(consuming(service, generations));
    });

    it("are listed, all generations of all consumers and no other, in alphabetical order", () => {
      const users = graph
        .all(SECRET)
        .filter(({ name }) => name.endsWith("-identity"))
        .map(({ inputs }) => text(at(inputs, "stringData", "user")));
      assert.equal(users.length, 3 + ownGrants[service].length);
      assert.equal(kept(graph, service), users.sort().join("\n"));
    });

    it("are listed under a fixed name, which is updated in place, where the service is", () => {
      const list = graph.one(CONFIG_MAP, `${service}-identities`);
      assert.equal(at(list.inputs, "metadata", "name"), `${service}-identities`);
      assert.equal(at(list.inputs, "metadata", "namespace"), "shared");
      assert.equal(list.provider, graph.one("pulumi:providers:kubernetes", "in-place").urn);
    });

    it("are made after they were listed, with the server up and the way to it open", () => {
      const provisions = graph.all(JOB).filter(({ name }) => name.endsWith("-provision"));
      assert.equal(provisions.length, 3 + ownGrants[service].length);
      for (const provision of provisions) {
        const needed = [`${service}-identities`, `${service}-setup-to-${service}`];
        needed.push(`${service}-from-${service}-setup`, service);
        const direct = directNames(graph, provision);
        assert.deepEqual(
          needed.filter((name) => !direct.includes(name)),
          [],
        );
        const urns = provision.dependencies;
        assert.ok(urns.includes(graph.one(STATEFUL_SET, service).urn));
        assert.deepEqual(
          graph
            .all(SERVICE)
            .filter(({ urn }) => urns.includes(urn))
            .map(({ name }) => name),
          [mainService[service]],
        );
      }
    });

    it("are made again on another disk: each Job carries the volume's uid", () => {
      const uid = at(graph.one(VOLUME).outputs, "metadata", "uid");
      const jobs = graph.all(JOB).filter(({ name }) => /-(provision|bucket-.*)$/.test(name));
      assert.equal(jobs.length, service === "minio" ? 5 : 3);
      for (const job of jobs) assert.equal(volumeOf(job), uid, job.name);
    });

    it("reach the Jobs through mounted Secrets alone", () => {
      for (const generation of generations.iris) {
        const job = graph.one(JOB, `${service}-iris-${generation}-provision`);
        const identity = graph.one(SECRET, `${service}-iris-${generation}-identity`);
        assert.deepEqual(mountsOf(job)["/credentials/identity"], {
          secret: { secretName: at(identity.outputs, "metadata", "name"), defaultMode: 0o440 },
          readOnly: true,
        });
        assert.deepEqual(Object.keys(identity.inputs.stringData as object).sort(), ["password", "user"]);
      }
    });
  });

  describe(`the sweep of ${service}`, () => {
    let graph: TestGraph;
    let sweep: Resource;
    before(async () => {
      graph = await run(consuming(service, generations));
      sweep = graph.one(JOB, `${service}-sweep`);
    });

    it("waits for every workload that uses the service, and for the way to the server", () => {
      const users = ["rose", "iris"].map((consumer) => graph.one(DEPLOYMENT, consumer).urn);
      assert.deepEqual(
        users.filter((urn) => !sweep.dependencies.includes(urn)),
        [],
      );
      for (const policy of [`${service}-setup-to-${service}`, `${service}-from-${service}-setup`])
        assert.ok(sweep.dependencies.includes(graph.one(POLICY, policy).urn));
      assert.ok(sweep.dependencies.includes(graph.one(STATEFUL_SET, service).urn));
    });

    it("waits for the Secret of every application that is not the platform's", async () => {
      const foreign = await run(() => {
        const here = surroundings();
        const { grant, seal } = services[service].start(here);
        const { inPlace } = here.access;
        grant("iris").publish({ namespace: "app", secretName: "iris-connection", pods: {}, inPlace });
        seal();
      });
      const { dependencies } = foreign.one(JOB, `${service}-sweep`);
      assert.ok(dependencies.includes(foreign.one(SECRET, "iris-connection").urn));
    });

    it("is no part of the service, so that whoever waits for the service does not wait for it", () => {
      const component = graph.byUrn(sweep.parent ?? "");
      assert.equal(component.type, "mlops:access:Sweep");
      assert.equal(graph.byUrn(component.parent ?? "").type, "pulumi:pulumi:Stack");
      assert.match(sweep.urn, /::mlops:access:Sweep\$kubernetes:batch\/v1:Job::/);
    });

    it("is told the prefix of this stack's identities, and reads the list when its container starts", () => {
      const [user = ""] = kept(graph, service).split("\n");
      const given = Object.fromEntries(
        (environment(sweep) as { name: string }[]).map((one) => [one.name, one]),
      );
      assert.deepEqual(given.IDENTITY_PREFIX, { name: "IDENTITY_PREFIX", value: user.slice(0, 13) });
      assert.match(user, /^mlops-[a-z0-9]{6}-/);
      assert.deepEqual(given.KEEP, {
        name: "KEEP",
        valueFrom: { configMapKeyRef: { name: `${service}-identities`, key: "keep" } },
      });
      // By which it recognises a list that is not its own.
      assert.deepEqual(given.KEEP_CHECKSUM, { name: "KEEP_CHECKSUM", value: checksum(kept(graph, service)) });
    });

    it("gives up soon, so that a forgotten one never acts late", () => {
      assert.equal(at(sweep.inputs, "spec", "activeDeadlineSeconds"), 300);
    });

    it("runs again when the list changes, whichever way", async () => {
      const others: Record<string, string[]>[] = [
        { iris: ["2026-11"], rose: ["1"] },
        { iris: generations.iris },
        { ...generations, lily: ["1"] },
      ];
      for (const other of others) {
        const changed = await run(consuming(service, other));
        assert.notDeepEqual(templateOf(changed.one(JOB, `${service}-sweep`)), templateOf(sweep));
      }
    });

    it("does not run again when the list stays, whatever else changes", async () => {
      const turned = { iris: ["2026-08", "2026-11"], rose: ["1"] };
      const changed = await run(consuming(service, turned));
      assert.deepEqual(templateOf(changed.one(JOB, `${service}-sweep`)), templateOf(sweep));
    });

    it("removes every consumer's identity when nothing is granted any more", async () => {
      const empty = await run(consuming(service, {}));
      const left = kept(empty, service)
        .split("\n")
        .filter((user) => user !== "");
      assert.equal(left.length, ownGrants[service].length);
      assert.ok(left.every((user) => user.includes("-monitoring-")));
      assert.ok(empty.one(JOB, `${service}-sweep`));
    });
  });

  it(`a program that does not seal ${service} makes no identity, rather than one that is not listed`, async () => {
    const unsealed = run(
      () => {
        const here = surroundings();
        const claim = services[service]
          .start(here)
          .grant("iris")
          .claim({ namespace: here.team, pods: podLabels("iris") });
        workloadUsing("iris", here, claim, []);
      },
      { stallAfter: 500 },
    );
    await assert.rejects(unsealed, (error: Error) => {
      assert.match(error.message, new RegExp(`ConfigMap "${service}-identities"`));
      assert.match(error.message, new RegExp(`Job "${service}-iris-1-provision"`));
      return true;
    });
  });
}

describe("the sweep of minio", () => {
  it("does not run again when a bucket is added", async () => {
    const sweepOf = async (buckets: Record<string, object>) => {
      const graph = await run(() => minioStore(surroundings(), { buckets }).seal());
      return graph.one(JOB, "minio-sweep").inputs;
    };
    assert.deepEqual(await sweepOf({ one: {}, two: { versioning: true } }), await sweepOf({ one: {} }));
  });
});
