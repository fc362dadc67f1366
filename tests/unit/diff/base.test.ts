// The base of a difference: another commit's files, rendered by its own code, while the checkout stays as it is.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { findBase, withCheckout } from "../../../tools/diff/base";
import { describe as described, outcomeOf, renderIn } from "../../../tools/diff/compare";
import { parseOptions } from "../../../tools/diff/options";
import { scratch, succeed } from "../../support/processes";

const root = path.resolve(__dirname, "../../..");

/** A small project with a renderer of its own, under git. */
class Project {
  readonly folder = scratch("diff-base");

  static async make(): Promise<Project> {
    const project = new Project();
    await project.git("init", "--quiet", "--initial-branch=main");
    fs.copyFileSync(path.join(root, "tsconfig.json"), path.join(project.folder, "tsconfig.json"));
    fs.copyFileSync(path.join(root, "package.json"), path.join(project.folder, "package.json"));
    fs.symlinkSync(path.join(root, "node_modules"), path.join(project.folder, "node_modules"));
    project.write(".gitignore", "node_modules\n");
    const locks = ["node_modules/.installed-lock.json", "package-lock.json"].map((file) =>
      path.join(root, file),
    );
    const lock = locks.find((file) => fs.existsSync(file)) ?? "";
    project.write("package-lock.json", fs.readFileSync(lock, "utf8"));
    project.write("Pulumi.dev.yaml", "config: {}\n");
    return project;
  }

  write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
    fs.writeFileSync(path.join(this.folder, file), text);
  }

  /** A renderer whose graph says which version it is. */
  render(version: string): void {
    this.write(
      "tools/render/stack.ts",
      `const graph = { resources: [], outputs: { version: "${version}" }, secretOutputs: [], generatedSecrets: [] };
       const config = { target: "minikube", consumers: {}, apiServer: { cidrs: ["10.0.0.0/8"] },
                        ingress: { class: "nginx", namespace: "ingress" }, monitoring: { namespace: "monitoring" } };
       export const renderStack = async (stack: string) => ({ stack, graph, config });\n`,
    );
  }

  async commit(message: string): Promise<string> {
    await this.git("add", "--all");
    await this.git(
      "-c",
      "user.name=test",
      "-c",
      "user.email=test@example.com",
      "commit",
      "--quiet",
      "-m",
      message,
    );
    return (await this.git("rev-parse", "HEAD")).trim();
  }

  git(...args: string[]): Promise<string> {
    return succeed("git", ["-C", this.folder, ...args]);
  }

  /** What of the checkout could have been touched. */
  async status(): Promise<string> {
    return (
      (await this.git("status", "--porcelain", "--branch")) +
      (await this.git("worktree", "list")) +
      (await this.git("stash", "list"))
    );
  }

  /** The outcome of a comparison of the checkout with a commit. */
  async compare(name: string) {
    const base = findBase(this.folder, name);
    return withCheckout(this.folder, base, async (folder) => {
      const [before, after] = [await renderIn(folder, ["dev"]), await renderIn(this.folder, ["dev"])];
      return outcomeOf("dev", before.dev!, after.dev!);
    });
  }
}

describe("the base of a difference", () => {
  let project: Project;
  beforeEach(async () => {
    project = await Project.make();
  });

  it("is rendered by its own code, and the checkout with what isn't committed by its", async () => {
    project.render("committed");
    await project.commit("first");
    project.render("in the checkout");
    const before = await project.status();
    const outcome = await project.compare("main");
    assert.ok("diff" in outcome);
    assert.deepEqual(outcome.diff.outputs, [
      { path: ["version"], before: "committed", after: "in the checkout", follows: [] },
    ]);
    assert.equal(await project.status(), before);
  });

  it("is where the change left its branch: what others did there since is not the change's", async () => {
    project.render("at first");
    const first = await project.commit("first");
    await project.git("checkout", "--quiet", "-b", "change");
    project.write("note", "of the change");
    await project.commit("change");
    await project.git("checkout", "--quiet", "main");
    project.render("of others");
    await project.commit("others");
    await project.git("checkout", "--quiet", "change");
    const base = findBase(project.folder, "main");
    assert.equal(base.commit, first);
    assert.match(base.title, /^[0-9a-f]{7}, where this left main$/);
  });

  it("that can't be rendered is said, with its message, and is no failure", async () => {
    project.write("tools/render/stack.ts", 'throw new Error("the base is broken");\n');
    await project.commit("broken");
    project.render("mended");
    const outcome = await project.compare("main");
    assert.deepEqual(outcome, { stack: "dev", problem: "the base is broken", whose: "base" });
    const report = described(outcome);
    assert.match(report.summary, /the base can't be rendered, so there is nothing to compare with/);
    assert.deepEqual(
      report.sections.map(({ lines }) => lines.map(({ text }) => text)),
      [["the base is broken"]],
    );
  });

  it("that has no renderer, or ends without an answer, is said too", async () => {
    await project.commit("empty");
    project.render("later");
    const missing = await project.compare("main");
    assert.ok("problem" in missing && missing.whose === "base");
    assert.match(missing.problem, /Cannot find module/);
    project.write("tools/render/stack.ts", "process.exit(7);\n");
    await project.commit("ends");
    project.render("later");
    const ended = await project.compare("main");
    assert.ok("problem" in ended && ended.problem === "it ended with 7");
  });

  it("that lacks the stack is empty: all of the stack is new", async () => {
    project.render("any");
    fs.rmSync(path.join(project.folder, "Pulumi.dev.yaml"));
    await project.commit("without dev");
    project.write("Pulumi.dev.yaml", "config: {}\n");
    const outcome = await project.compare("main");
    assert.ok("diff" in outcome);
    assert.deepEqual(outcome.diff.outputs, [
      { path: ["version"], before: undefined, after: "any", follows: [] },
    ]);
  });

  it("has to be a commit that git knows", () => {
    assert.throws(
      () => findBase(root, "origin/nowhere"),
      /BASE=origin\/nowhere: there is no such commit here; fetch it/,
    );
    assert.throws(() => findBase(root, "--output=x"), /BASE=--output=x: name a commit/);
  });
});

describe("the options of a difference", () => {
  it("are all stacks, as text, compared with the main branch", () => {
    assert.deepEqual(parseOptions(["--base", "", "--stack", "", "--out", ""], root), {
      base: "origin/main",
      stacks: ["dev", "prod"],
      outputs: [{ format: "text", file: undefined }],
      failOnData: false,
    });
  });

  it("write one comparison in several formats, each to a file of its own", () => {
    const { outputs } = parseOptions(["--format", "text,markdown", "--out", "a.txt,b.md"], root);
    assert.deepEqual(outputs, [
      { format: "text", file: "a.txt" },
      { format: "markdown", file: "b.md" },
    ]);
    for (const out of ["", "a.txt", "a.txt,", "a,b,c"])
      assert.throws(
        () => parseOptions(["--format", "text,markdown", "--out", out], root),
        /FORMAT=text,markdown OUT=.*: name a file for each of 2 formats/,
      );
  });

  it("are refused when unknown, with what is allowed", () => {
    const refused =
      (...args: string[]) =>
      () =>
        parseOptions(args, root);
    assert.throws(
      refused("--stack", "test"),
      /STACK=test: there is no such stack; allowed are all, dev, prod/,
    );
    assert.throws(refused("--format", "html"), /FORMAT=html: .* allowed are text, markdown, json/);
    assert.throws(refused("--fail-on", "all"), /FAIL_ON=all: the only thing to fail on is data/);
    assert.throws(refused("--what"), /usage: make diff/);
  });
});
