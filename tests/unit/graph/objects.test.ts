// The Kubernetes objects of a program, as they are rendered.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { run } from "../../support/program";
import { configMap, Group, password } from "./setup";

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
