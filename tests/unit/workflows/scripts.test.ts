// The scripts of the workflows: what they post, where, and with which credentials (hostile.test.ts has what of others'
// text gets through).
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { run, scratch, type Result } from "../../support/processes";
import {
  artifact,
  BOT,
  event,
  GitHub,
  needJq,
  pull,
  scripts,
  SHA,
  type Comment,
  type Issue,
} from "./support";

describe("the script that posts a difference", () => {
  before(needJq);

  it("comments on the pull request, and updates its comment the next time", async () => {
    const github = new GitHub({ pulls: [pull(12, "owner", "change", SHA)], artifacts: artifact });
    assert.match(await github.succeed("post-diff", event("owner")), /Commented on pull request 12/);
    github.state = {
      ...github.state,
      artifacts: { "7/diff": { "diff.txt": "dev: nothing changes\n" } },
    };
    assert.match(
      await github.succeed("post-diff", event("owner")),
      /Updated the comment 1000 of pull request 12/,
    );
    const { comments } = github.state;
    assert.equal(comments.length, 1);
    assert.match(
      comments[0]!.body,
      /^<!-- mlops-platform: diff -->\n## What this changes\n\n```diff\ndev: nothing changes\n```\n/,
    );
  });

  it("updates no comment of anybody else, and none about something else", async () => {
    const others: Comment[] = [
      { id: 1, issue: 12, user: { login: "stranger" }, body: "<!-- mlops-platform: diff -->\nfake" },
      { id: 2, issue: 12, user: BOT, body: "<!-- mlops-platform: preview of dev -->" },
      { id: 3, issue: 12, user: BOT, body: "quoted: <!-- mlops-platform: diff -->" },
    ];
    const pulls = [pull(12, "owner", "change", SHA)];
    const github = new GitHub({ pulls, comments: others, artifacts: artifact });
    await github.succeed("post-diff", event("owner"));
    assert.deepEqual(github.state.comments.slice(0, 3), others);
    assert.equal(github.state.comments.length, 4);
  });

  it("finds the pull request by what GitHub says, and posts nothing when it has moved on", async () => {
    const pulls = [
      pull(11, "owner", "other", SHA),
      pull(12, "owner", "change", "b".repeat(40)),
      pull(13, "owner", "change", SHA, "owner/another-fork"),
    ];
    const github = new GitHub({ pulls, artifacts: artifact });
    assert.match(await github.succeed("post-diff", event("owner")), /there is nothing to post/);
    assert.deepEqual(github.state.comments, []);
  });

  it("follows no link out of the artifact", async () => {
    const secret = path.join(scratch("secret"), "token");
    fs.writeFileSync(secret, "hunter2");
    const github = new GitHub({
      pulls: [pull(12, "owner", "change", SHA)],
      artifacts: { "7/diff": { "diff.txt": { linkTo: secret } } },
    });
    await github.succeed("post-diff", event("owner"));
    assert.doesNotMatch(github.state.comments[0]!.body, /hunter2/);
    assert.match(github.state.comments[0]!.body, /could not be made: \[the run\]/);
  });

  it("says so when there is no difference to post", async () => {
    const github = new GitHub({ pulls: [pull(12, "owner", "change", SHA)] });
    await github.succeed("post-diff", event("owner"));
    assert.match(
      github.state.comments[0]!.body,
      /could not be made: \[the run\]\(https:.*\/runs\/7\) says why/,
    );
  });

  it("takes a branch for a name, whatever it looks like", async () => {
    const branch = '$(touch hacked)"; exit 9; #';
    const github = new GitHub({ pulls: [pull(12, "owner", branch, SHA)], artifacts: artifact });
    await github.succeed("post-diff", event("owner", branch));
    assert.equal(github.state.comments.length, 1);
  });
});

