// The last words of `make up`.
import * as assert from "node:assert/strict";
import {
  flatten,
  portForward,
  protectedObjects,
  secretsOf,
  summary,
  type Deployed,
} from "../../../tools/stack/report";
import type { StateResource } from "../../../tools/stack/state";
import { table } from "../../../tools/stack/table";

const secret: StateResource = {
  urn: "urn:secret",
  type: "kubernetes:core/v1:Secret",
  custom: true,
  id: "minio/minio-admin-0a1b2c3d",
  inputs: { apiVersion: "v1", kind: "Secret", metadata: {} },
};

const deployed: Deployed = {
  stack: "dev",
  outputs: {
    objectStore: {
      url: "http://minio-api.minio.svc.cluster.local:9000",
      adminSecretName: "minio-admin-0a1b2c3d",
    },
  },
  deployment: { resources: [secret] },
  cluster: { embedded: true, kubeconfig: "/state/kubeconfig" },
  context: undefined,
  controlPlane: undefined,
  overlay: undefined,
};

describe("the report on a deployed stack", () => {
  it("names addresses, Secrets with their namespaces, and what to do next", () => {
    const text = summary(deployed);
    assert.match(text, /objectStore\.url +http:\/\/minio-api/);
    assert.match(text, /objectStore\.adminSecretName +minio +minio-admin-0a1b2c3d/);
    assert.match(text, /make verify$/m);
    assert.match(text, /export KUBECONFIG=\/state\/kubeconfig/);
  });

  it("says that nothing answers where machines are simulated, and only there", () => {
    assert.match(summary(deployed), /no container runs/);
    const own = { ...deployed, context: "minikube", cluster: { ...deployed.cluster, embedded: false } };
    assert.doesNotMatch(summary(own), /no container runs/);
  });

  it("repeats the variables of the command for another stack and cluster", () => {
    const own = {
      ...deployed,
      stack: "prod",
      context: "ocp",
      cluster: { ...deployed.cluster, embedded: false },
    };
    assert.match(summary(own), /make down STACK=prod CONTEXT=ocp/);
    assert.match(
      summary(own),
      /kubectl --context ocp --namespace minio port-forward service\/minio-api 9000/,
    );
  });

  it("knows no Secret that the state does not have", () => {
    assert.deepEqual(secretsOf({ adminSecretName: "other" }, { resources: [secret] }), []);
  });

  it("forwards a port for addresses inside the cluster only", () => {
    assert.equal(portForward("https://minio.example.com"), undefined);
  });

  it("shows every output by its path", () => {
    assert.deepEqual(flatten({ a: { b: 1, c: ["x"] }, d: null }), [
      ["a.b", "1"],
      ["a.c[0]", "x"],
    ]);
  });
});

describe("what protects a stack from being removed", () => {
  it("is named as a person would", () => {
    assert.deepEqual(protectedObjects({ resources: [secret, { ...secret, protect: true }] }), [
      "Secret minio/minio-admin-0a1b2c3d",
    ]);
  });
});

describe("a table", () => {
  it("is as wide as what is in it, without spaces at the end", () => {
    assert.equal(
      table(
        ["A", "B"],
        [
          ["long", "x"],
          ["s", "y"],
        ],
      ),
      "A     B\nlong  x\ns     y",
    );
  });

  it("is nothing without lines", () => {
    assert.equal(table(["A"], []), "");
  });
});
