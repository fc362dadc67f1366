// What commands of the documentation may name: make's targets and variables, npm's scripts, files of the repository,
// objects of a stack.
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { KubernetesObject } from "../../../tools/graph/objects";
import { root } from "./pages";

const makefile = readFileSync(path.join(root, "Makefile"), "utf8");

export const makeTargets = new Set(
  [...makefile.matchAll(/^([a-z][a-z0-9-]*):(?!=)/gm)].map(([, name = ""]) => name),
);

/** Those that its recipes read, and those that it hands on. */
export const makeVariables = new Set([
  ...[...makefile.matchAll(/\$\(([A-Z_]+)\)/g)].map(([, name = ""]) => name),
  ...[...makefile.matchAll(/^export (.*)$/gm)].flatMap(([, names = ""]) => names.split(" ")),
  "CI",
]);

const scripts = Object.keys(
  (JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { scripts: Record<string, string> })
    .scripts,
);

/** What is wrong with a call of make. `stacks` are those that the page itself makes. */
export function makeProblems(words: readonly string[], stacks: readonly string[] = []): string[] {
  const isFolder = (at: number) => words[at - 1] === "-C";
  const isInput = (at: number) => words[at] === "<" || words[at - 1] === "<";
  const asked = words.filter((word, at) => at > 0 && !word.startsWith("-") && !isFolder(at) && !isInput(at));
  return asked.flatMap((word) => {
    const [, variable, value = ""] = /^([A-Z_]+)=(.*)$/.exec(word) ?? [];
    if (variable === undefined) return makeTargets.has(word) ? [] : [`make has no target ${word}`];
    if (!makeVariables.has(variable)) return [`make knows no variable ${variable}`];
    const isStack = variable === "STACK" && /^[a-z]/.test(value);
    const isThere = stacks.includes(value) || existsSync(path.join(root, `Pulumi.${value}.yaml`));
    return isStack && !isThere ? [`there is no stack ${value}`] : [];
  });
}

export function npmProblems(words: readonly string[]): string[] {
  const script = words.slice(2).find((word) => !word.startsWith("-"));
  return words[1] === "run" && script !== undefined && !scripts.includes(script)
    ? [`npm has no script ${script}`]
    : [];
}

const FOLDERS = "stacks|components|tools|tests|docs|examples|scripts|packages|\\.github";

/** A path of this repository, without what a person fills in or a shell expands. */
const PATH = new RegExp(
  `^(?:\\./)?(?:(?:${FOLDERS})/[\\w./-]+|Pulumi\\.[\\w-]+\\.yaml|[A-Z]+\\.md|Makefile|index\\.ts)$`,
);

/** Paths among these words that lead nowhere, unless the page makes them. */
export function pathProblems(words: readonly string[], made: readonly string[] = []): string[] {
  return words
    .filter((word) => PATH.test(word) && !made.includes(word))
    .filter((word) => !existsSync(path.join(root, word)))
    .map((word) => `there is no ${word}`);
}

const KINDS: Readonly<Record<string, string>> = {
  secret: "Secret",
  service: "Service",
  svc: "Service",
  deployment: "Deployment",
  configmap: "ConfigMap",
  ingress: "Ingress",
  job: "Job",
  pvc: "PersistentVolumeClaim",
};

/** Objects that a call of kubectl names, and the stack does not have. */
export function kubectlProblems(words: readonly string[], objects: readonly KubernetesObject[]): string[] {
  const at = words.findIndex((word) => word === "-n" || word === "--namespace");
  const namespace = at === -1 ? undefined : words[at + 1];
  if (namespace === undefined || words.includes("create") || words.includes("apply")) return [];
  return named(words).flatMap(([kind, name]) => {
    const found = objects.some(
      ({ manifest, namespace: own }) =>
        manifest.kind === kind && manifest.metadata.name === name && own === namespace,
    );
    return found ? [] : [`the stack has no ${kind} ${namespace}/${name}`];
  });
}

/** `get secret NAME` and `service/NAME`. A name in capitals is for the reader to fill in. */
function named(words: readonly string[]): (readonly [kind: string, name: string])[] {
  return words.flatMap((word, at) => {
    const [type = "", inline] = word.split("/");
    const kind = KINDS[type.toLowerCase()];
    const name = inline ?? words[at + 1];
    return kind === undefined || name === undefined || !/^[a-z]/.test(name) ? [] : [[kind, name] as const];
  });
}
