// examples/model-service: a program of somebody else, with the package as it is installed, beside stacks of the platform
// as they are. Nothing is typed here that follows from the wiring there.
import { at } from "../../tools/graph/values";
import * as assert from "node:assert/strict";
import { readNetwork } from "../../tools/network/network";
import { mayConnect } from "../../tools/network/reachability";
import type { RenderedStack } from "../../tools/render/stack";
import { containersOf, houseRuleViolations, podTemplates, restrictedViolations } from "../support/pods";
import type { TestGraph } from "../support/program";
import { DEPLOYMENT } from "../support/services";
import { stackNames } from "../support/stacks";
import { installed } from "./support/installed";
import { deployedOn, platformOf } from "./support/model-service";

const TRACKING_SECRET = "flowers-tracking-connection";

const templateOf = (program: TestGraph) => program.object("Deployment", "flowers-api").spec;

before(function () {
  this.timeout(300_000);
  installed();
});

for (const stack of stackNames) {
  describe(`examples/model-service beside the stack ${stack}`, function () {
    this.timeout(60_000);
    let platform: RenderedStack;
    let program: TestGraph;

    before(async () => {
      platform = await platformOf(stack);
      program = await deployedOn(platform, { monitoring: "true" });
    });

    it("reads its model with the credential that the platform published, by the name of the Secret", () => {
      const secret = platform.objects.find(({ manifest }) => manifest.metadata.name === TRACKING_SECRET);
      assert.equal(secret?.namespace, "flowers");
      assert.deepEqual(
        variables(program)
          .filter(({ secret: name }) => name === TRACKING_SECRET)
          .map(({ key }) => key),
        ["MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"],
      );
      const own = program.objects.filter(({ manifest }) => manifest.kind === "Secret");
      assert.ok(
        !own.some(({ manifest }) => manifest.metadata.name === TRACKING_SECRET),
        "it makes the Secret itself",
      );
    });

    it("reaches the tracking server, and nothing else of the platform", () => {
      const manifests = [...platform.objects, ...program.objects].map(({ manifest }) => manifest);
      const network = readNetwork(manifests);
      const api = network.pods.find(({ name }) => name === "flowers/deployment/flowers-api");
      assert.ok(api, network.pods.map(({ name }) => name).join(", "));
      const reached = network.pods
        .filter((pod) => pod !== api && pod.ports.some(({ port }) => mayConnect(network, api, pod, port)))
        .map(({ name }) => name);
      assert.deepEqual(reached, ["mlops/deployment/mlflow-server"]);
    });

    it("runs pods that Pod Security `restricted` and the platform's own rules allow", () => {
      const pods = podTemplates(program.objects);
      assert.ok(pods.length > 0);
      for (const { owner, spec } of pods) {
        assert.deepEqual(restrictedViolations(spec), [], owner);
        assert.deepEqual(houseRuleViolations(spec), [], owner);
      }
    });

    it("is reached and watched the way of its cluster", () => {
      const kinds = new Set(program.objects.map(({ manifest }) => manifest.kind));
      assert.deepEqual(
        ["Ingress", "Route"].filter((kind) => kinds.has(kind)),
        [{ minikube: "Ingress", openshift: "Route" }[platform.config.target]],
      );
      for (const kind of ["ServiceMonitor", "PrometheusRule"]) assert.ok(kinds.has(kind), kind);
      assert.equal(program.outputs.url, "https://flowers.example.com");
    });

    it("takes a new generation of its credential by new pods, and changes nothing else", async () => {
      const rotated = await deployedOn(await platformOf(stack, { generations: { flowers: ["2", "1"] } }), {
        monitoring: "true",
      });
      const key = "mlops-platform/tracking-generation";
      const annotation = (graph: TestGraph) =>
        at(templateOf(graph), "template", "metadata", "annotations", key);
      assert.notEqual(annotation(rotated), annotation(program));
      assert.equal(annotation(rotated), "2");
      const changed = rotated.resources.filter(({ urn, inputs }) => {
        const before = program.byUrn(urn).inputs;
        return JSON.stringify(inputs) !== JSON.stringify(before);
      });
      assert.deepEqual(
        changed
          .filter(({ type }) => type !== "pulumi:pulumi:StackReference")
          .map(({ type, name }) => `${type} ${name}`),
        [`${DEPLOYMENT} flowers-api`],
      );
    });
  });
}

describe("examples/model-service", function () {
  this.timeout(60_000);

  it("says which targets there are, for one that there is not", async () => {
    await assert.rejects(deployedOn(await platformOf("dev"), { target: "kind" }), {
      message: 'There is no target "kind". The targets are: minikube, openshift.',
    });
  });
});

/** Variables of its server that come from Secrets. */
function variables(program: TestGraph): { secret: unknown; key: unknown }[] {
  const spec = at(templateOf(program), "template", "spec");
  assert.ok(typeof spec === "object" && spec !== null && !Array.isArray(spec));
  return containersOf(spec)
    .flatMap(({ env }) => (Array.isArray(env) ? env : []))
    .map((variable) => at(variable, "valueFrom", "secretKeyRef"))
    .filter((reference) => reference !== undefined)
    .map((reference) => ({ secret: at(reference, "name"), key: at(reference, "key") }));
}
