// What the linter enforces: typed linting for all TypeScript, Pulumi's own rules, and the architecture.
import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import architecture from "./tools/eslint/one-way.mjs";

export default defineConfig(
  globalIgnores(["node_modules/", "rendered/", "dist/", "examples/", "tests/package/programs/"]),
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly" } },
  },
  {
    // What runs in a page: its script, and what tests ask of it.
    files: ["tools/map/page/*.js", "tests/browser/*.js"],
    languageOptions: {
      sourceType: "script",
      globals: { document: "readonly", getComputedStyle: "readonly" },
    },
  },
  {
    // Scripts of mongosh: what it gives them, and what the first of them gives the others.
    files: ["components/document-database/*.js", "tests/live/support/*.js"],
    languageOptions: {
      sourceType: "commonjs",
      globals: Object.fromEntries(
        ["connect", "load", "print", "quit", "server", "sleep", "process", "__dirname"].map((name) => [
          name,
          "readonly",
        ]),
      ),
    },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { architecture, "@pulumi": pulumi },
    rules: {
      "architecture/one-way": "error",
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: true }],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      eqeqeq: "error",
    },
  },
  {
    files: ["components/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "MemberExpression[property.name='Config'], ImportSpecifier[imported.name='Config']",
          message: "A component never reads pulumi.Config: the stack passes it what it needs as arguments.",
        },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: "A component never reads the environment: the stack passes it what it needs as arguments.",
        },
        {
          selector:
            "CallExpression[callee.property.name='apply'] NewExpression[callee.type='MemberExpression']",
          message: "No resource is created inside apply: a preview could not show it.",
        },
      ],
    },
  },
  {
    // A test that is wrong about what is there fails, which is what a test is for.
    files: ["tests/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
);
