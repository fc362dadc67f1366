// What makes a program's run fail, and that the failure is the program's own.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { run } from "../../support/program";
import { CONFIG_MAP, configMap, Group, password } from "./setup";

describe("a run fails", () => {
  it("when the program throws", async () => {
    await assert.rejects(
      run(() => {
        throw new RangeError("at once");
      }),
      { name: "RangeError", message: "at once" },
    );
  });

  it("when the program's promise rejects", async () => {
    await assert.rejects(
      run(() => Promise.reject(new Error("later"))),
      /later/,
    );
  });

  it("when an apply throws whose result nobody uses", async () => {
    await assert.rejects(
      run(() => {
        password("p").result.apply(() => {
          throw new TypeError("inside apply");
        });
      }),
      { name: "TypeError", message: "inside apply" },
    );
  });

  it("with the stack trace of the line that threw", async () => {
    await assert.rejects(
      run(() => {
        throw new Error("here");
      }),
      (error: Error) => /failures\.test\.ts:\d+/.test(error.stack ?? ""),
    );
  });

  it("when an apply throws whose result other resources wait for", async () => {
    await assert.rejects(
      run(() => {
        const broken = password("p").result.apply((): string => {
          throw new TypeError("inside apply");
        });
        const first = configMap("first", { broken });
        configMap("second", { name: first.metadata.name });
      }),
      /inside apply/,
    );
  });

  it("when an apply throws in a stack output", async () => {
    await assert.rejects(
      run(() => ({
        broken: pulumi.output(1).apply(() => {
          throw new Error("in an output");
        }),
      })),
      /in an output/,
    );
  });

  it("when two resources have one URN, which it names", async () => {
    await assert.rejects(
      run(() => {
        configMap("twin", {});
        configMap("twin", {});
      }),
      /duplicate URN urn:pulumi:test::mlops-platform::kubernetes:core\/v1:ConfigMap::twin/,
    );
  });

  it("when resources wait for each other, which it names", async () => {
    const cycle = () => {
      const group = new Group("group");
      const consumer = configMap("consumer", {}, { dependsOn: [group] });
      configMap("late-child", {}, { parent: group, dependsOn: [consumer] });
      configMap("bystander", {});
    };
    await assert.rejects(run(cycle, { stallAfter: 50 }), (error: Error) => {
      assert.match(error.message, /ConfigMap "consumer"\n.*ConfigMap "late-child"$/);
      assert.doesNotMatch(error.message, /bystander/);
      return true;
    });
  });

  it("when a Kubernetes name is too long for its kind", async () => {
    const service = (name: string) =>
      run(() => new k8s.core.v1.Service(name, { metadata: { namespace: "here" } }));
    await service("a".repeat(54));
    await assert.rejects(
      service("a".repeat(55)),
      /Service name "a{55}-[0-9a-f]{8}" has 64 characters; at most 63/,
    );
    const cronJob = (name: string) => run(() => new k8s.batch.v1.CronJobPatch("job", { metadata: { name } }));
    await assert.rejects(cronJob("a".repeat(53)), /at most 52/);
  });

  it("when a Kubernetes name has characters that the API server refuses", async () => {
    await assert.rejects(
      run(() => new k8s.core.v1.ConfigMap("c", { metadata: { name: "model_registry" } })),
      /ConfigMap name "model_registry" is invalid/,
    );
  });

  it("when it calls a provider function that nobody answers", async () => {
    const program = () => ({ answer: pulumi.runtime.invoke("some:index:function", {}) });
    await assert.rejects(run(program), /some:index:function/);
    const { outputs } = await run(program, { functions: { "some:index:function": () => ({ is: 42 }) } });
    assert.deepEqual(outputs.answer, { is: 42 });
  });

  it("without any effect on the next run", async () => {
    const listeners = process.listeners("unhandledRejection");
    await assert.rejects(
      run(() => {
        configMap("same", { broken: password("p").result.apply(() => Promise.reject(new Error("first"))) });
      }),
    );
    const graph = await run(() => void configMap("same", { fine: "yes" }));
    assert.deepEqual(graph.one(CONFIG_MAP).inputs.data, { fine: "yes" });
    assert.deepEqual(process.listeners("unhandledRejection"), listeners);
  });
});
