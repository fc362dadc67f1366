// What preflight takes for brought by operators of the stack itself, in the stack that this project ships and had its
// config said otherwise.
import * as assert from "node:assert/strict";
import type { Graph } from "../../../tools/graph/graph";
import { behindOperators, givenUp } from "../../../tools/stack/later";
import { stack, stackWith } from "../../support/stacks";

/** Kinds of operators' Jobs, Subscriptions and custom resources, by whether they may be unknown before. */
function kinds({ resources }: Graph, later: boolean): string[] {
  const waiting = behindOperators({ resources });
  const found = resources.filter(({ urn }) => waiting.has(urn) === later).map(({ inputs }) => inputs.kind);
  return [...new Set(found)].map(String).sort();
}

const OF_OPENSHIFT_AI = [
  "DSCInitialization",
  "DataScienceCluster",
  "InferenceService",
  "ModelRegistry",
  "ServingRuntime",
];

for (const version of ["2.25", "3.4"])
  describe(`kinds that a cluster need not know before OpenShift AI ${version}`, () => {
    let graph: Graph;
    before(async () => {
      graph = (await stackWith("prod", { openshiftAi: { version } })).graph;
    });

    it("are those that it brings", () => {
      const later = kinds(graph, true);
      assert.deepEqual(
        OF_OPENSHIFT_AI.filter((kind) => !later.includes(kind)),
        [],
      );
      const before = kinds(graph, false);
      assert.deepEqual(
        OF_OPENSHIFT_AI.filter((kind) => before.includes(kind)),
        [],
      );
    });

    it("are none of the Lifecycle Manager's own, by which operators are asked for", () => {
      const later = kinds(graph, true);
      assert.deepEqual(
        later.filter((kind) => ["Subscription", "OperatorGroup", "Namespace"].includes(kind)),
        [],
      );
    });
  });

describe("kinds that a cluster has to know before", () => {
  it("are all of them where the stack installs no operator", async () => {
    for (const { graph } of [
      await stack("dev"),
      await stackWith("prod", { openshiftAi: { enabled: false } }),
    ])
      assert.deepEqual(kinds(graph, true), []);
  });
});

describe("operators that are given up", () => {
  const after = async (openshiftAi: object): Promise<string[]> => {
    const recorded = (await stack("prod")).graph.resources.map(({ inputs }) => inputs);
    return givenUp((await stackWith("prod", { openshiftAi })).graph, recorded).sort();
  };

  it("are those that are left to others, though the stack has installed them", async () => {
    assert.deepEqual(await after({ operators: { install: false } }), [
      "openshift-pipelines-operator-rh",
      "rhods-operator",
      "serverless-operator",
      "servicemeshoperator",
    ]);
    const packages = { "serverless-operator": { install: false } };
    assert.deepEqual(await after({ operators: { packages } }), ["serverless-operator"]);
  });

  it("are none where they go with what they look after", async () => {
    assert.deepEqual(await after({}), []);
    assert.deepEqual(await after({ components: ["serving", "modelRegistry"] }), []);
    assert.deepEqual(await after({ enabled: false }), []);
  });
});
