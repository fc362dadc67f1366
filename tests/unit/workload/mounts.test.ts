// Mounts, and the disk that they take: what containers find in their file systems.
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type PlainObject, text } from "../../../tools/graph/values";
import { container } from "../../support/fixtures";
import { type Template, template } from "./setup";

const limitsOf = ({ spec }: Template): unknown[] =>
  [...((spec.initContainers ?? []) as PlainObject[]), ...spec.containers].map(
    ({ resources }) => (resources as { limits: PlainObject }).limits["ephemeral-storage"],
  );

describe("mounts", () => {
  it("become volumes of the pod, named after their paths", async () => {
    const mounts = {
      "/data": { claim: pulumi.output("shop-data") },
      "/credentials/admin": { secret: "admin" },
      "/etc/shop": { configMap: "settings" },
      "/tmp": { scratch: "64Mi" },
    };
    const { spec } = await template({ containers: [container({ mounts })] });
    assert.deepEqual(spec.volumes, [
      { name: "data", persistentVolumeClaim: { claimName: "shop-data" } },
      // Readable by the pod's group, by nobody else.
      { name: "credentials-admin", secret: { secretName: "admin", defaultMode: 0o440 } },
      { name: "etc-shop", configMap: { name: "settings" } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
    ]);
    assert.deepEqual(spec.containers[0]!.volumeMounts, [
      { name: "data", mountPath: "/data" },
      { name: "credentials-admin", mountPath: "/credentials/admin", readOnly: true },
      { name: "etc-shop", mountPath: "/etc/shop", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ]);
  });

  it("may be memory, which takes nothing of the disk", async () => {
    const mounts = { "/dev/shm": { memory: "64Mi" } };
    const built = await template({ containers: [container({ mounts })] });
    const { spec } = built;
    assert.deepEqual(spec.volumes, [{ name: "dev-shm", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } }]);
    assert.deepEqual(spec.containers[0]!.volumeMounts, [{ name: "dev-shm", mountPath: "/dev/shm" }]);
    assert.deepEqual(limitsOf(built), limitsOf(await template({ containers: [container()] })));
  });

  it("of one path in several containers are one volume", async () => {
    const shared = { "/work": { scratch: "1Gi" } };
    const { spec } = await template({
      initContainers: [container({ name: "prepare", mounts: shared })],
      containers: [container({ mounts: shared }), container({ name: "helper", mounts: shared })],
    });
    assert.deepEqual(spec.volumes, [{ name: "work", emptyDir: { sizeLimit: "1Gi" } }]);
    for (const built of [...spec.containers, ...(spec.initContainers as PlainObject[])])
      assert.deepEqual(built.volumeMounts, [{ name: "work", mountPath: "/work" }]);
  });

  it("that have different paths are different volumes, even when their names would be alike", async () => {
    const mounts = {
      "/models/a": { scratch: "1Gi" },
      "/models-a": { scratch: "2Gi" },
      "/Models.A": { scratch: "3Gi" },
    };
    const { spec } = await template({ containers: [container({ mounts })] });
    const names = spec.volumes.map(({ name }) => text(name));
    assert.equal(
      new Set(names).size,
      3,
      `the API server refuses two volumes of one name: ${names.join(", ")}`,
    );
  });

  it("of a long path have a name that the API server takes", async () => {
    const mounts = { [`/opt/${"a-long-folder/".repeat(6)}models`]: { scratch: "1Gi" } };
    const { spec } = await template({ containers: [container({ mounts })] });
    assert.match(text(spec.volumes[0]!.name), /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });

  it("of a claim that is only read can't be written", async () => {
    const mounts = { "/models": { claim: "models", readOnly: true } };
    const { spec } = await template({ containers: [container({ mounts })] });
    assert.deepEqual(spec.volumes, [{ name: "models", persistentVolumeClaim: { claimName: "models" } }]);
    assert.deepEqual(spec.containers[0]!.volumeMounts, [
      { name: "models", mountPath: "/models", readOnly: true },
    ]);
  });

  it("may hold a token of the pod's account, which is short-lived and for nobody else", async () => {
    const mounts = { "/credentials/registry": { token: { audience: "registry" } } };
    const { spec } = await template({ containers: [container({ mounts })] });
    assert.deepEqual(spec.volumes, [
      {
        name: "credentials-registry",
        projected: {
          defaultMode: 0o440,
          sources: [
            { serviceAccountToken: { path: "token", expirationSeconds: 3600, audience: "registry" } },
          ],
        },
      },
    ]);
    assert.deepEqual(spec.containers[0]!.volumeMounts, [
      { name: "credentials-registry", mountPath: "/credentials/registry", readOnly: true },
    ]);
  });

  it("of one path can't come from different sources in one pod", async () => {
    const withData = (size: string) =>
      container({ name: `c${size.toLowerCase()}`, mounts: { "/data": { scratch: size } } });
    await assert.rejects(template({ containers: [withData("1Gi"), withData("2Gi")] }), /\/data/);
  });
});

describe("a pod's disk", () => {
  it("has room for all its scratch volumes, and for logs besides", async () => {
    const built = await template({
      initContainers: [container({ name: "download", mounts: { "/models": { scratch: "5Gi" } } })],
      containers: [
        container({ mounts: { "/models": { scratch: "5Gi" }, "/tmp": { scratch: "64Mi" } } }),
        container({ name: "helper", mounts: { "/data": { claim: "data" } } }),
      ],
    });
    // 5 Gi, which two containers share, are counted once: 5120 + 64 + 512.
    assert.deepEqual(limitsOf(built), ["5696Mi", "5696Mi", "5696Mi"]);
  });

  for (const [size, limit] of Object.entries({ "1.5Gi": "2048Mi", "100Ki": "513Mi", "1048576": "513Mi" }))
    it(`has room for ${size}`, async () => {
      const mounts = { "/tmp": { scratch: size } };
      assert.deepEqual(limitsOf(await template({ containers: [container({ mounts })] })), [limit]);
    });

  it("has room for what others put into it, too", async () => {
    assert.deepEqual(limitsOf(await template({ containers: [container()], disk: "2Gi" })), ["2560Mi"]);
  });

  it("can't be sized in units that Kubernetes does not know", async () => {
    const mounts = { "/tmp": { scratch: "64 MB" } };
    await assert.rejects(template({ containers: [container({ mounts })] }), {
      message: '"64 MB" is not an amount of memory or disk. Give a number of Ki, Mi, Gi or Ti, such as 64Mi.',
    });
  });
});
