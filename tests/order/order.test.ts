// In which order the objects of each stack are made, computed from the rendered graph: nothing before what it needs, and
// nothing later than it has to be. What is needed is derived from the objects, so that the two can disagree.
import * as assert from "node:assert/strict";
import type { Resource } from "../../tools/graph/graph";
import type { RenderedStack } from "../../tools/render/stack";
import { matchGolden } from "../support/golden";
import { stack, stackNames, stackWith } from "../support/stacks";
import { needs } from "./needs";
import { Order, tooEarly, tooLate, waves } from "./order";
import { kindOf, nameOf, Scene } from "./scene";

const sceneOf = ({ graph, config }: RenderedStack): Scene => new Scene(graph, config);

const configurations: Record<string, () => Promise<RenderedStack>> = {
  "the dev stack": () => stack("dev"),
  "the prod stack": () => stack("prod"),
  "the prod stack with OpenShift AI 3.4": () => stackWith("prod", { openshiftAi: { version: "3.4" } }),
  "the prod stack where an administrator installs the operators": () =>
    stackWith("prod", { openshiftAi: { operators: { install: false } } }),
  "the prod stack with a certificate of its owner's, and an application that is shut in": () =>
    stackWith("prod", {
      tls: { source: "secret", secretName: "platform-tls" },
      consumers: { garden: { namespace: "garden", egress: true, pods: { app: "garden" }, schema: "garden" } },
    }),
};

for (const [name, render] of Object.entries(configurations)) {
  describe(`the order of ${name}`, () => {
    let scene: Scene;
    before(async () => {
      scene = sceneOf(await render());
    });

    it("makes nothing before what it needs", () => {
      assert.deepEqual(tooEarly(scene), []);
    });

    it("lets nothing wait for what it does not need", () => {
      assert.deepEqual(tooLate(scene), []);
    });
  });
}

for (const name of stackNames) {
  it(`the waves of the ${name} stack are those that were agreed to`, async () => {
    matchGolden(`${name}.order.txt`, `${waves(sceneOf(await stack(name))).join("\n")}\n`);
  });
}

describe("the waves of the prod stack", () => {
  let scene: Scene;
  let order: Order;
  before(async () => {
    scene = sceneOf(await stack("prod"));
    order = new Order(scene.graph);
  });

  const the = (kind: string, name: string): Resource => {
    const found = scene.ofKind(kind).filter((object) => nameOf(object) === name || object.name === name);
    assert.equal(found.length, 1, `${found.length} objects are ${kind} ${name}`);
    return found[0]!;
  };
  const allOf = (...kinds: string[]): Resource[] => {
    const found = kinds.flatMap((kind) => scene.ofKind(kind));
    assert.ok(kinds.every((kind) => found.some((object) => kindOf(object) === kind)));
    return found;
  };
  const operators = () => [
    ...allOf("Subscription", "DSCInitialization", "DataScienceCluster"),
    ...scene.ofKind("Job").filter(({ outputs }) => JSON.stringify(outputs.metadata).includes('"operators"')),
  ];
  const waitsForNone = (later: Resource, earlier: Resource[]): void => {
    assert.ok(earlier.length > 0);
    assert.deepEqual(
      earlier.filter((object) => order.isBefore(object, later)).map(({ urn }) => urn),
      [],
    );
  };

  it("start with the operators, and beside them the object store and the database", () => {
    for (const server of allOf("StatefulSet")) waitsForNone(server, operators());
  });

  it("reach OpenShift AI after its operators", () => {
    const installed = scene.ofKind("Job").filter(({ name }) => name.endsWith("-operator-rh-install"));
    for (const job of [...installed, the("Job", "rhods-operator-install")])
      assert.ok(order.isBefore(job, the("DataScienceCluster", "default-dsc")));
  });

  it("reach the model registry after OpenShift AI and the database, but not after Triton", () => {
    const registry = the("ModelRegistry", "model-registry");
    for (const [kind, name] of [
      ["DataScienceCluster", "default-dsc"],
      ["StatefulSet", "mysql"],
    ] as const)
      assert.ok(order.isBefore(the(kind, name), registry), name);
    waitsForNone(registry, allOf("InferenceService", "ServingRuntime"));
  });

  it("reach Triton after OpenShift AI and the object store, but not after the model registry or the database", () => {
    const triton = the("InferenceService", "triton");
    for (const [kind, name] of [
      ["DataScienceCluster", "default-dsc"],
      ["StatefulSet", "minio"],
    ] as const)
      assert.ok(order.isBefore(the(kind, name), triton), name);
    waitsForNone(triton, [...allOf("ModelRegistry"), the("StatefulSet", "mysql")]);
  });

  it("keep nothing else waiting for OpenShift AI", () => {
    for (const server of allOf("Deployment"))
      waitsForNone(server, [...operators(), ...allOf("ModelRegistry", "InferenceService")]);
  });

  it("run backwards when the stack is destroyed: custom resources go while their operator is there", () => {
    // The engine deletes a resource after all that wait for it, so that whatever is made later goes first.
    const custom = allOf("DataScienceCluster", "DSCInitialization", "ModelRegistry", "InferenceService");
    for (const object of [...custom, ...allOf("ServingRuntime")])
      for (const subscription of allOf("Subscription"))
        assert.ok(order.isBefore(subscription, object), `${subscription.name} may go before ${object.name}`);
    for (const object of allOf("ModelRegistry", "InferenceService", "ServingRuntime"))
      assert.ok(order.isBefore(the("DataScienceCluster", "default-dsc"), object), object.name);
  });
});

