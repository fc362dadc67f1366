// A model of a registry: how an inference service finds it, on both Targets, and what it needs to ask.
import * as assert from "node:assert/strict";
import type { Grant } from "../../../../components/access";
import {
  KubeflowModelRegistry,
  type ModelRegistry,
  type ModelRegistryArgs,
  OpenShiftAiModelRegistry,
} from "../../../../components/model-registry";
import type { S3Connection } from "../../../../components/object-store";
import { apiServer } from "../../../../stacks/target";
import { clusterPods, IMAGE, resources, security, targetNames } from "../../../support/fixtures";
import { run } from "../../../support/program";
import {
  at,
  DEPLOYMENT,
  minioStore,
  mountsOf,
  mySql,
  POLICY,
  SECRET,
  type Surroundings,
  surroundings,
} from "../../../support/services";
import { registryOperator } from "../model-registry/setup";
import { configOf, envOf, externalGrant, fromSecret, irisApi, reaches, serverOf, specOf } from "./setup";

describe("a model of a registry", () => {
  const registries = {
    minikube: (args: ModelRegistryArgs): ModelRegistry =>
      new KubeflowModelRegistry("model-registry", {
        ...args,
        security: security.minikube,
        image: IMAGE,
        resources,
      }),
    openshift: (args: ModelRegistryArgs): ModelRegistry =>
      new OpenShiftAiModelRegistry("model-registry", {
        ...args,
        operator: registryOperator(),
        resources,
        apiServer: apiServer({ cidrs: ["198.51.100.0/24"], port: 6443 }),
        router: clusterPods,
      }),
  };

  const registered = (
    target: (typeof targetNames)[number],
    artifacts?: (here: Surroundings) => Grant<S3Connection>,
  ) =>
    run(() => {
      const here = surroundings({}, target);
      const [store, database] = [minioStore(here), mySql(here)];
      const registry = registries[target]({
        namespace: here.shared,
        database: database.grant("model-registry", { schema: "registry" }),
        artifacts: store.grant("model-registry", { bucket: "data", access: "readWrite" }),
        inPlace: here.access.inPlace,
      });
      const grant = artifacts?.(here) ?? store.grant("iris", { bucket: "data", access: "read" });
      irisApi(here, { model: { registry, name: "iris", version: "3", artifacts: grant } });
      store.seal();
      database.seal();
    });

  for (const target of targetNames)
    it(`is found through the registry, on ${target}, and read with a credential of the service's own`, async () => {
      const graph = await registered(target);
      const secret = graph.one(SECRET, "iris-minio-1");
      const env = envOf(serverOf(graph));
      for (const key of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_S3_ENDPOINT", "AWS_S3_BUCKET"])
        assert.deepEqual(env[key], fromSecret(secret, key));
      assert.equal(at(configOf(graph).inputs, "data", "MODEL_NAME"), "iris");
      assert.equal(at(configOf(graph).inputs, "data", "MODEL_VERSION"), "3");
      for (const policy of ["iris-api-to-model-registry", "model-registry-from-iris-api"])
        assert.ok(graph.one(DEPLOYMENT, "iris-api").dependencies.includes(graph.one(POLICY, policy).urn));
    });

  it("asks Kubeflow's server as it is, which knows nobody", async () => {
    const graph = await registered("minikube");
    assert.ok(reaches(graph, { "app.kubernetes.io/name": "model-registry" }, 8080));
    assert.deepEqual(configOf(graph).inputs.data, {
      MODEL_REGISTRY_URL: "http://model-registry.shared.svc.cluster.local:8080",
      MODEL_NAME: "iris",
      MODEL_VERSION: "3",
    });
    const server = graph.one(DEPLOYMENT, "model-registry");
    assert.ok(graph.one(DEPLOYMENT, "iris-api").dependencies.includes(server.urn));
    assert.deepEqual(Object.keys(mountsOf(graph.one(DEPLOYMENT, "iris-api"))), ["/tmp"]);
  });

  it("shows OpenShift AI's proxy the token of an account that may use this registry, and nothing else", async () => {
    const graph = await registered("openshift");
    assert.ok(reaches(graph, { app: "model-registry", component: "model-registry" }, 8443));
    assert.deepEqual(configOf(graph).inputs.data, {
      MODEL_REGISTRY_URL: "https://model-registry.shared.svc.cluster.local:8443",
      MODEL_NAME: "iris",
      MODEL_VERSION: "3",
      MODEL_REGISTRY_TOKEN_FILE: "/credentials/registry/token",
      MODEL_REGISTRY_CA_FILE: "/etc/registry-authorities/service-ca.crt",
    });
    const mounts = mountsOf(graph.one(DEPLOYMENT, "iris-api"));
    assert.deepEqual(mounts["/etc/registry-authorities"], {
      configMap: { name: "openshift-service-ca.crt" },
      readOnly: true,
    });
    assert.deepEqual(at(mounts["/credentials/registry"], "projected", "sources", 0), {
      serviceAccountToken: { path: "token", expirationSeconds: 3600 },
    });
    const name = "iris-api-uses-model-registry";
    assert.deepEqual(graph.object("Role", name, "shared").rules, [
      { apiGroups: [""], resources: ["services"], resourceNames: ["model-registry"], verbs: ["get"] },
    ]);
    const binding = graph.object("RoleBinding", name, "shared");
    assert.deepEqual(binding.roleRef, { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name });
    assert.deepEqual(binding.subjects, [{ kind: "ServiceAccount", name: "iris-api", namespace: "team" }]);
    assert.equal(at(specOf(graph), "serviceAccountName"), "iris-api");
    assert.equal(at(specOf(graph), "automountServiceAccountToken"), false);
    const registry = graph.one("kubernetes:modelregistry.opendatahub.io/v1beta1:ModelRegistry");
    const { dependencies } = graph.one(DEPLOYMENT, "iris-api");
    assert.ok(dependencies.includes(registry.urn));
    assert.ok(dependencies.includes(graph.one("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding").urn));
  });

  it("trusts an external store's private authorities", async () => {
    const graph = await registered("minikube", externalGrant);
    assert.equal(at(configOf(graph).inputs, "data", "AWS_CA_BUNDLE"), "/etc/store-authorities/ca-bundle.crt");
    assert.ok("/etc/store-authorities" in mountsOf(graph.one(DEPLOYMENT, "iris-api")));
  });
});
