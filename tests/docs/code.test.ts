// TypeScript in the documentation compiles against this project. An excerpt is put where it could stand.
import * as assert from "node:assert/strict";
import { readComponents } from "../../tools/reference/components";
import { typeErrors } from "./support/compile";
import { page, writtenFiles } from "./support/pages";

/** Programs of other people: what they import is made of the folders of packages/. */
const fromPackages = (code: string): string =>
  code
    .replaceAll(/"mlops-platform(\/|-)contract"/g, '"./packages/contract"')
    .replaceAll('"mlops-platform"', '"./packages/platform"');

/** What is around the excerpts of a page. */
const surroundings: Readonly<Record<string, (code: string) => string>> = {
  "README.md": (code) => `
    import { InferenceServiceArgs } from "./components/inference-service";
    import { FASTAPI } from "./components/monitoring";
    import { Site } from "./stacks/site";
    declare const site: Site;
    // The excerpt leaves some arguments out, and says so.
    declare class InferenceService {
      constructor(name: string, args: Partial<InferenceServiceArgs>);
    }
    ${code}`,
  "docs/components.md": fromPackages,
  "packages/contract/README.md": fromPackages,
  "packages/platform/README.md": fromPackages,
  "docs/monitoring.md": (code) => `
    import * as pulumi from "@pulumi/pulumi";
    import { Monitor } from "./components/monitoring";
    import { ManagedNamespace, PodEndpoint, podLabels } from "./components/network";
    declare const monitor: Monitor, namespace: ManagedNamespace, endpoint: PodEndpoint;
    declare const deployment: pulumi.Resource, service: pulumi.Resource;
    class Watched extends pulumi.ComponentResource {
      watch(): void {
        ${code}
      }
    }`,
  "docs/tutorial.md": (code) => `
    import { ModelSource } from "./components/inference-service";
    import { TrackingServer } from "./components/tracking-server";
    declare const server: TrackingServer, names: { experiments: string[]; models: string[] };
    export const model: ModelSource = ${code};`,
  "docs/video-pipeline.md": (code) => `
    import { serviceSpec } from "./components/video-pipeline";
    export const more: Record<string, ReturnType<typeof serviceSpec>> = { ${code} };`,
};

const isCode = ({ language, file }: { language: string; file: string }) => language === "ts" && file === "";

/** What examples of components take for granted. */
const TAKEN = `
  declare const target: Target, namespace: ManagedNamespace, access: AccessContext, config: pulumi.Config;
  declare const inPlace: k8s.Provider, store: ObjectStore, database: SqlDatabase, tracking: TrackingServer;
  declare const iris: InferenceService;`;

describe("examples in the comments of components", function () {
  this.timeout(60_000);
  const entries = readComponents().flatMap((module) => module.entries);
  const examples = entries.flatMap((entry) =>
    entry.kind === "class" && entry.example !== undefined ? [{ name: entry.name, code: entry.example }] : [],
  );

  /** A file with an example in a scope of its own, where it may name things as the file does. */
  const fileOf = (code: string) => `
    import * as k8s from "@pulumi/kubernetes";
    import * as pulumi from "@pulumi/pulumi";
    import { ${entries.map(({ name }) => name).join(", ")} } from "./packages/platform";
    ${TAKEN}
    {
      ${code}
    }`;

  it("are there for what a program begins with", () => {
    const names = examples.map(({ name }) => name);
    for (const name of [
      "InferenceService",
      "TrackingServer",
      "TrainingJob",
      "MinioStore",
      "MySql",
      "ManagedNamespace",
    ])
      assert.ok(names.includes(name), name);
  });

  it("compile against what the package exports", () => {
    const files = examples.map(({ name, code }) => [`example of ${name}.ts`, fileOf(code)] as const);
    assert.deepEqual(typeErrors(new Map(files)), []);
  });
});

describe("TypeScript in the documentation", function () {
  this.timeout(60_000);
  const pages = writtenFiles.filter((file) => page(file).blocks.some(isCode));

  it("has surroundings on every page, in which it is compiled", () => {
    assert.deepEqual(pages.sort(), Object.keys(surroundings).sort());
  });

  it("compiles", () => {
    const files = pages.flatMap((file) =>
      page(file)
        .blocks.filter(isCode)
        .map(
          ({ code, line }) =>
            [`excerpt of ${file.replaceAll("/", " ")} ${line}.ts`, surroundings[file]!(code)] as const,
        ),
    );
    assert.deepEqual(typeErrors(new Map(files)), []);
  });

  it("would not, had it a mistake", () => {
    const read = page("docs/tutorial.md").blocks.find(isCode)!;
    const wrong = surroundings["docs/tutorial.md"]!(read.code.replace('access: "read"', 'access: "reed"'));
    const [error, ...more] = typeErrors(new Map([["excerpt.ts", wrong]]));
    assert.match(error!, /"reed"/);
    assert.deepEqual(more, []);
  });
});
