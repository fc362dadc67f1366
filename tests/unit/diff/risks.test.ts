// What of a difference touches data, and is shown in red.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import type { Program } from "../../../tools/graph/collect";
import { exitCode } from "../../../tools/diff/compare";
import { titleOf } from "../../../tools/diff/stack-diff";
import { claim, deployment, differenceOf, metadata, podSpec } from "./support";

async function risks(before: Program, after: Program): Promise<string[]> {
  const { risks: found } = await differenceOf(before, after);
  return found.map(({ step, message }) => `${step.action} ${titleOf(step.resource)}: ${message}`).sort();
}

const nothing = (): void => undefined;

describe("a difference that touches data", () => {
  it("says that a volume is lost with its claim, removed or replaced", async () => {
    assert.deepEqual(await risks(() => void claim("data"), nothing), [
      "delete PersistentVolumeClaim here/data: what is on it is lost",
    ]);
    assert.deepEqual(
      await risks(
        () => void claim("data", { storageClassName: "slow" }),
        () => void claim("data", { storageClassName: "fast" }),
      ),
      ["replace PersistentVolumeClaim here/data: the new volume is empty: what is on the old one is lost"],
    );
  });

  it("says nothing of a claim that is made, grows, or stays in the cluster when it is removed", async () => {
    assert.deepEqual(await risks(nothing, () => void claim("data")), []);
    assert.deepEqual(
      await risks(
        () => void claim("data"),
        () => void claim("data", { size: "2Gi" }),
      ),
      [],
    );
    assert.deepEqual(await risks(() => void claim("data", {}, { retainOnDelete: true }), nothing), []);
  });

  it("says that a volume can't shrink", async () => {
    assert.deepEqual(
      await risks(
        () => void claim("data", { size: "2Gi" }),
        () => void claim("data"),
      ),
      ["update PersistentVolumeClaim here/data: a volume can't shrink: the API server refuses this"],
    );
  });

  it("says what goes with a namespace that is renamed", async () => {
    const inNamespace = (name: string) => () => {
      const { metadata: own } = new k8s.core.v1.Namespace("namespace", { metadata: { name } });
      new k8s.core.v1.PersistentVolumeClaim("data", {
        metadata: { name: "data", namespace: own.name },
        spec: { accessModes: ["ReadWriteOnce"] },
      });
    };
    assert.deepEqual(await risks(inNamespace("old"), inNamespace("new")), [
      "replace Namespace new: everything in it is deleted, with what is on one volume",
      "replace PersistentVolumeClaim new/data: the new volume is empty: what is on the old one is lost",
    ]);
  });

  it("says that a server stops when its StatefulSet is replaced", async () => {
    const server = (serviceName: string) => () => {
      new k8s.apps.v1.StatefulSet("server", {
        metadata: metadata("server"),
        spec: { serviceName, selector: {}, template: { spec: podSpec() } },
      });
    };
    assert.deepEqual(await risks(server("one"), server("two")), [
      "replace StatefulSet here/server: the server stops until the new one runs",
    ]);
  });

  it("says that Pulumi refuses what is protected in the state, whatever the program says now", async () => {
    const settings = (name: string, protect: boolean) => () => {
      new k8s.core.v1.ConfigMap("settings", { metadata: metadata(name) }, { protect });
    };
    assert.deepEqual(await risks(settings("one", true), settings("two", false)), [
      "replace ConfigMap here/two: it is protected: Pulumi stops the deployment here, and changes nothing of it",
    ]);
    assert.deepEqual(await risks(settings("one", false), settings("two", true)), []);
  });

  it("says that nobody finds the users of an old stack id", async () => {
    const id = (length: number) => () => {
      new random.RandomString("stack-id", { length });
    };
    const [risk] = await risks(id(6), id(8));
    assert.match(risk!, /belong to the old id/);
  });

  it("is a failure where that was asked for, and only there", async () => {
    const diff = await differenceOf(() => void claim("data"), nothing);
    const outcomes = [{ stack: "test", diff }];
    assert.deepEqual([exitCode(outcomes, true), exitCode(outcomes, false)], [3, 0]);
    const harmless = [{ stack: "test", diff: await differenceOf(nothing, () => void claim("data")) }];
    assert.equal(exitCode(harmless, true), 0);
    const [base, tree] = (["base", "tree"] as const).map((whose) => ({ stack: "test", problem: "x", whose }));
    assert.deepEqual([exitCode([base!], true), exitCode([tree!], false)], [0, 1]);
  });

  it("says nothing of what keeps no data", async () => {
    assert.deepEqual(await risks(() => void deployment("web"), nothing), []);
  });
});
