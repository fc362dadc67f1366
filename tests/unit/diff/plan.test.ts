// What `make diff` says would happen to each resource: one rule a test, on small programs.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import type { Program } from "../../../tools/graph/collect";
import { claim, config, deployment, differenceOf, metadata, plan, podSpec, stepsOf } from "./support";

const job = (image: string, name?: string) =>
  new k8s.batch.v1.Job("job", {
    metadata: metadata(name),
    spec: { template: { spec: { ...podSpec({ image }), restartPolicy: "Never" } } },
  });

describe("the plan of a difference", () => {
  it("is empty for the same program", async () => {
    const program: Program = () => {
      const { metadata: map } = config({ a: "1" });
      deployment("web", { envFrom: [{ configMapRef: { name: map.name } }] });
      return { map: map.name };
    };
    const diff = await differenceOf(program, program);
    assert.deepEqual([stepsOf(diff), diff.outputs], [[], []]);
  });

  it("adds what is new and removes what is gone", async () => {
    assert.deepEqual(
      await plan(
        () => void deployment("old"),
        () => void deployment("new"),
      ),
      ["create Deployment here/new", "delete Deployment here/old"],
    );
  });

  it("updates a Deployment for another image, and replaces it for another selector", async () => {
    assert.deepEqual(
      await plan(
        () => void deployment("web"),
        () => void deployment("web", { image: "image:2" }),
      ),
      ["update Deployment here/web"],
    );
    const selecting = (app: string) => () => {
      new k8s.apps.v1.Deployment("web", {
        metadata: metadata("web"),
        spec: { selector: { matchLabels: { app } }, template: { spec: podSpec() } },
      });
    };
    assert.deepEqual(await plan(selecting("a"), selecting("b")), [
      "replace Deployment here/web [spec.selector.matchLabels.app]",
    ]);
  });

  it("replaces what gets another name or namespace", async () => {
    const map = (name: string) => () => void config({ a: "1" }, name);
    assert.deepEqual(await plan(map("one"), map("two")), ["replace ConfigMap here/two [metadata.name]"]);
    const placed = (namespace: string) => () => {
      new k8s.core.v1.ConfigMap("settings", { metadata: { name: "settings", namespace } });
    };
    assert.deepEqual(await plan(placed("here"), placed("there")), [
      "replace ConfigMap there/settings [metadata.namespace]",
    ]);
  });

  it("replaces a Job for a change of its template, and updates one for a label", async () => {
    assert.deepEqual(
      await plan(
        () => void job("image:1"),
        () => void job("image:2"),
      ),
      ["replace Job here/job [spec.template.spec.containers[main].image]"],
    );
    const labelled = (label: string) => () => {
      new k8s.batch.v1.Job("job", {
        metadata: { ...metadata(), labels: { label } },
        spec: { template: { spec: { ...podSpec(), restartPolicy: "Never" } } },
      });
    };
    assert.deepEqual(await plan(labelled("a"), labelled("b")), ["update Job here/job"]);
  });

  it("grows a claim in place, and replaces it for another storage class", async () => {
    assert.deepEqual(
      await plan(
        () => void claim("data"),
        () => void claim("data", { size: "2Gi" }),
      ),
      ["update PersistentVolumeClaim here/data"],
    );
    assert.deepEqual(
      await plan(
        () => void claim("data", { storageClassName: "slow" }),
        () => void claim("data", { storageClassName: "fast" }),
      ),
      ["replace PersistentVolumeClaim here/data [spec.storageClassName]"],
    );
  });

  it("replaces a ConfigMap and a Secret whose content changes, unless their provider updates them in place", async () => {
    assert.deepEqual(
      await plan(
        () => void config({ a: "1" }),
        () => void config({ a: "2" }),
      ),
      ["replace ConfigMap here/settings [data.a]"],
    );
    const secret = (value: string) => () => {
      new k8s.core.v1.Secret("secret", { metadata: metadata(), stringData: { key: value } });
    };
    assert.deepEqual(await plan(secret("a"), secret("b")), ["replace Secret here/secret [stringData.key]"]);
    const inPlace = (value: string) => () => {
      const provider = new k8s.Provider("in-place", { enableConfigMapMutable: true });
      config({ a: value }, "settings", { provider });
    };
    assert.deepEqual(await plan(inPlace("1"), inPlace("2")), ["update ConfigMap here/settings"]);
  });

  it("takes text that looks like a quantity for text", async () => {
    for (const key of ["max", "default", "limits"]) {
      const map = (value: string) => () => void config({ [key]: value });
      assert.deepEqual(await plan(map("1000m"), map("1")), [`replace ConfigMap here/settings [data.${key}]`]);
    }
    const annotated = (value: string) => () => {
      new k8s.core.v1.ConfigMap("map", { metadata: { ...metadata("map"), annotations: { max: value } } });
    };
    assert.deepEqual(await plan(annotated("1000m"), annotated("1")), ["update ConfigMap here/map"]);
  });

  it("replaces an immutable ConfigMap whatever its provider does", async () => {
    const immutable = (value: string) => () => {
      const provider = new k8s.Provider("in-place", { enableConfigMapMutable: true });
      new k8s.core.v1.ConfigMap(
        "settings",
        { metadata: metadata("settings"), immutable: true, data: { a: value } },
        { provider },
      );
    };
    assert.deepEqual(await plan(immutable("1"), immutable("2")), [
      "replace ConfigMap here/settings [data.a]",
    ]);
  });

  it("replaces a password for any other argument, and a certificate for all but its early renewal", async () => {
    const password = (length: number) => () => {
      new random.RandomPassword("password", { length });
    };
    assert.deepEqual(await plan(password(20), password(24)), ["replace RandomPassword password [length]"]);
    const certificate = (early: number, names: string[]) => () => {
      const { privateKeyPem } = new tls.PrivateKey("key", { algorithm: "ECDSA" });
      new tls.SelfSignedCert("certificate", {
        privateKeyPem,
        allowedUses: ["server_auth"],
        validityPeriodHours: 24,
        earlyRenewalHours: early,
        dnsNames: names,
      });
    };
    assert.deepEqual(await plan(certificate(1, ["a"]), certificate(2, ["a"])), [
      "update SelfSignedCert certificate",
    ]);
    assert.deepEqual(await plan(certificate(1, ["a"]), certificate(1, ["b"])), [
      "replace SelfSignedCert certificate [dnsNames[0]]",
    ]);
  });

  it("honours ignoreChanges and replaceOnChanges", async () => {
    const ignoring = (image: string) => () =>
      void deployment("web", { image }, { ignoreChanges: ["spec.template.spec.containers"] });
    assert.deepEqual(await plan(ignoring("image:1"), ignoring("image:2")), []);
    const strict = (image: string) => () =>
      void deployment("web", { image }, { replaceOnChanges: ["spec.template"] });
    assert.deepEqual(await plan(strict("image:1"), strict("image:2")), [
      "replace Deployment here/web [spec.template.spec.containers[main].image]",
    ]);
  });

  it("replaces what another provider makes", async () => {
    const by = (name: string) => () => {
      const providers = ["one", "two"].map((each) => new k8s.Provider(each, {}));
      config({ a: "1" }, "settings", { provider: providers[name === "one" ? 0 : 1]! });
    };
    assert.deepEqual(await plan(by("one"), by("two")), ["replace ConfigMap here/settings"]);
  });

  it("leaves alone what is only read", async () => {
    const reading = () => void k8s.core.v1.ConfigMap.get("settings", "here/settings");
    assert.deepEqual(await plan(reading, () => undefined), []);
  });

  it("takes quantities and numbers for the same however they are written", async () => {
    const asking = (cpu: string) => () => void deployment("web", { resources: { requests: { cpu } } });
    assert.deepEqual(await plan(asking("500m"), asking("0.5")), []);
  });

  it("tells elements of a list by their names, wherever they stand", async () => {
    const variables = (names: string[]) => () =>
      void deployment("web", { env: names.map((name) => ({ name, value: name })) });
    const diff = await differenceOf(variables(["A", "B"]), variables(["NEW", "A", "B"]));
    assert.deepEqual(
      stepsOf(diff)[0]?.changes.map(({ path }) => path.slice(-2)),
      [["env", "[NEW]"]],
    );
    const turned = await differenceOf(variables(["A", "B"]), variables(["B", "A"]));
    assert.deepEqual(stepsOf(turned)[0]?.changes[0]?.path.at(-1), "(order)");
  });
});
