// What is recorded of a program: URNs, inputs, secrets, options, outputs.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { text, UNKNOWN } from "../../../tools/graph/values";
import { run } from "../../support/program";
import { CONFIG_MAP, configMap, Group, PASSWORD, password, SECRET } from "./setup";

describe("a graph", () => {
  it("has the URNs of the real engine, with the types of all ancestors", async () => {
    const graph = await run(
      () => {
        const inner = new Group("inner", { parent: new Group("outer") });
        configMap("settings", {}, { parent: inner });
      },
      { project: "shop", stack: "live" },
    );
    assert.equal(
      graph.one(CONFIG_MAP).urn,
      "urn:pulumi:live::shop::test:index:Group$test:index:Group$kubernetes:core/v1:ConfigMap::settings",
    );
    assert.equal(graph.one(CONFIG_MAP).parent, graph.one("test:index:Group", "inner").urn);
  });

  it("keeps inputs as plain values and says which were secret, to the property", async () => {
    const graph = await run(() => {
      const { result } = password("p");
      const args = ["--user", pulumi.interpolate`--password=${result}`];
      new k8s.apiextensions.CustomResource("thing", {
        apiVersion: "example.com/v1",
        kind: "Thing",
        metadata: { namespace: "here" },
        spec: { open: "yes", args },
      });
      new k8s.core.v1.Secret("credential", { metadata: { namespace: "here" }, stringData: { KEY: "value" } });
    });
    const thing = graph.one("kubernetes:example.com/v1:Thing");
    assert.deepEqual(thing.secretInputs, ["spec.args[1]"]);
    const value = graph.one(PASSWORD).outputs.result;
    assert.deepEqual(thing.inputs.spec, { open: "yes", args: ["--user", `--password=${text(value)}`] });
    assert.deepEqual(graph.one(SECRET).inputs.stringData, { KEY: "value" });
    assert.deepEqual(graph.one(SECRET).secretInputs, ["stringData"]);
  });

  it("keeps the options that decide about safety", async () => {
    const graph = await run(() => {
      const provider = new k8s.Provider("cluster", {});
      const group = new Group("group", { protect: true, providers: [provider] });
      const before = configMap("before", {}, { parent: group });
      configMap(
        "after",
        { name: before.metadata.name },
        {
          parent: group,
          protect: false,
          retainOnDelete: true,
          deleteBeforeReplace: true,
          ignoreChanges: ["data"],
          replaceOnChanges: ["metadata.labels"],
          aliases: [{ name: "old" }],
          customTimeouts: { create: "5m" },
          dependsOn: [group],
        },
      );
    });
    const { urn } = graph.one(CONFIG_MAP, "before");
    const after = graph.one(CONFIG_MAP, "after");
    assert.deepEqual(
      [
        after.protect,
        after.retainOnDelete,
        after.deleteBeforeReplace,
        after.ignoreChanges,
        after.replaceOnChanges,
      ],
      [false, true, true, ["data"], ["metadata.labels"]],
    );
    assert.deepEqual(after.aliases, [{ name: "old", parent: after.parent }]);
    assert.deepEqual(after.customTimeouts, { create: "5m" });
    assert.deepEqual(after.propertyDependencies, { data: [urn] });
    assert.ok(after.dependencies.includes(urn));
    assert.equal(after.provider, graph.one("pulumi:providers:kubernetes").urn);

    const before = graph.one(CONFIG_MAP, "before");
    assert.equal(before.protect, true, "protect passes from parent to child");
    assert.equal(before.deleteBeforeReplace, undefined);
  });

  it("tells what is read from what is created", async () => {
    const graph = await run(() => ({ name: k8s.core.v1.Secret.get("theirs", "there/shared").metadata.name }));
    assert.equal(graph.one(SECRET).read, true);
    assert.equal(graph.outputs.name, "shared");
    assert.deepEqual(graph.objects, []);
  });

  it("has the stack outputs and says which were secret", async () => {
    const graph = await run(() => ({ open: "yes", nested: { key: password("p").result } }));
    assert.equal(graph.outputs.open, "yes");
    assert.deepEqual(graph.secretOutputs, ["nested.key"]);
  });

  it("answers stack references, with their secrets", async () => {
    const graph = await run(
      () => {
        const other = new pulumi.StackReference("organization/platform/prod");
        return { host: other.requireOutput("host"), token: other.requireOutput("token") };
      },
      {
        stackReferences: {
          "organization/platform/prod": { outputs: { host: "h", token: "t" }, secretOutputs: ["token"] },
        },
      },
    );
    assert.deepEqual(graph.outputs, { host: "h", token: "t" });
    assert.deepEqual(graph.secretOutputs, ["token"]);
  });

  it("says which stacks there are, in the engine's words", async () => {
    const look = (name: string) => () =>
      pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name }) as Promise<unknown>;
    const stackReferences = { "organization/platform/prod": { outputs: { host: "h" } } };
    const { outputs } = await run(look("organization/platform/prod"), { stackReferences });
    assert.deepEqual(outputs.outputs, { host: "h" });
    await assert.rejects(
      run(look("organization/platform/dev"), { stackReferences }),
      /unknown stack "organization\/platform\/dev"$/,
    );
  });

  it("is the same for every run of the same program", async () => {
    const program = () => ({ secret: password("p").result, name: configMap("c", {}).metadata.name });
    assert.deepEqual((await run(program)).outputs, (await run(program)).outputs);
  });

  it("knows in a preview what the provider decides, and not what the cluster does", async () => {
    const graph = await run(
      () => {
        const { id, metadata, data } = configMap("c", { key: "value" });
        return { id, name: metadata.name, uid: metadata.uid, data, password: password("p").result };
      },
      { preview: true },
    );
    const { name, ...others } = graph.outputs;
    assert.match(text(name), /^c-[0-9a-f]{8}$/);
    assert.deepEqual(others, { id: UNKNOWN, data: { key: "value" }, password: UNKNOWN });
  });

  it("lists what there is when a finder finds nothing, or too much", async () => {
    const graph = await run(() => {
      configMap("one", {});
      configMap("two", {});
    });
    assert.throws(
      () => graph.one(CONFIG_MAP, "three"),
      /no .*ConfigMap "three"; of this type there are:\n.*"one"\n.*"two"/,
    );
    assert.throws(() => graph.one(CONFIG_MAP), /2 resources match/);
    assert.throws(() => graph.one(SECRET), /no kubernetes:core\/v1:Secret; there are:\n/);
    assert.throws(() => graph.none(CONFIG_MAP), /there should be no/);
  });
});