describe("an order that is wrong", () => {
  /** The prod stack with one resource changed. */
  async function changed(kind: string, name: string, change: (resource: Resource) => Partial<Resource>) {
    const rendered = await stack("prod");
    const resources = rendered.graph.resources.map((resource) =>
      resource.inputs.kind === kind && resource.name === name
        ? { ...resource, ...change(resource) }
        : resource,
    );
    return sceneOf({ ...rendered, graph: { ...rendered.graph, resources } });
  }
  const urnOf = async (kind: string, name: string): Promise<string> => {
    const { graph } = await stack("prod");
    return graph.resources.find((other) => other.inputs.kind === kind && other.name === name)!.urn;
  };

  it("is named where something is made too early", async () => {
    const job = await urnOf("Job", "openshift-ai-model-registry");
    const scene = await changed("ModelRegistry", "model-registry", ({ dependencies }) => ({
      dependencies: dependencies.filter((urn) => urn !== job),
    }));
    assert.deepEqual(tooEarly(scene), [
      "ModelRegistry rhoai-model-registries/model-registry does not wait for " +
        "Job operators/openshift-ai-model-registry: it saw the kind served",
    ]);
  });

  it("is named where something waits in vain", async () => {
    const operator = await urnOf("Job", "rhods-operator-install");
    const scene = await changed("StatefulSet", "minio", ({ dependencies }) => ({
      dependencies: [...dependencies, operator],
    }));
    assert.deepEqual(tooLate(scene), [
      "StatefulSet minio/minio waits for Job operators/rhods-operator-install, and nothing says why",
    ]);
  });

  it("is named where nothing says when a kind is served", async () => {
    const scene = await changed("InferenceService", "triton", ({ inputs }) => ({
      inputs: { ...inputs, apiVersion: "serving.example.com/v1" },
    }));
    assert.deepEqual(
      tooEarly(scene).filter((sentence) => sentence.includes("nothing says when")),
      ["InferenceService triton/triton: nothing says when its kind is served"],
    );
  });

  it("is noticed whichever dependency is dropped", async () => {
    const rendered = await stack("prod");
    const all = needs(sceneOf(rendered));
    const dropped: string[] = [];
    for (const resource of rendered.graph.resources) {
      const values = new Set(Object.values(resource.propertyDependencies).flat());
      for (const urn of resource.dependencies.filter((each) => !values.has(each))) {
        const dependencies = resource.dependencies.filter((each) => each !== urn);
        const resources = rendered.graph.resources.map((each) =>
          each === resource ? { ...resource, dependencies } : each,
        );
        const order = new Order({ ...rendered.graph, resources });
        const isImplied = order.isBefore({ ...resource, urn }, resource);
        const isNoticed = all.some(({ of, on }) => of.urn === resource.urn && on.urn === urn);
        if (!isImplied && !isNoticed) dropped.push(`${resource.urn} ${urn}`);
      }
    }
    assert.deepEqual(dropped, []);
  });
});
