/**
 * The table of suites, fast ones first. A suite is a name and the adapter that runs it; a new kind of
 * test is one more file in adapters/ and one more line here.
 */
import * as path from "node:path";
import { type CommandTest, runCommands } from "./adapters/commands";
import { runGo } from "./adapters/go";
import { runMocha } from "./adapters/mocha";
import { runPytest } from "./adapters/pytest";
import { shellScripts } from "./checks/shell-scripts";
import { workflows } from "./checks/workflows";
import { type CommandOptions, projectRoot } from "./child";
import type { Suite } from "./runner";

export const suites: readonly Suite[] = [
  mocha("unit", { limitMinutes: 10 }),
  mocha("golden", { limitMinutes: 5 }),
  mocha("network", { limitMinutes: 5 }),
  mocha("order", { limitMinutes: 5 }),
  mocha("docs", { limitMinutes: 10 }),
  { name: "check", run: () => runCommands(checks(), { limitMinutes: 10 }) },
  mocha("package", { limitMinutes: 10 }),
  mocha("browser", { limitMinutes: 5 }),
  mocha("property", { limitMinutes: 20 }),
  mocha("alerts", { limitMinutes: 20 }),
  mocha("servers", { limitMinutes: 35 }),
  { name: "iris", run: () => runPytest("examples/iris", { limitMinutes: 10 }) },
  { name: "triton", run: () => runPytest("examples/triton", { limitMinutes: 10 }) },
  { name: "consumer", run: () => runPytest("examples/consumer", { limitMinutes: 10 }) },
  go("plugins", { limitMinutes: 15 }),
  go("policies", { limitMinutes: 10 }, "live/policies"),
  go("stand-ins", { limitMinutes: 10 }, "live/stand-ins"),
  go("control-plane", { limitMinutes: 15, environment: { CONTROL_PLANE_INTEGRATION: "1" } }),
  { ...mocha("e2e", { limitMinutes: 70, output: (line) => console.log(`e2e | ${line}`) }), beside: true },
  mocha("live", { limitMinutes: 25 }),
  { ...mocha("endurance", { limitMinutes: 120 }), onRequest: true },
];

/** What of the project's Python does not check itself, as examples/iris does: scripts of the cluster and of the tests. */
const pythonFolders = ["components", "examples/consumer", "examples/triton", "scripts", "tests", "tools"];

/** The mocha suite of this name is the folder of this name in tests/. */
function mocha(name: string, options: CommandOptions): Suite {
  return { name, run: () => runMocha(`tests/${name}`, options) };
}

/** The Go suite of this name is the module of this name in tools/, unless that is in another folder there. */
function go(name: string, options: CommandOptions, folder = name): Suite {
  return { name, run: () => runGo(`tools/${folder}`, options) };
}

function checks(): CommandTest[] {
  const installed = (program: string): string => path.join(projectRoot, "node_modules", program);
  return [
    { name: "types are sound", command: [process.execPath, installed("typescript/bin/tsc"), "--noEmit"] },
    {
      name: "the lint rules hold",
      command: [process.execPath, installed("eslint/bin/eslint.js"), "--max-warnings=0", "."],
    },
    {
      name: "every file is formatted",
      command: [process.execPath, installed("prettier/bin/prettier.cjs"), "--check", "--log-level=warn", "."],
    },
    {
      name: "generated documentation is up to date",
      command: [process.execPath, "--require=ts-node/register", "tools/test/checks/generated-docs.ts"],
    },
    {
      name: "shell scripts are sound",
      command: ["shellcheck", "--external-sources", "--source-path=SCRIPTDIR", ...shellScripts(projectRoot)],
      needs: { program: "shellcheck", install: "tools/toolchain/ensure shellcheck" },
    },
    {
      name: "workflows are sound",
      command: ["-no-color", ...workflows(projectRoot)],
      tool: "actionlint",
    },
    {
      name: "Python scripts are sound",
      command: ["ruff", "check", "--no-cache", "--quiet", ...pythonFolders],
      python: true,
    },
    {
      name: "Python scripts are formatted",
      command: ["ruff", "format", "--no-cache", "--quiet", "--check", ...pythonFolders],
      python: true,
    },
  ];
}
