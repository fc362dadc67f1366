/**
 * The architecture as the linter enforces it: imports point one way, and components depend on nothing
 * but their arguments. Each sentence is proved by linting a snippet as if it were the named file.
 */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { suites } from "../../tools/test/suites";

const root = path.resolve(__dirname, "../..");

// The snippets' files do not exist, so there is no type information for them; these rules need none.
const withoutTypes = {
  ...tseslint.configs.disableTypeChecked,
  rules: {
    ...tseslint.configs.disableTypeChecked.rules,
    "@pulumi/no-output-in-template-literal": "off",
    "@pulumi/no-output-instance-in-template-literal": "off",
  },
} as ESLint.Options["overrideConfig"];

describe("architecture", () => {
  const eslint = new ESLint({ cwd: root, overrideConfig: withoutTypes });

  async function complaints(file: string, code: string): Promise<string[]> {
    const [result] = await eslint.lintText(code, { filePath: path.join(root, file) });
    return result!.messages
      .filter(({ ruleId }) => ruleId === "architecture/one-way" || ruleId === "no-restricted-syntax")
      .map(({ message }) => message);
  }

  const imports = (source: string): string => `import * as x from "${source}";\nexport const y = x;\n`;

  describe("forbids", () => {
    const forbidden: readonly [file: string, source: string][] = [
      ["components/model-registry/example.ts", "../../stacks/config"],
      ["components/model-registry/example.ts", "../../stacks"],
      ["components/access/example.ts", "../object-store"],
      ["components/network/deeper/example.ts", "../../sql-database/mysql"],
      ["components/network/example.ts", "../exposure"],
      ["components/exposure/example.ts", "../workload"],
      ["components/monitoring/example.ts", "../workload"],
      ["components/workload/example.ts", "../access"],
      ["components/workload/example.ts", "../operators"],
      ["components/operators/example.ts", "../openshift-ai"],
      ["components/workload/example.ts", "../../tools/graph"],
      ["stacks/example.ts", "../tools/render/main"],
      ["stacks/example.ts", "../tests/unit/helper"],
      ["stacks/example.ts", "../index"],
      ["stacks/example.ts", ".."],
      ["index.ts", "./tests/unit/helper"],
      ["components/model-registry/example.ts", "../../packages/platform"],
      ["stacks/example.ts", "../packages/platform"],
      ["packages/platform/example.ts", "../../tools/graph"],
      ["tools/example/example.ts", "../../tests/unit/helper"],
    ];
    for (const [file, source] of forbidden) {
      it(`${file} to import ${source}`, async () => {
        const found = await complaints(file, imports(source));
        assert.equal(found.length, 1);
        assert.match(found[0]!, /imports point one way/);
      });
    }

    const otherWays = {
      "a re-export": 'export * from "../../stacks/config";',
      "a re-export by name": 'export { config } from "../../stacks/config";',
      "a type import": 'import type { Config as C } from "../../stacks/config";\nexport type D = C;',
      "an import type": 'export type D = import("../../stacks/config").Settings;',
      "a dynamic import": 'export const x = import("../../stacks/config");',
      "an import assignment": 'import x = require("../../stacks/config");\nexport const y = x;',
      "a require call": 'export const x = require("../../stacks/config");',
    };
    for (const [name, code] of Object.entries(otherWays)) {
      it(`the same by way of ${name}`, async () => {
        const found = await complaints("components/object-store/example.ts", code);
        assert.ok(
          found.some((message) => message.includes("imports point one way")),
          `nothing was found wrong with: ${code}`,
        );
      });
    }

    const readings = {
      "pulumi.Config": 'import * as pulumi from "@pulumi/pulumi";\nexport const c = new pulumi.Config();',
      "an imported Config": 'import { Config } from "@pulumi/pulumi";\nexport const c = new Config();',
      "the environment": "export const home = process.env.HOME;",
    };
    for (const [name, code] of Object.entries(readings)) {
      it(`a component to read ${name}`, async () => {
        const [found] = await complaints("components/object-store/example.ts", code);
        assert.match(found!, /the stack passes it what it needs as arguments/);
      });
    }

    it("a resource created inside apply", async () => {
      const code = "export const x = y.apply((name) => new k8s.core.v1.Secret(name));";
      const [found] = await complaints("components/object-store/example.ts", code);
      assert.match(found!, /inside apply/);
    });
  });

  describe("allows", () => {
    const allowed: readonly [file: string, source: string][] = [
      ["index.ts", "./stacks/platform"],
      ["packages/platform/example.ts", "../../stacks/target"],
      ["stacks/example.ts", "../components/object-store"],
      ["stacks/example.ts", "./config"],
      ["components/model-registry/example.ts", "../sql-database"],
      ["components/model-registry/example.ts", "../access"],
      ["components/access/example.ts", "../network"],
      ["components/access/example.ts", "../workload"],
      ["components/operators/example.ts", "../workload"],
      ["components/openshift-ai/example.ts", "../operators"],
      ["components/workload/example.ts", "../exposure"],
      ["components/workload/example.ts", "../monitoring"],
      ["components/monitoring/example.ts", "../network"],
      ["components/access/deeper/example.ts", "../claim"],
      ["components/access/example.ts", "@pulumi/pulumi"],
      ["tools/example/example.ts", "../../stacks/config"],
      ["tests/unit/example.ts", "../../tools/graph"],
    ];
    for (const [file, source] of allowed) {
      it(`${file} to import ${source}`, async () => {
        assert.deepEqual(await complaints(file, imports(source)), []);
      });
    }

    it("a stack to read pulumi.Config", async () => {
      const code = 'import * as pulumi from "@pulumi/pulumi";\nexport const c = new pulumi.Config();';
      assert.deepEqual(await complaints("stacks/example.ts", code), []);
    });
  });
});

describe("the test runner's table", () => {
  it("names the suite of every folder in tests/ that holds a test", () => {
    const folders = fs
      .readdirSync(path.join(root, "tests"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => file.split(path.sep)[0]!);
    const named = suites.map((suite) => suite.name);
    assert.deepEqual(
      [...new Set(folders)].filter((folder) => !named.includes(folder)),
      [],
    );
  });
});
