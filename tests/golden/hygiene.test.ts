// What holds for every object of every stack, whatever component it comes from.
import * as assert from "node:assert/strict";
import type { Resource } from "../../tools/graph/graph";
import { strings } from "../../tools/graph/values";
import { renderConfig } from "../../tools/render/stack";
import { budgetOf } from "../../tools/render/budget";
import { findLeaks } from "../support/leaks";
import { houseRuleViolations, podTemplates, restrictedViolations } from "../support/pods";
import { stack, stackNames } from "../support/stacks";

/** Passwords that the systems on top of this platform once had in their manifests. */
const INHERITED = [["minio", "123"].join(""), ["vidp", "password", "2024"].join("_")];

for (const name of stackNames) {
  describe(`every object of the ${name} stack`, () => {
    it("is free of secret values, unless it is a Secret", async () => {
      assert.deepEqual(findLeaks((await stack(name)).graph), []);
    });

    it("is free of the passwords that the platform replaced", async () => {
      const { graph } = await stack(name);
      const found = graph.resources.flatMap(({ urn, inputs }) =>
        [...strings(inputs)]
          .filter(({ text }) => INHERITED.some((old) => text.includes(old)))
          .map(({ path }) => `${urn} ${path}`),
      );
      assert.deepEqual(found, []);
    });

    it("names its namespace", async () => {
      const { objects } = await stack(name);
      const homeless = objects.filter(({ namespace }) => namespace === "default");
      assert.deepEqual(
        homeless.map(({ urn }) => urn),
        [],
      );
    });

    it("satisfies Pod Security restricted, when it makes pods", async () => {
      const templates = podTemplates((await stack(name)).objects);
      assert.ok(templates.length > 0);
      assert.deepEqual(problems(templates, restrictedViolations), []);
    });

    it("makes pods with a read-only root, resources, pinned images, and nothing injected", async () => {
      assert.deepEqual(problems(podTemplates((await stack(name)).objects), houseRuleViolations), []);
    });

    it("is in a namespace that enforces Pod Security restricted, when it makes pods", async () => {
      const { objects } = await stack(name);
      const enforced = objects
        .filter(({ manifest }) => manifest.kind === "Namespace")
        .filter(({ manifest }) => {
          const labels = manifest.metadata.labels;
          return typeof labels === "object" &&
            labels !== null &&
            "pod-security.kubernetes.io/enforce" in labels
            ? labels["pod-security.kubernetes.io/enforce"] === "restricted"
            : false;
        })
        .map(({ manifest }) => manifest.metadata.name);
      const elsewhere = podTemplates(objects).filter(
        ({ owner }) => !enforced.includes(owner.split("/")[0] ?? ""),
      );
      assert.deepEqual(
        elsewhere.map(({ owner }) => owner),
        [],
      );
    });
  });

  describe(`a preview of the ${name} stack`, () => {
    it("shows every resource that an update would create", async () => {
      const { config, graph } = await stack(name);
      const preview = await renderConfig(name, config, { preview: true });
      const urns = (resources: Resource[]): string[] => resources.map(({ urn }) => urn).sort();
      assert.deepEqual(urns(preview.graph.resources), urns(graph.resources));
    });
  });
}

describe("the dev stack", () => {
  it("fits a laptop's minikube: 4 CPU and 8 GiB, with the largest Job running", async () => {
    const { running, largestJob, details } = budgetOf((await stack("dev")).objects);
    const summary = details.join("\n");
    assert.ok(running.cpu > 0 && running.memory > 0 && running.storage > 0, summary);
    assert.ok(running.cpu + largestJob.cpu <= 4, `${running.cpu} + ${largestJob.cpu} CPU\n${summary}`);
    assert.ok(
      running.memory + largestJob.memory <= 8 * 2 ** 30,
      `${running.memory} + ${largestJob.memory} bytes\n${summary}`,
    );
  });
});

type Template = ReturnType<typeof podTemplates>[number];

function problems(
  templates: Template[],
  check: (spec: Template["spec"], template: Template) => string[],
): string[] {
  return templates.flatMap((template) =>
    check(template.spec, template).map((problem) => `${template.owner}: ${problem}`),
  );
}
