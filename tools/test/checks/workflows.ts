/**
 * The workflows of .github, and the rules for them beyond what actionlint knows: what runs there runs with the
 * repository's credentials, so each may do as little as possible and runs nothing that others can change.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

/** The workflow files, relative to the project's root. */
export function workflows(root: string): string[] {
  const folder = ".github/workflows";
  return fs
    .readdirSync(path.join(root, folder))
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => `${folder}/${file}`)
    .sort();
}

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: unknown;
  readonly uses?: string;
  readonly secrets?: unknown;
  readonly steps?: readonly Step[];
  readonly environment?: unknown;
  readonly if?: unknown;
  readonly "timeout-minutes"?: number;
}

interface Workflow {
  readonly on?: unknown;
  readonly permissions?: unknown;
  readonly jobs?: Readonly<Record<string, Job>>;
}

/** What is wrong with a workflow. */
export function workflowProblems(text: string): string[] {
  const workflow = parse(text) as Workflow;
  const jobs = Object.entries(workflow.jobs ?? {});
  return [
    ...triggerProblems(workflow),
    ...(isEmptyObject(workflow.permissions)
      ? []
      : ["permissions at the top are not {}: each job names its own"]),
    ...jobs.flatMap(([name, job]) =>
      [...jobProblems(job), ...branchProblems(workflow, job)].map((problem) => `${name}: ${problem}`),
    ),
    ...unpinned(text),
    ...unpinnedImages(text),
  ];
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

const triggers = ({ on }: Workflow): string[] =>
  typeof on === "string" ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(on ?? {});

function triggerProblems(workflow: Workflow): string[] {
  return triggers(workflow).includes("pull_request_target")
    ? ["pull_request_target gives a stranger's pull request the repository's credentials"]
    : [];
}

function jobProblems(job: Job): string[] {
  const problems: string[] = [];
  if (job.permissions === undefined) problems.push("has no permissions of its own");
  if (typeof job.permissions === "string") problems.push(`permissions are ${job.permissions}: name each one`);
  if (job.secrets === "inherit") problems.push("inherits every secret: name each one");
  if (job.uses === undefined && job["timeout-minutes"] === undefined) problems.push("has no timeout-minutes");
  for (const step of job.steps ?? []) problems.push(...stepProblems(step));
  return problems;
}

/** What is started by hand runs the code of any branch: an environment's credentials are for main's. */
function branchProblems(workflow: Workflow, job: Job): string[] {
  if (job.environment === undefined || !triggers(workflow).includes("workflow_dispatch")) return [];
  const condition = "github.ref == 'refs/heads/main'";
  return String(job.if).includes(condition) ? [] : [`whoever starts it chooses the branch: if: ${condition}`];
}

function stepProblems({ run, uses, with: given }: Step): string[] {
  const problems: string[] = [];
  // Text that somebody else writes would be part of the script.
  if (run?.includes("${{") === true) problems.push("a script has an expression in it: pass it by env");
  if (uses?.startsWith("actions/checkout@") === true && given?.["persist-credentials"] !== false)
    problems.push("the checkout keeps its credentials: persist-credentials: false");
  return problems;
}

/** By the text, since the version is a comment. Local actions and workflows come with the commit. */
function unpinned(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => /^\s*(- )?uses:/.test(line))
    .filter((line) => !/uses: \.\//.test(line) && !/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))
    .map((line) => `${line.trim()}: pin it by the commit's 40 digits, with the version as a comment`);
}

/** Images of containers and services, by the text as well: the reason for one that moves is a comment. */
function unpinnedImages(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => /^\s*(- )?(container|image):\s*[^\s#]/.test(line))
    .filter((line) => !/@sha256:[0-9a-f]{64}['"]?\s*$|# not pinned: \S/.test(line))
    .map((line) => `${line.trim()}: pin it by its digest, or say why not: # not pinned: ...`);
}
