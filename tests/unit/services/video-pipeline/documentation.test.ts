// What people read of the video pipeline names the services that there are.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  each,
  pipelineServices,
  serviceSpec,
  variableOf,
  workers,
} from "../../../../components/video-pipeline";
import { parseConfig, readStackFile } from "../../../../stacks/config";

const read = (file: string) => fs.readFileSync(path.resolve(__dirname, "../../../..", file), "utf8");

describe("the documentation of the video pipeline", () => {
  it("has a row for each service with its port, and each worker's variable", () => {
    const page = read("docs/video-pipeline.md");
    const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (\d+) /gm)].map(([, name, port]) => [
      name,
      Number(port),
    ]);
    assert.deepEqual(
      rows,
      pipelineServices.map((name) => [name, serviceSpec(name).port]),
    );
    for (const worker of workers) assert.ok(page.includes(`\`${variableOf(worker)}\``), worker);
  });

  it("builds the image of each service into minikube, under the name that the stack's file has as a comment", () => {
    const page = read("docs/video-pipeline.md");
    const [, built] = /^for service in (.*); do$/m.exec(page) ?? [];
    assert.deepEqual(built?.split(" "), pipelineServices);
    const [, tag = ""] = /--tag "(vidp-\$service:[\d.]+)"/.exec(page) ?? [];
    // The block of comments that starts with `images:` there.
    const file = read("Pulumi.dev.yaml").replace(/^ {4}# images:\n(?: {4}# {3}.*\n)+/m, (block) =>
      block.replaceAll(/^ {4}# /gm, "    "),
    );
    assert.deepEqual(
      parseConfig(readStackFile(file)).vidp.images,
      each(pipelineServices, (name) => tag.replace("$service", name)),
    );
  });
});