describe("the script that posts a preview", () => {
  before(needJq);

  const variables = { STACK: "dev", PULL_REQUEST: "12", HEAD_SHA: SHA };

  it("has a comment for each stack, and shows colours of the terminal as none", async () => {
    const text = "\u001b[32m+ Deployment iris-api\u001b[0m\n";
    const github = new GitHub({ artifacts: { "7/preview-dev": { "preview.txt": text } } });
    await github.succeed("post-preview", variables);
    await github.succeed("post-preview", variables);
    await github.succeed("post-preview", { ...variables, STACK: "prod" });
    const bodies = github.state.comments.map(({ body }) => body);
    assert.equal(bodies.length, 2);
    assert.match(bodies[0]!, /preview of dev -->[^]*```diff\n\+ Deployment iris-api\n/);
    assert.match(bodies[1]!, /There is none: \[the run\]/);
  });
});

describe("the script that reports drift", () => {
  before(needJq);

  const DRIFT = "~ Deployment iris-api\nerror: no changes were expected but changes were proposed\n";
  const found = (code: string, text: string) => ({ "7/drift-prod": { code, "drift.txt": text } });
  const variables = { STACK: "prod" };

  it("opens one issue, updates it, and closes it when the drift is gone", async () => {
    const github = new GitHub({ artifacts: found("255\n", DRIFT) });
    assert.match(await github.succeed("report-drift", variables), /Opened an issue: Drift in stack prod/);
    assert.match(await github.succeed("report-drift", variables), /Updated issue 50/);
    assert.match(
      github.state.issues[0]!.body!,
      /The cluster is not what `main` says[^]*```diff\n~ Deployment iris/,
    );
    github.state = { ...github.state, artifacts: found("0\n", "") };
    assert.match(await github.succeed("report-drift", variables), /Closed issue 50/);
    assert.deepEqual(
      github.state.issues.map(({ state }) => state),
      ["closed"],
    );
    assert.match(
      await github.succeed("report-drift", variables),
      /The cluster of prod is what the stack says/,
    );
  });

  it("tells a cluster that differs from one that nobody could look at", async () => {
    for (const artifacts of [found("1\n", "error: cluster not reachable"), {}]) {
      const github = new GitHub({ artifacts });
      await github.succeed("report-drift", variables);
      assert.match(
        github.state.issues[0]!.body!,
        /^Nobody can tell whether the cluster is what the stack says/,
      );
    }
  });

  it("leaves alone an issue that somebody else calls the same", async () => {
    const others: Issue[] = [
      { number: 1, title: "Drift in stack prod", state: "open", user: { login: "somebody" } },
      { number: 2, title: "Drift in stack dev", state: "open", user: BOT },
    ];
    const github = new GitHub({ issues: others, artifacts: found("255\n", DRIFT) });
    await github.succeed("report-drift", variables);
    assert.deepEqual(github.state.issues.slice(0, 2), others);
    assert.equal(github.state.issues.length, 3);
  });
});

describe("the script that gives a command its cluster", () => {
  const start = (args: readonly string[], variables: Readonly<Record<string, string>>): Promise<Result> =>
    run(path.join(scripts, "with-cluster"), args, { env: { PATH: process.env.PATH, ...variables } });
  const given = {
    CONTEXT: "prod",
    KUBECONFIG_CONTENT: "apiVersion: v1",
    PULUMI_BACKEND_URL: "file:///state",
  };

  it("writes the kubeconfig where only this user reads it, and removes it after the command, which may fail", async () => {
    const script =
      'stat -c %a "$KUBECONFIG"; cat "$KUBECONFIG"; echo "$KUBECONFIG ${KUBECONFIG_CONTENT-none}"; exit 5';
    const { code, stdout } = await start(["sh", "-c", script], given);
    const [mode, content, last = ""] = stdout.split("\n");
    assert.deepEqual([code, mode, content], [5, "600", "apiVersion: v1"]);
    const [file = "", left] = last.split(" ");
    assert.equal(left, "none");
    assert.ok(!fs.existsSync(file), `${file} is still there`);
  });

  it("names what the environment lacks", async () => {
    const { code, stderr } = await start(["true"], { CONTEXT: "prod" });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /lacks KUBECONFIG_CONTENT PULUMI_BACKEND_URL \(or PULUMI_ACCESS_TOKEN\): docs\/pull-requests\.md says what to set/,
    );
  });

  it("takes Pulumi's own service for a place of the state, too", async () => {
    const cloud = { ...given, PULUMI_BACKEND_URL: "", PULUMI_ACCESS_TOKEN: "pul-1" };
    const { code, stdout } = await start(
      ["sh", "-c", 'echo "${PULUMI_ACCESS_TOKEN} ${PULUMI_BACKEND_URL-none}"'],
      cloud,
    );
    assert.deepEqual([code, stdout], [0, "pul-1 none\n"]);
  });
});

describe("the script that masks what is published", () => {
  const variables: Readonly<Record<string, string>> = {
    PULUMI_CONFIG_PASSPHRASE: "correct horse * [x] & \\1",
    PULUMI_ACCESS_TOKEN: "pul-1234",
    AWS_ACCESS_KEY_ID: "AKIA1234",
    AWS_SECRET_ACCESS_KEY: "abc/def+ghi=",
    KUBECONFIG_CONTENT:
      'users:\n  - user:\n      token: "ey.token"\n      client-key-data: a2V5\n      password: hunter2\n      client-certificate-data: Y2VydA==\n',
  };
  const masked = (input: string, env: Readonly<Record<string, string>>): Promise<Result> =>
    run(path.join(scripts, "masked"), [], { env: { PATH: process.env.PATH, ...env }, input });

  it("shows none of the credentials that the job has, wherever in a line they stand", async () => {
    const secrets = [...Object.values(variables).slice(0, 4), "ey.token", "a2V5", "hunter2"];
    const { code, stdout } = await masked(
      secrets.map((value) => `+ <${value}${value}> \\n\n`).join(""),
      variables,
    );
    assert.deepEqual([code, stdout], [0, "+ <******> \\n\n".repeat(secrets.length)]);
  });

  it("changes nothing else, and takes a variable that is not set for none", async () => {
    const text = "  ~ Deployment iris-api\n\tY2VydA== * [x]\n\nno end";
    const unset: typeof variables = {};
    for (const env of [variables, unset, { PULUMI_CONFIG_PASSPHRASE: "" }]) {
      const { code, stdout } = await masked(text, env);
      assert.deepEqual([code, stdout], [0, `${text}\n`]);
    }
  });
});
