// What `make live` leaves: pods that run as they are meant to, and Jobs that did their work.
import * as assert from "node:assert/strict";
import { isPlainObject, text, type PlainObject } from "../../tools/graph/values";
import type { LiveObject } from "../../tools/stack/state";
import { eventually } from "../support/processes";
import { at } from "../support/services";
import { usePlatform } from "./support/platform";

const fullName = ({ metadata }: LiveObject): string => `${text(metadata.namespace)}/${metadata.name}`;

const listAt = (object: LiveObject, ...path: string[]): PlainObject[] => {
  const found = at(object, ...path);
  return Array.isArray(found) ? found.filter(isPlainObject) : [];
};

const hasCondition = (object: LiveObject, type: string): boolean =>
  listAt(object, "status", "conditions").some((each) => each.type === type && each.status === "True");

describe("the platform with real pods", () => {
  const platform = usePlatform();

  /** Those of the stack's namespaces. */
  async function objects(kind: string): Promise<LiveObject[]> {
    const namespaces = await platform().get("namespaces", "--selector=mlops-platform/stack=dev");
    const own = new Set(namespaces.map(({ metadata }) => metadata.name));
    return (await platform().get(kind, "--all-namespaces")).filter(({ metadata }) =>
      own.has(text(metadata.namespace)),
    );
  }

  const running = async () =>
    (await objects("pods")).filter(
      ({ metadata }) =>
        !listAt({ metadata } as LiveObject, "metadata", "ownerReferences").some(({ kind }) => kind === "Job"),
    );

  it("has every pod ready, and none was ever started again", async () => {
    // Where everything is on two cores, a pod can miss its probes for a moment.
    let late: string[] = [];
    await eventually(
      () => `all ready, but for ${late.join(", ")}`,
      async () => {
        const pods = await running();
        assert.ok(pods.length >= 18, `${pods.length} pods`);
        late = pods.filter((pod) => !hasCondition(pod, "Ready")).map(fullName);
        return late.length === 0;
      },
    );
    assert.deepEqual(await platform().restarts(), {});
  });

  it("holds each of its namespaces to Pod Security's strictest level", async () => {
    const namespaces = await platform().get("namespaces", "--selector=mlops-platform/stack=dev");
    const enforced = namespaces.map((each) =>
      at(each, "metadata", "labels", "pod-security.kubernetes.io/enforce"),
    );
    assert.ok(namespaces.length >= 7);
    assert.deepEqual([...new Set(enforced)], ["restricted"]);
  });

  it("lets no pod write to its own root file system", async function () {
    this.timeout(120_000);
    const kubectl = platform().kubectl;
    const tried = await Promise.all(
      (await running()).map(async (pod) => {
        const { code, stderr } = await kubectl.run([
          ...["exec", `--namespace=${text(pod.metadata.namespace)}`, pod.metadata.name],
          ...["--", "touch", "/written"],
        ]);
        return { pod: fullName(pod), written: code === 0, refused: /read-only file system/i.test(stderr) };
      }),
    );
    assert.deepEqual(
      tried.filter(({ written }) => written),
      [],
    );
    // Images without any program but their own can't even try.
    const servers = ["minio/", "db-ai/", "mlops/mlflow-server-", "mlops/iris-api-"];
    for (const server of servers)
      assert.ok(
        tried.some(({ pod, refused }) => refused && pod.startsWith(server)),
        server,
      );
  });

  it("had every Job do its work, the training included", async () => {
    const jobs = await objects("jobs.batch");
    assert.deepEqual(jobs.filter((job) => !hasCondition(job, "Complete")).map(fullName), []);
    for (const name of ["iris-train", "minio-sweep", "mysql-sweep", "mongodb-sweep", "mlflow-server-sweep"])
      assert.ok(
        jobs.some(({ metadata }) => metadata.name.startsWith(name)),
        name,
      );
  });

  it("is found as it was said by make verify", async function () {
    this.timeout(120_000);
    const { code, stdout, stderr } = await platform().verify();
    assert.equal(code, 0, stdout + stderr);
  });

  it("changes nothing when it is brought up once more", async function () {
    this.timeout(5 * 60_000);
    const state = async () => {
      const kinds = "pods,deployments,statefulsets,secrets,configmaps,jobs,networkpolicies";
      return (await objects(kinds))
        .map(({ kind, metadata }) => [kind, metadata.name, metadata.uid, metadata.generation])
        .sort();
    };
    const before = await state();
    await platform().upAgain();
    assert.deepEqual(await state(), before);
    await platform().stack("pulumi", "preview", "--expect-no-changes");
  });
});
