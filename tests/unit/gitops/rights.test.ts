// The rights that a program needs, computed from what it registers.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { type Rights, rightsOf } from "../../../tools/gitops/rights";
import { run } from "../../support/program";

const ALL = ["create", "delete", "get", "list", "patch", "update", "watch"];

async function rights(program: () => unknown, namespace?: string): Promise<Rights | undefined> {
  const registering = (): void => {
    program();
  };
  return rightsOf((await run(registering)).graph).get(namespace);
}

const configMap = (name: string, namespace: string) =>
  new k8s.core.v1.ConfigMap(name, { metadata: { name, namespace } });

const role = (rules: k8s.types.input.rbac.v1.PolicyRule[]) =>
  new k8s.rbac.v1.Role("reader", { metadata: { name: "reader", namespace: "team" }, rules });

describe("the rights for a stack", () => {
  it("are those of one namespace for each of its namespaces", async () => {
    const program = () => [configMap("one", "team"), configMap("two", "others")];
    for (const namespace of ["team", "others"])
      assert.deepEqual((await rights(program, namespace))?.makes, [
        { apiGroups: [""], resources: ["configmaps"], verbs: ALL },
      ]);
    assert.deepEqual((await rights(program))?.makes, []);
  });

  it("name what belongs to no namespace, as far as verbs know names", async () => {
    const program = () => new k8s.core.v1.Namespace("team", { metadata: { name: "team" } });
    assert.deepEqual((await rights(program))?.makes, [
      {
        apiGroups: [""],
        resources: ["namespaces"],
        resourceNames: ["team"],
        verbs: ["delete", "get", "patch", "update"],
      },
      { apiGroups: [""], resources: ["namespaces"], verbs: ["create", "list", "watch"] },
    ]);
  });

  it("name nothing whose name the provider makes up", async () => {
    const program = () => new k8s.rbac.v1.ClusterRole("reader", { rules: [] });
    assert.deepEqual((await rights(program))?.makes, [
      { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ALL },
    ]);
  });

  it("let a Route have a host", async () => {
    const program = () =>
      new k8s.apiextensions.CustomResource("web", {
        apiVersion: "route.openshift.io/v1",
        kind: "Route",
        metadata: { name: "web", namespace: "team" },
      });
    assert.deepEqual((await rights(program, "team"))?.makes, [
      { apiGroups: ["route.openshift.io"], resources: ["routes"], verbs: ALL },
      { apiGroups: ["route.openshift.io"], resources: ["routes/custom-host"], verbs: ["create", "update"] },
    ]);
  });

  it("include what a deployment waits for, once", async () => {
    const program = () => [
      new k8s.batch.v1.Job("one", { metadata: { namespace: "team" } }),
      new k8s.batch.v1.Job("two", { metadata: { namespace: "team" } }),
      new k8s.core.v1.Service("web", { metadata: { namespace: "team" } }),
    ];
    assert.deepEqual((await rights(program, "team"))?.reads, [
      { apiGroups: [""], resources: ["endpoints", "pods"], verbs: ["get", "list", "watch"] },
    ]);
  });

  it("include what its roles allow, unless it may do that anyway", async () => {
    const mayRead = (resource: string) => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });
    const program = () => [configMap("one", "team"), role([mayRead("configmaps"), mayRead("nodes")])];
    assert.deepEqual((await rights(program, "team"))?.gives, [mayRead("nodes")]);
  });

  it("are refused for a program that binds a role of somebody else", async () => {
    const program = () =>
      new k8s.rbac.v1.RoleBinding("all", {
        metadata: { name: "all", namespace: "team" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
      });
    await assert.rejects(
      rights(program, "team"),
      /binds the ClusterRole "admin", which the stack does not make/,
    );
  });
});
