// What the scripts of the workflows are tested with: a GitHub that is a file. `gh` stands in for its own program.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { run, scratch, type Result } from "../../support/processes";
import { toolsOrSkip } from "../../support/tools";

export const scripts = path.resolve(__dirname, "../../../.github/scripts");

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly user: { readonly login: string };
  readonly body: string;
}

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly body?: string;
  readonly user: { readonly login: string };
}

interface State {
  pulls: object[];
  comments: Comment[];
  issues: Issue[];
  artifacts: Record<string, Record<string, string | { linkTo: string } | { base64: string }>>;
  calls: string[];
}

export const BOT = { login: "github-actions[bot]" };
const OURS = "owner/platform";
export const SHA = "a".repeat(40);

export async function needJq(this: Mocha.Context): Promise<void> {
  await toolsOrSkip(this, "jq");
}

export class GitHub {
  private readonly file = path.join(scratch("gh"), "state.json");

  constructor(given: Partial<State> = {}) {
    this.state = { pulls: [], comments: [], issues: [], artifacts: {}, calls: [], ...given };
  }

  get state(): State {
    return JSON.parse(fs.readFileSync(this.file, "utf8")) as State;
  }

  set state(state: State) {
    fs.writeFileSync(this.file, JSON.stringify(state));
  }

  run(script: string, variables: Readonly<Record<string, string>>): Promise<Result> {
    const PATH = `${__dirname}${path.delimiter}${process.env.PATH}`;
    const env = { PATH, HOME: path.dirname(this.file), GITHUB_STATE: this.file, REPOSITORY: OURS, RUN: "7" };
    return run(path.join(scripts, script), [], { env: { ...env, ...variables } });
  }

  async succeed(script: string, variables: Readonly<Record<string, string>>): Promise<string> {
    const { code, output } = await this.run(script, variables);
    assert.equal(code, 0, output);
    return output;
  }
}

export const pull = (
  number: number,
  owner: string,
  branch: string,
  sha: string,
  repository = `${owner}/platform`,
) => ({
  number,
  head: { label: `${owner}:${branch}`, sha, repo: { full_name: repository } },
});

export const event = (owner: string, branch = "change") => ({
  HEAD_REPOSITORY: `${owner}/platform`,
  HEAD_OWNER: owner,
  HEAD_BRANCH: branch,
  HEAD_SHA: SHA,
});

/** What `diff` left. */
export const artifact = { "7/diff": { "diff.txt": "dev: 1 added" } };
