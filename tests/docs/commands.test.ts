// Commands, settings and paths in the documentation are real: make and npm know what they are asked for, the schema
// accepts every setting, files exist, and a stack has the objects that kubectl is to look at.
import * as assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { mergeRaw, parseConfig, readStackFile, type RawConfig } from "../../stacks/config";
import type { KubernetesObject } from "../../tools/graph/objects";
import type { Block, Page } from "../../tools/markdown/page";
import { renderConfig } from "../../tools/render/stack";
import { changesCode, isShell, page, root, stackFiles, writtenFiles } from "./support/pages";
import { kubectlProblems, makeProblems, npmProblems, pathProblems } from "./support/program";
import { applied, changeOf, stackText } from "./support/settings";
import { type Command, commandsOf } from "./support/shell";

const stackFile = (name: string): RawConfig =>
  readStackFile(readFileSync(path.join(root, `Pulumi.${name}.yaml`), "utf8"));

/** Commands of blocks, and those between backticks in the text. */
function allCommands({ blocks, spans }: Page): Command[] {
  return [
    ...blocks.filter(isShell).flatMap(({ code, line }) => commandsOf(code, line)),
    ...spans.flatMap(({ code, line }) => commandsOf(code, line)),
  ];
}

/** `make ARGS="config set ..."` is the same as `pulumi config set ...`; the shell of its recipe takes the inner quotes off. */
function pulumiWords(words: readonly string[]): readonly string[] {
  const at = words[0] === "make" ? words.findIndex((word) => word.startsWith("ARGS=")) : -1;
  const inner = words[at]?.slice("ARGS=".length).replaceAll('\\"', '"');
  const [command = []] =
    inner === undefined ? [words] : commandsOf(`pulumi ${inner}`).map(({ words: own }) => own);
  return inner === undefined ? command : [...command, ...words.slice(at + 1)];
}

/** Says once how everything reads with Pulumi alone. */
const ALONE = "docs/how-to/configure-a-stack.md";

/** Blocks are commands to copy; in a how-to those between backticks are, too. */
function toCopy(file: string, { blocks, spans }: Page): Command[] {
  // What comes after is about the stack of another program.
  const own = (found: readonly Command[]): Command[] => {
    const left = found.findIndex(({ words: [program, folder = ""] }) => program === "cd" && folder !== "");
    return left === -1 ? [...found] : found.slice(0, left);
  };
  return [
    ...blocks.filter(isShell).flatMap(({ code, line }) => own(commandsOf(code, line))),
    ...(file.startsWith("docs/how-to/") ? spans.flatMap(({ code, line }) => commandsOf(code, line)) : []),
  ];
}

/** Without a login, or a stack selected, Pulumi's own command fails after `make up`. */
function withoutMake([program, command = "", ...rest]: readonly string[]): string[] {
  const isOfMake =
    ["up", "preview", "destroy", "refresh"].includes(command) || (command === "config" && rest.length > 0);
  return program === "pulumi" && isOfMake ? [`pulumi ${command} is make's to run: see ${ALONE}`] : [];
}

/** Pages about OpenShift start from the stack that is for it. */
const baseOf = (file: string) => (/openshift|gitops/.test(file) ? "prod" : "dev");

/** Which settings a block of YAML makes: all of a stack's file, or some of it. */
function settingsIn(block: Block): RawConfig | undefined {
  return block.language === "yaml" && /^\s*mlops-platform:/m.test(block.code)
    ? readStackFile(stackText(block.code))
    : undefined;
}

/** What the stack's configuration is at each point of a page where the reader deploys, and at its end. */
function configurations(file: string, { blocks }: Page): RawConfig[] {
  let now = stackFile(baseOf(file));
  // What an example asks of the platform is in a file beside it.
  const asked = path.join(root, path.dirname(file), "platform.yaml");
  if (existsSync(asked)) now = mergeRaw(now, readStackFile(stackText(readFileSync(asked, "utf8"))));
  const deployed: RawConfig[] = [];
  for (const block of blocks) {
    const settings = settingsIn(block);
    // A stack's file says it all; anything else is part of one, or is merged over it (CONFIG=FILE).
    const isWhole = /^Pulumi\..+\.yaml$/.test(block.file);
    if (settings !== undefined) now = isWhole ? settings : mergeRaw(now, settings);
    if (!isShell(block)) continue;
    for (const { words } of commandsOf(block.code)) {
      const change = changeOf(pulumiWords(words));
      if (change !== undefined) now = applied(now, change);
      if ((words[0] === "pulumi" || words[0] === "make") && words[1] === "up") deployed.push(now);
    }
  }
  return [...deployed, now];
}

const complaints = (file: string, found: readonly Command[], judge: (words: readonly string[]) => string[]) =>
  found.flatMap(({ words, line }) => judge(words).map((message) => `${file}:${line}: ${message}`));

for (const file of writtenFiles) {
  const read = page(file);
  const commands = allCommands(read);
  const made = read.blocks.map((block) => block.file).filter((name) => name !== "");
  const stacks = stackFiles(read).map((block) => block.file.replace(/^Pulumi\.|\.yaml$/g, ""));

  describe(file, () => {
    it("asks make and npm for what they have", () => {
      const found = complaints(file, commands, (words) => {
        if (words[0] === "make") return makeProblems(words, stacks);
        return words[0] === "npm" ? npmProblems(words) : [];
      });
      assert.deepEqual(found, []);
    });

    if (file !== ALONE)
      it("works on the platform's stack with make", () => {
        assert.deepEqual(complaints(file, toCopy(file, read), withoutMake), []);
      });

    it("names files that exist", () => {
      assert.deepEqual(
        complaints(file, commands, (words) => pathProblems(words, made)),
        [],
      );
    });

    // Where a page changes the program, the changed program is asked (how-to.test.ts).
    if (changesCode(read)) return;

    it("has settings that the schema accepts whenever the reader deploys", () => {
      for (const raw of configurations(file, read)) assert.doesNotThrow(() => parseConfig(raw));
    });

    it("has settings in its text that the schema knows", () => {
      for (const { code, line } of read.spans)
        for (const { words } of commandsOf(code)) {
          // Without a key it is the command that is talked about.
          const inner = pulumiWords(words);
          const change =
            inner.filter((word) => !word.startsWith("-")).length > 3 ? changeOf(inner) : undefined;
          if (change === undefined) continue;
          const { problems } = problemsOf(applied(stackFile(baseOf(file)), change));
          const own = problems.filter((problem) => problem.startsWith(String(change.path[0])));
          assert.ok(
            !own.some((problem) => /is not a key|is not allowed/.test(problem)),
            `line ${line}: ${own.join()}`,
          );
        }
    });

    // An example with a program of its own looks at what that one made.
    if (file.includes("/") && existsSync(path.join(root, path.dirname(file), "Pulumi.yaml"))) return;
    const kubectl = commands.filter(({ words }) => words[0] === "kubectl");
    if (kubectl.length === 0) return;
    it("looks with kubectl at what the stack has", async () => {
      const objects: KubernetesObject[] = [];
      for (const raw of new Set(configurations(file, read)))
        objects.push(...(await renderConfig("dev", parseConfig(raw))).objects);
      assert.deepEqual(
        complaints(file, kubectl, (words) => kubectlProblems(words, objects)),
        [],
      );
    });
  });
}

/** What the schema says against a configuration. */
function problemsOf(raw: RawConfig): { problems: string[] } {
  try {
    parseConfig(raw);
    return { problems: [] };
  } catch (error) {
    return {
      problems: String(error instanceof Error ? error.message : error)
        .split("\n\n")
        .slice(1),
    };
  }
}
