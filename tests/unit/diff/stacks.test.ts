// Changes of the real stacks' configuration, as a pull request would make them.
import * as assert from "node:assert/strict";
import type { RenderedStack } from "../../../tools/render/stack";
import { difference, amount } from "../../../tools/diff/words";
import { diffOf, isEmpty, titleOf, withFacts, type StackDiff } from "../../../tools/diff/stack-diff";
import { stack, stackWith, type StackName } from "../../support/stacks";
import { stepsOf } from "./support";

async function changed(name: StackName, values: Readonly<Record<string, unknown>>): Promise<StackDiff> {
  return between(name, await stack(name), await stackWith(name, values));
}

const between = (name: string, before: RenderedStack, after: RenderedStack): StackDiff =>
  diffOf(name, withFacts(before), withFacts(after));

const steps = (diff: StackDiff): string[] =>
  stepsOf(diff)
    .map(({ action, resource }) => `${action} ${titleOf(resource)}`)
    .sort();

const totals = (diff: StackDiff): string[] =>
  diff.totals
    .filter((total) => difference(total) !== "")
    .map((total) => `${total.name} ${difference(total)}`);

describe("a pull request", () => {
  it("that changes nothing is said to change nothing", async () => {
    assert.ok(isEmpty(await changed("prod", {})));
  });

  it("that enlarges a volume changes the claim alone, and what is asked of the cluster", async () => {
    const diff = await changed("dev", { mysql: { storage: { size: "8Gi" } } });
    assert.deepEqual(steps(diff), ["update PersistentVolumeClaim db-ai/mysql-data"]);
    assert.deepEqual(totals(diff), ["storage +3 GiB"]);
    assert.deepEqual(diff.risks, []);
  });

  it("that changes an image rolls out its pods alone", async () => {
    const diff = await changed("dev", { images: { modelRegistry: "registry.example/model-registry:2" } });
    assert.deepEqual(steps(diff), ["update Deployment rhoai-model-registries/model-registry"]);
    assert.deepEqual([diff.connections.added, diff.connections.removed], [[], []]);
  });

  it("that adds a consumer says whom it may reach, what it is granted and what others are told", async () => {
    const diff = await changed("dev", {
      consumers: { churn: { namespace: "churn", createNamespace: true, bucket: { name: "churn" } } },
    });
    const reached = diff.connections.added.filter((line) => !line.includes("/job/"));
    assert.deepEqual(reached, ["consumer churn -> minio/statefulset/minio 9000/TCP"]);
    // A Job's name ends in something random, which is another one with each deployment.
    assert.deepEqual(
      diff.connections.added.filter((line) => line.includes("/job/")),
      ["minio-bucket-churn", "minio-churn-1-provision"].map(
        (job) => `minio/job/${job} -> minio/statefulset/minio 9000/TCP`,
      ),
    );
    assert.deepEqual(diff.connections.removed, []);
    assert.deepEqual(diff.grants, {
      added: ["churn may use minio: bucket churn: read and write"],
      removed: [],
    });
    assert.deepEqual(diff.credentials, { added: ["1 of churn at minio"], removed: [] });
    assert.ok(diff.outputs.some(({ path }) => path[0] === "consumers" && path[1] === "churn"));
    assert.ok(steps(diff).includes("create Secret churn/churn-s3-connection"));
  });

  it("that opens another host says so", async () => {
    const diff = await changed("dev", { iris: { host: "flowers.example.com" } });
    assert.deepEqual(diff.exposures, {
      added: ["https://flowers.example.com -> mlops/iris-api-service:8000"],
      removed: ["https://iris-api.example.com -> mlops/iris-api-service:8000"],
    });
  });

  it("that raises an autoscaler's maximum asks for more at most, and for the same at least", async () => {
    const before = await stackWith("prod", {
      vidp: { services: { frontend: { scaling: { min: 2, max: 3 } } } },
    });
    const after = await stackWith("prod", {
      vidp: { services: { frontend: { scaling: { min: 2, max: 5 } } } },
    });
    const diff = between("prod", before, after);
    assert.deepEqual(steps(diff), ["update HorizontalPodAutoscaler vidp/frontend-hpa"]);
    const names = totals(diff).map((line) => line.replace(/ [+−].*/, ""));
    assert.deepEqual(names, ["CPU requested at most", "memory requested at most", "replicas at most"]);
    assert.ok(totals(diff).includes("replicas at most +2 pods"));
  });

  it("that changes a storage class replaces protected volumes, in red", async () => {
    const diff = await changed("prod", { storageClass: "another" });
    const red = diff.risks.map(({ step, message }) => `${titleOf(step.resource)}: ${message}`);
    assert.ok(
      red.includes(
        "PersistentVolumeClaim minio/minio-data: the new volume is empty: what is on the old one is lost",
      ),
    );
    assert.ok(red.some((line) => /^PersistentVolumeClaim db-ai\/mysql-data: it is protected/.test(line)));
  });

  it("that renames the database's namespace replaces what is in it, in red", async () => {
    const diff = await changed("dev", { namespaces: { "db-ai": { name: "databases" } } }).catch(
      () => undefined,
    );
    const renamed = diff ?? (await renamedByHand());
    const red = renamed.risks.map(
      ({ step, message }) => `${step.action} ${titleOf(step.resource)}: ${message}`,
    );
    assert.ok(
      red.some((line) => /Namespace .*: everything in it is deleted, with what is on one volume/.test(line)),
    );
    assert.ok(red.some((line) => /PersistentVolumeClaim .*: the new volume is empty/.test(line)));
  });

  it("that adds a generation of credentials names the new Secrets without their random ends", async () => {
    const diff = await changed("dev", { generations: { default: ["2", "1"] } });
    const values = stepsOf(diff).flatMap(({ changes }) =>
      changes.flatMap(({ before, after }) => [before, after]),
    );
    assert.ok(values.includes("mlflow-minio-2-…"), "no pod gets the new Secret");
    for (const value of values) if (typeof value === "string") assert.doesNotMatch(value, /-[0-9a-f]{8}$/);
    assert.deepEqual(diff.grants, { added: [], removed: [] });
    assert.deepEqual(diff.connections.removed, []);
  });
});

/** The stack as it is, with the database's namespace under another name wherever it stands. */
async function renamedByHand(): Promise<StackDiff> {
  const before = await stack("dev");
  const text = JSON.stringify(before).replaceAll('"name":"db-ai"', '"name":"databases"');
  const after = JSON.parse(
    text.replaceAll('"namespace":"db-ai"', '"namespace":"databases"'),
  ) as RenderedStack;
  for (const resource of after.graph.resources)
    resource.id = resource.id.replace(/^db-ai(\/|$)/, "databases$1");
  return between("dev", before, after);
}

describe("an amount", () => {
  it("is said in the unit that fits", () => {
    assert.deepEqual(
      [
        amount(1.25, "cores"),
        amount(512 * 2 ** 20, "bytes"),
        amount(1.5 * 2 ** 30, "bytes"),
        amount(3, "pods"),
      ],
      ["1.25 cores", "512 MiB", "1.5 GiB", "3 pods"],
    );
  });
});
