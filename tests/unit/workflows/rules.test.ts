// The workflows of .github: each keeps the rules, and each rule finds what breaks it.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { workflowProblems, workflows } from "../../../tools/test/checks/workflows";

const root = path.resolve(__dirname, "../../..");
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");

const names = workflows(root);
const ACTION = ".github/actions/prepare/action.yml";

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        permissions: Readonly<Record<string, string>>;
        environment?: string;
        container?: { options?: string };
        steps?: unknown;
      }
    >
  >;
}

const jobs = names.flatMap((file) =>
  Object.entries((parse(read(file)) as Workflow).jobs).map(([name, job]) => ({
    name: `${path.basename(file, ".yml")}/${name}`,
    on: Object.keys((parse(read(file)) as Workflow).on),
    ...job,
  })),
);

describe("the workflows", () => {
  for (const file of [...names, ACTION])
    it(`keep the rules: ${file}`, () => {
      const problems = workflowProblems(read(file));
      // An action is no workflow: it has the permissions of the job that uses it.
      assert.deepEqual(
        problems.filter((problem) => file !== ACTION || !problem.startsWith("permissions")),
        [],
      );
    });

  it("pin an action to the same commit everywhere", () => {
    const uses = [...names, ACTION].flatMap((file) => [...read(file).matchAll(/uses: ([\w./-]+)@(.+)/g)]);
    const pins = new Map<string, Set<string>>();
    for (const [, action = "", pin = ""] of uses) pins.set(action, (pins.get(action) ?? new Set()).add(pin));
    assert.ok(pins.size > 3);
    assert.deepEqual(
      [...pins].filter(([, versions]) => versions.size > 1),
      [],
    );
  });

  it("may write only where they post, and nothing that has a cluster's credentials may", () => {
    const writing = jobs.flatMap(({ name, permissions }) =>
      Object.entries(permissions)
        .filter(([, level]) => level === "write")
        .map(([scope]) => `${name}: ${scope}`),
    );
    assert.deepEqual(writing.sort(), [
      "diff-comment/comment: pull-requests",
      "drift/report: issues",
      "preview/comment: pull-requests",
    ]);
    const withSecrets = jobs.filter((job) => JSON.stringify(job).includes("secrets."));
    assert.deepEqual(withSecrets.map(({ name }) => name).sort(), [
      "deploy/dev",
      "deploy/prod",
      "drift/look",
      "preview/preview",
    ]);
    for (const { name, permissions, environment } of withSecrets) {
      assert.deepEqual(permissions, { contents: "read" }, name);
      assert.ok(environment !== undefined, `${name} has secrets, but no environment that guards them`);
    }
  });

  it("run a stranger's code without secrets and without a token that writes", () => {
    const open = jobs.filter(({ on, name }) => on.includes("pull_request") && !name.startsWith("preview/"));
    assert.deepEqual(open.map(({ name }) => name).sort(), ["diff/diff", "test/test"]);
    for (const job of open) {
      assert.deepEqual(job.permissions, { contents: "read" });
      assert.doesNotMatch(JSON.stringify(job), /secrets\.|github\.token/);
    }
    const [preview] = jobs.filter(({ name }) => name === "preview/preview");
    assert.match(JSON.stringify(preview), /head\.repo\.full_name == github\.repository/);
  });

  it("mask what they publish of a job that has credentials", () => {
    for (const file of ["preview", "drift"])
      assert.match(
        read(`.github/workflows/${file}.yml`),
        /with-cluster make [^|]* 2>&1 \|\s+\.github\/scripts\/masked/,
      );
  });

  it("keep apart what is built in a container and what is built on a runner", () => {
    const { inputs, runs } = parse(read(ACTION)) as {
      inputs: { place: { default: string } };
      runs: { steps: { with?: { key?: string; "restore-keys"?: string } }[] };
    };
    assert.equal(inputs.place.default, "runner");
    const [cache] = runs.steps.filter(({ with: given }) => given?.key !== undefined);
    for (const key of [cache?.with?.key, cache?.with?.["restore-keys"]])
      assert.match(key ?? "", /^toolchain-\$\{\{ runner\.os \}\}-\$\{\{ inputs\.place \}\}-/);
    for (const file of names)
      for (const job of Object.values((parse(read(file)) as Workflow).jobs) as {
        container?: unknown;
        steps?: { uses?: string; with?: { place?: string } }[];
      }[])
        for (const { uses, with: given } of job.steps ?? [])
          if (uses?.endsWith("/prepare") === true)
            assert.equal(given?.place, job.container === undefined ? undefined : "debian", file);
  });

  it("let the tests make what real pods take: namespaces, mounts and cgroups", () => {
    const testing = jobs.filter(({ steps }) => JSON.stringify(steps ?? []).includes(".ci/run"));
    assert.ok(testing.length > 0);
    for (const { name, container } of testing)
      for (const option of ["--privileged", "--cgroupns=host"])
        assert.ok(
          container?.options?.split(" ").includes(option),
          `${name}: ${option} is no option of its container`,
        );
  });

  it("never cancel a deployment that runs", () => {
    const { jobs: stages } = parse(read(".github/workflows/deploy.yml")) as {
      jobs: Record<string, { concurrency?: unknown; needs?: string }>;
    };
    for (const stack of ["dev", "prod"])
      assert.deepEqual(stages[stack]?.concurrency, { group: `deploy-${stack}`, "cancel-in-progress": false });
    assert.deepEqual([stages.dev?.needs, stages.prod?.needs], ["test", "dev"]);
  });
});

