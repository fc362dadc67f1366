// What `make diff` says of a resource that moved, and of what follows from one that is made anew.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { claim, config, deployment, differenceOf, metadata, Part, plan, podSpec, stepsOf } from "./support";

describe("a resource with an alias", () => {
  it("is the one that it was, also below a component that was renamed", async () => {
    const below = (name: string, aliases: pulumi.Alias[]) => () => {
      const parent = new Part(name, { aliases });
      claim(`${name}-data`, {}, { parent });
    };
    // The object's name follows the component's here, so what is left is the new name.
    assert.deepEqual(await plan(below("old", []), below("new", [{ name: "old" }])), [
      "replace PersistentVolumeClaim here/new-data [metadata.name]",
    ]);
    const moved = (aliases: pulumi.Alias[], parent?: pulumi.Resource) => {
      new k8s.core.v1.ConfigMap("settings", { metadata: metadata("settings") }, { parent, aliases });
    };
    assert.deepEqual(
      await plan(
        () => moved([]),
        () => moved([{ parent: pulumi.rootStackResource }], new Part("around")),
      ),
      ["move ConfigMap here/settings"],
    );
  });

  it("keeps the generated name and values that others use", async () => {
    const program = (name: string, aliases: pulumi.Alias[]) => () => {
      const secret = new random.RandomPassword(name, { length: 24 }, { aliases });
      const map = new k8s.core.v1.ConfigMap(
        `${name}-map`,
        { metadata: metadata() },
        { aliases: aliases.map(() => ({ name: "old-map" })) },
      );
      deployment("web", { envFrom: [{ configMapRef: { name: map.metadata.name } }] });
      new k8s.core.v1.Secret("keys", { metadata: metadata(), stringData: { key: secret.result } });
    };
    assert.deepEqual(await plan(program("old", []), program("new", [{ name: "old" }])), [
      "move ConfigMap here/new-map",
      "move RandomPassword new",
    ]);
  });

  it("without one, is removed and added", async () => {
    assert.deepEqual(
      await plan(
        () => void claim("one"),
        () => void claim("two"),
      ),
      ["create PersistentVolumeClaim here/two", "delete PersistentVolumeClaim here/one"],
    );
  });
});

describe("what follows from a replacement", () => {
  it("is a roll-out of the pods that use a ConfigMap, whose name is derived from its content", async () => {
    const program = (value: string) => () => {
      const map = config({ a: value });
      deployment("web", { envFrom: [{ configMapRef: { name: map.metadata.name } }] });
      deployment("other");
      return { map: map.metadata.name };
    };
    const diff = await differenceOf(program("1"), program("2"));
    assert.deepEqual(
      stepsOf(diff).map(({ action, resource }) => `${action} ${resource.name}`),
      ["replace settings", "update web"],
    );
    const [map, web] = stepsOf(diff);
    assert.deepEqual(
      web?.changes.map(({ follows }) => follows),
      [[map?.resource.urn]],
    );
    assert.deepEqual(
      diff.outputs.map(({ path, follows }) => [path, follows]),
      [[["map"], [map?.resource.urn]]],
    );
  });

  it("is another run of the Jobs that know a volume by its id", async () => {
    const program = (storageClassName: string) => () => {
      const data = claim("data", { storageClassName });
      new k8s.batch.v1.Job("setup", {
        metadata: metadata(),
        spec: {
          template: {
            metadata: { annotations: { volume: data.metadata.uid } },
            spec: { ...podSpec(), restartPolicy: "Never" },
          },
        },
      });
    };
    assert.deepEqual(await plan(program("slow"), program("fast")), [
      "replace Job here/setup [spec.template.metadata.annotations.volume]",
      "replace PersistentVolumeClaim here/data [spec.storageClassName]",
    ]);
  });

  it("goes on: a new password is a new Secret, and that a new Deployment's pods", async () => {
    const program = (length: number) => () => {
      const { result } = new random.RandomPassword("password", { length });
      const secret = new k8s.core.v1.Secret("keys", { metadata: metadata(), stringData: { key: result } });
      deployment("web", { envFrom: [{ secretRef: { name: secret.metadata.name } }] });
    };
    assert.deepEqual(await plan(program(20), program(24)), [
      "replace RandomPassword password [length]",
      "replace Secret here/keys [stringData.key]",
      "update Deployment here/web",
    ]);
  });

  it("is a removal first where the new object needs the name of the old one, and of what uses it there", async () => {
    const program = (storageClassName: string) => () => {
      const data = claim("data", { storageClassName });
      new k8s.apps.v1.StatefulSet("server", {
        metadata: metadata("server"),
        spec: {
          serviceName: "server",
          selector: { matchLabels: { app: "server" } },
          template: {
            spec: {
              ...podSpec(),
              volumes: [{ name: "data", persistentVolumeClaim: { claimName: data.metadata.name } }],
            },
          },
        },
      });
    };
    const [volume, server] = stepsOf(await differenceOf(program("slow"), program("fast")));
    assert.deepEqual([volume?.action, volume?.deleteFirst], ["replace", true]);
    assert.deepEqual([server?.action, server?.deleteFirst], ["replace", true]);
    assert.deepEqual(server?.goesWith, [volume?.resource.urn]);
  });

  it("is no removal first where the name is generated", async () => {
    const [map] = stepsOf(
      await differenceOf(
        () => void config({ a: "1" }),
        () => void config({ a: "2" }),
      ),
    );
    assert.deepEqual([map?.action, map?.deleteFirst], ["replace", false]);
  });
});
