// Running a program without an engine: what is recorded, what is simulated, and what makes a run fail.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { text, UNKNOWN } from "../../tools/graph/values";
import { run } from "../support/program";

class Group extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Group", name, {}, opts);
  }
}

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const SECRET = "kubernetes:core/v1:Secret";
const PASSWORD = "random:index/randomPassword:RandomPassword";

function configMap(
  name: string,
  data: Record<string, pulumi.Input<string>>,
  opts?: pulumi.CustomResourceOptions,
) {
  return new k8s.core.v1.ConfigMap(name, { metadata: { namespace: "here" }, data }, opts);
}

function password(
  name: string,
  args: Partial<random.RandomPasswordArgs> = {},
  opts?: pulumi.CustomResourceOptions,
) {
  return new random.RandomPassword(name, { length: 32, special: false, ...args }, opts);
}

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
      (error: Error) => /graph\.test\.ts:\d+/.test(error.stack ?? ""),
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

describe("simulated providers", () => {
  it("complete the names of Kubernetes objects, and give them a uid", async () => {
    const graph = await run(() => {
      const auto = configMap("auto", {});
      const named = new k8s.core.v1.PersistentVolumeClaim("claim", {
        metadata: { name: "data", namespace: "here" },
      });
      return { auto: auto.metadata.name, named: named.metadata.name, uid: named.metadata.uid };
    });
    assert.match(text(graph.outputs.auto), /^auto-[0-9a-f]{8}$/);
    assert.equal(graph.outputs.named, "data");
    assert.match(text(graph.outputs.uid), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it("make passwords that are secret, differ, and obey length and alphabet", async () => {
    const graph = await run(() => {
      const one = password("one");
      const two = password("two");
      const short = password("short", { length: 6, upper: false, numeric: false });
      const strict = password("strict", {
        length: 24,
        special: true,
        overrideSpecial: "!",
        minSpecial: 3,
        minNumeric: 2,
      });
      return {
        one: one.result,
        two: two.result,
        short: short.result,
        strict: strict.result,
        hash: one.bcryptHash,
      };
    });
    const { one, two, short, strict } = graph.outputs as Record<string, string>;
    assert.match(one!, /^PLACEHOLDER[A-Za-z0-9]{21}$/);
    assert.notEqual(one, two);
    assert.match(short!, /^[a-z]{6}$/);
    assert.match(strict!, /^[A-Za-z0-9!]{24}$/);
    assert.ok(strict!.replace(/[^!]/g, "").length >= 3 && strict!.replace(/[^0-9]/g, "").length >= 2);
    assert.deepEqual([...graph.secretOutputs].sort(), ["hash", "one", "short", "strict", "two"]);
    assert.ok(graph.graph.generatedSecrets.some(({ value }) => value === one));
  });

  it("make a new password for a new keeper", async () => {
    const withKeeper = async (generation: string): Promise<unknown> =>
      (await run(() => ({ result: password("p", { keepers: { generation } }).result }))).outputs.result;
    assert.notEqual(await withKeeper("1"), await withKeeper("2"));
  });

  it("make random strings, bytes and ids in their formats, with only bytes secret", async () => {
    const graph = await run(() => {
      const bytes = new random.RandomBytes("bytes", { length: 32 });
      return {
        string: new random.RandomString("text", { length: 20, upper: false, special: false }).result,
        hex: new random.RandomId("id", { byteLength: 4 }).hex,
        base64: bytes.base64,
        bytes: bytes.hex,
      };
    });
    const { string, hex, base64, bytes } = graph.outputs as Record<string, string>;
    assert.match(string!, /^placeholder[a-z0-9]{9}$/);
    assert.match(hex!, /^[0-9a-f]{8}$/);
    assert.equal(Buffer.from(base64!, "base64").toString("hex"), bytes);
    assert.equal(Buffer.from(base64!, "base64").length, 32);
    assert.deepEqual([...graph.secretOutputs].sort(), ["base64", "bytes"]);
  });

  it("make certificates in PEM frames, and keys that no scanner takes for real ones", async () => {
    const graph = await run(() => {
      const key = new tls.PrivateKey("key", { algorithm: "ECDSA" });
      const certificate = new tls.SelfSignedCert("certificate", {
        privateKeyPem: key.privateKeyPem,
        allowedUses: ["server_auth"],
        validityPeriodHours: 1,
      });
      return { key: key.privateKeyPem, certificate: certificate.certPem };
    });
    assert.match(
      text(graph.outputs.certificate),
      /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/,
    );
    assert.match(text(graph.outputs.key), /^PLACEHOLDER-private-key-/);
    assert.deepEqual(graph.secretOutputs, ["key"]);
  });

  it("treat outputs as secret that a resource's options name", async () => {
    const graph = await run(() => ({
      data: configMap("c", { key: "value" }, { additionalSecretOutputs: ["data"] }).data.key,
    }));
    assert.deepEqual(graph.secretOutputs, ["data"]);
  });
});

describe("Kubernetes objects of a graph", () => {
  it("have sorted keys, their component and a fixed order", async () => {
    const graph = await run(() => {
      const group = new Group("group");
      configMap("b", { z: "1", a: "2" }, { parent: group });
      configMap("a", {});
      new k8s.core.v1.Namespace("ns", { metadata: { name: "here" } });
    });
    assert.deepEqual(
      graph.objects.map(({ component, namespace, manifest }) => [
        component,
        namespace,
        manifest.metadata.name.slice(0, 2),
      ]),
      [
        ["stack", undefined, "he"],
        ["stack", "here", "a-"],
        ["test:index:Group group", "here", "b-"],
      ],
    );
    assert.deepEqual(Object.keys(graph.objects[2]!.manifest.data!), ["a", "z"]);
    assert.equal(graph.objects[2]!.manifest.metadata.uid, undefined);
  });

  it("hold no secret value: Secrets show their keys, other objects a placeholder", async () => {
    const graph = await run(() => {
      const { result } = password("p");
      new k8s.core.v1.Secret("s", {
        metadata: { namespace: "here", name: "s" },
        stringData: { AWS_ACCESS_KEY_ID: result, PLAIN: "plain" },
        data: { "tls.key": "cGxhaW4=", ".dockerconfigjson": "e30=" },
      });
      configMap("leak", { result, open: "yes" });
    });
    const secret = graph.object("Secret", "s");
    assert.deepEqual(secret.stringData, {
      AWS_ACCESS_KEY_ID: "PLACEHOLDER-AWS-ACCESS-KEY-ID",
      PLAIN: "PLACEHOLDER-PLAIN",
    });
    assert.deepEqual(
      Object.values(secret.data!).map((value) => Buffer.from(String(value), "base64").toString()),
      ['{"auths":{}}', "PLACEHOLDER-tls-key"],
    );
    const leak = graph.objects.find(({ manifest }) => manifest.kind === "ConfigMap");
    assert.deepEqual(leak!.manifest.data, { open: "yes", result: "PLACEHOLDER" });
  });

  it("include patches and custom resources", async () => {
    const graph = await run(() => {
      new k8s.core.v1.NamespacePatch("label", { metadata: { name: "theirs", labels: { managed: "no" } } });
      new k8s.apiextensions.CustomResource("r", {
        apiVersion: "route.openshift.io/v1",
        kind: "Route",
        metadata: { namespace: "here" },
      });
    });
    assert.deepEqual(
      graph.objects.map(({ manifest, patch }) => [manifest.kind, patch]),
      [
        ["Namespace", true],
        ["Route", false],
      ],
    );
  });
});