describe("the rules for workflows find", () => {
  const good = read(".github/workflows/diff.yml");

  const broken: Readonly<Record<string, readonly [change: (text: string) => string, problem: RegExp]>> = {
    "an action that is not pinned": [
      (text) => text.replace(/checkout@[0-9a-f]{40} # v[\d.]+/, "checkout@v7"),
      /uses: actions\/checkout@v7: pin it/,
    ],
    "a pin without its version": [
      (text) => text.replace(/ # v7\.0\.1/, ""),
      /pin it by the commit's 40 digits/,
    ],
    "a short pin": [(text) => text.replace(/@([0-9a-f]{39})[0-9a-f]/, "@$1"), /pin it/],
    "permissions for all jobs": [
      (text) => text.replace("permissions: {}", "permissions: read-all"),
      /permissions at the top are not \{\}/,
    ],
    "no permissions at the top": [(text) => text.replace("permissions: {}\n", ""), /permissions at the top/],
    "a job without permissions": [
      (text) => text.replace(/ {4}permissions:\n {6}contents: read\n/, ""),
      /diff: has no permissions of its own/,
    ],
    "a job that may write everything": [
      (text) => text.replace(/permissions:\n {6}contents: read/, "permissions: write-all"),
      /permissions are write-all/,
    ],
    pull_request_target: [
      (text) => text.replace("pull_request:", "pull_request_target:"),
      /pull_request_target/,
    ],
    "what others write in a script": [
      (text) => text.replace("make diff", 'echo "${{ github.event.pull_request.title }}"; make diff'),
      /a script has an expression in it/,
    ],
    "a checkout that keeps its credentials": [
      (text) => text.replace("persist-credentials: false", "persist-credentials: true"),
      /the checkout keeps its credentials/,
    ],
    "a job without a time limit": [
      (text) => text.replace(/ {4}timeout-minutes: 15\n/, ""),
      /no timeout-minutes/,
    ],
    "an image that is not pinned": [
      (text) => text.replace("    runs-on:", "    container: debian:12\n    runs-on:"),
      /container: debian:12: pin it by its digest/,
    ],
    "an image in parts that is not pinned": [
      (text) =>
        text.replace("    runs-on:", "    container:\n      image: debian:12 # not pinned:\n    runs-on:"),
      /image: debian:12 .*: pin it by its digest/,
    ],
    "an environment's credentials for any branch that somebody chooses": [
      (text) =>
        text
          .replace("  pull_request:", "  workflow_dispatch:")
          .replace("    runs-on:", "    environment: dev\n    runs-on:"),
      /diff: whoever starts it chooses the branch: if: github\.ref == 'refs\/heads\/main'/,
    ],
    "secrets for another workflow": [
      (text) =>
        `${text}  other:\n    permissions: {}\n    uses: ./.github/workflows/test.yml\n    secrets: inherit\n`,
      /other: inherits every secret/,
    ],
  };

  for (const [name, [change, problem]] of Object.entries(broken))
    it(name, () => {
      const text = change(good);
      assert.notEqual(text, good, "the change changed nothing");
      assert.match(workflowProblems(text).join("\n"), problem);
    });

  it("nothing in an image with its digest, or with the reason why it has none", () => {
    for (const image of [`debian:12@sha256:${"0".repeat(64)}`, "debian:12 # not pinned: it has no secret"])
      assert.deepEqual(
        workflowProblems(good.replace("    runs-on:", `    container: ${image}\n    runs-on:`)),
        [],
      );
  });
});
