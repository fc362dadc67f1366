// The graph: what a program registered in one run, as plain data: resources with their inputs and options,
// stack outputs, and every value that the simulated providers generated as a secret.
import type { PlainObject } from "./values";

/** An earlier identity of a resource, as given in its `aliases` option. */
export type Alias = string | { name?: string; type?: string; parent?: string; noParent?: boolean };

/** One registered (or read) resource. URNs are exactly those that the real engine would give. */
export interface Resource {
  urn: string;
  type: string;
  /** The logical name: the constructor's first argument. */
  name: string;
  /** The physical id; empty for components. */
  id: string;
  /** The parent's URN; undefined for the stack itself only. */
  parent: string | undefined;
  custom: boolean;
  /** Read with `.get`: it exists already, and the stack neither creates nor deletes it. */
  read: boolean;
  inputs: PlainObject;
  /** Paths in `inputs` that were secret. Everything below such a path is secret too. */
  secretInputs: string[];
  /** What the program sees on the resource afterwards: inputs plus what the provider computes. */
  outputs: PlainObject;
  secretOutputs: string[];
  /** URN of the explicit provider; undefined for the default one. */
  provider: string | undefined;
  /** URNs that this resource waits for: `dependsOn` and every resource whose outputs its inputs use. */
  dependencies: string[];
  /** The same by input property; what only `dependsOn` names is not here. */
  propertyDependencies: Record<string, string[]>;
  aliases: Alias[];
  protect: boolean;
  retainOnDelete: boolean;
  /** Undefined: not set, the provider decides. */
  deleteBeforeReplace: boolean | undefined;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  importId: string | undefined;
  customTimeouts: { create?: string; update?: string; delete?: string };
}

/** A secret that a simulated provider made up, so that tests can look for it elsewhere. */
export interface GeneratedSecret {
  urn: string;
  property: string;
  value: string;
}

export interface Graph {
  /** In the order of registration, which depends on timing: sort before comparing. */
  resources: Resource[];
  outputs: PlainObject;
  /** Paths in `outputs` that were secret. */
  secretOutputs: string[];
  generatedSecrets: GeneratedSecret[];
}

/** True when `path` is one of `secretPaths` or lies below one. */
export function isSecretPath(secretPaths: readonly string[], path: string): boolean {
  return secretPaths.some(
    (secret) => path === secret || path.startsWith(`${secret}.`) || path.startsWith(`${secret}[`),
  );
}
