// Whether the cluster at hand is the one that a state describes.
import * as assert from "node:assert/strict";
import type { Deployment, LiveObject } from "../../../tools/stack/state";
import { elsewhereError, recordedNamespaces, whereabouts } from "../../../tools/stack/whereabouts";

const EMBEDDED = { embedded: true, title: "the embedded control plane" };
const MINIKUBE = { embedded: false, title: "the cluster of context minikube" };

const record = (kind: string, name: string, uid?: string) => ({
  urn: `urn:pulumi:dev::mlops-platform::kubernetes:core/v1:${kind}::${name}`,
  type: `kubernetes:core/v1:${kind}`,
  custom: true,
  id: name,
  inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name } },
  outputs: { metadata: { name, ...(uid === undefined ? {} : { uid }) } },
});

const state: Deployment = {
  resources: [record("Namespace", "minio", "1"), record("NamespacePatch", "churn", "2")],
};

const namespace = (name: string, uid: string): LiveObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, uid },
});

const recorded = recordedNamespaces(state);

describe("a stack's state and the cluster at hand", () => {
  it("belong together when one of the stack's namespaces is there", () => {
    assert.equal(whereabouts(recorded, [namespace("minio", "1")], MINIKUBE, undefined), "here");
  });

  it("belong together through a namespace that the stack only patches", () => {
    assert.equal(whereabouts(recorded, [namespace("churn", "2")], MINIKUBE, undefined), "here");
  });

  it("belong together as long as the state has no namespace of which the identity is known", () => {
    const fresh = recordedNamespaces({ resources: [record("Namespace", "minio")] });
    assert.equal(whereabouts(fresh, [], MINIKUBE, undefined), "here");
  });

  it("do not belong together when the cluster only has namespaces of the same names", () => {
    assert.equal(whereabouts(recorded, [namespace("minio", "7")], MINIKUBE, MINIKUBE.title), "elsewhere");
  });

  it("do not belong together when the stack was deployed to a real cluster, and CONTEXT was forgotten", () => {
    assert.equal(whereabouts(recorded, [], EMBEDDED, MINIKUBE.title), "elsewhere");
  });

  it("do not belong together when somebody else deployed the stack from another machine", () => {
    assert.equal(whereabouts(recorded, [], EMBEDDED, undefined), "elsewhere");
  });

  it("can be brought together when the embedded control plane was made anew", () => {
    assert.equal(whereabouts(recorded, [], EMBEDDED, EMBEDDED.title), "anew");
  });
});

describe("the refusal to work on another cluster", () => {
  it("names both clusters, the namespaces, and each way out", () => {
    const { message } = elsewhereError("dev", ["churn", "minio"], EMBEDDED.title, MINIKUBE.title);
    for (const part of ["embedded control plane", "context minikube", "churn, minio", "CONTEXT=", "FORCE=1"])
      assert.ok(message.includes(part), part);
  });

  it("does not name one cluster as the other", () => {
    const { message } = elsewhereError("dev", ["minio"], MINIKUBE.title, MINIKUBE.title);
    assert.doesNotMatch(message, /last command/);
  });
});
