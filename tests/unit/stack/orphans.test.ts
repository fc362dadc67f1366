// That recovery knows what the stack prod makes beyond its own namespaces: what operators and their Jobs take. Each is
// found as an orphan, and taken back into a state that has nothing but the providers.
import * as assert from "node:assert/strict";
import type { Resource } from "../../../tools/graph/graph";
import { isPlainObject, text } from "../../../tools/graph/values";
import { Program } from "../../../tools/stack/adopt";
import { kindsOf } from "../../../tools/stack/inventory";
import { planRecovery } from "../../../tools/stack/recovery";
import type { LiveObject, StateResource } from "../../../tools/stack/state";
import { stack } from "../../support/stacks";

const KINDS = [
  ...["ClusterRole", "ClusterRoleBinding", "DSCInitialization", "DataScienceCluster"],
  ...["InferenceService", "ModelRegistry", "OperatorGroup", "ServingRuntime", "Subscription"],
];

/** The object as the cluster would have it, of a resource that a killed run left unrecorded. */
function made({ name, inputs, outputs }: Resource): LiveObject {
  const [given, known] = [inputs.metadata, outputs.metadata].map((it) => (isPlainObject(it) ? it : {}));
  const isGenerated = given?.name === undefined;
  return {
    apiVersion: text(inputs.apiVersion),
    kind: text(inputs.kind),
    metadata: {
      ...known,
      name: isGenerated ? `${name}-0a1b2c3d` : text(known?.name),
      annotations: isGenerated ? { "pulumi.com/autonamed": "true" } : {},
    },
  };
}

describe("what operators take, left behind by a killed run", () => {
  let resources: Resource[];
  before(async () => {
    resources = (await stack("prod")).graph.resources;
  });

  it("is of kinds that recovery looks for", () => {
    const looked = kindsOf({}, { resources }).map(({ kind }) => kind);
    assert.deepEqual(
      KINDS.filter((kind) => !looked.includes(kind)),
      [],
    );
  });

  it("says whose it is", () => {
    for (const resource of resources.filter(({ inputs }) => KINDS.includes(text(inputs.kind)))) {
      const { labels } = made(resource).metadata;
      assert.equal(isPlainObject(labels) && labels["mlops-platform/stack"], "prod", resource.urn);
    }
  });

  it("is taken back, each under its own name", () => {
    const providers = resources
      .filter(({ type }) => type.startsWith("pulumi:providers:"))
      .map(({ urn, type }): StateResource => ({ urn, type, custom: true, id: "1234" }));
    const byDefault = "urn:pulumi:prod::mlops-platform::pulumi:providers:kubernetes::default_4_34_2";
    const left = resources.filter(({ inputs }) => KINDS.includes(text(inputs.kind)));
    const { deployment, remove } = planRecovery(
      {
        resources: [
          ...providers,
          { urn: byDefault, type: "pulumi:providers:kubernetes", custom: true, id: "1234" },
        ],
      },
      { inventory: left.map(made), absent: new Set() },
      new Program({ resources }),
    );
    assert.deepEqual(remove, []);
    const recorded = (deployment.resources ?? []).filter(({ inputs }) => KINDS.includes(text(inputs?.kind)));
    assert.deepEqual(recorded.map(({ urn }) => urn).sort(), left.map(({ urn }) => urn).sort());
    assert.deepEqual(
      KINDS.filter((kind) => !recorded.some(({ inputs }) => inputs?.kind === kind)),
      [],
    );
  });
});
