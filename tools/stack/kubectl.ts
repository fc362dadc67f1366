// The API server, through kubectl: these tools know no other way in.
import * as path from "node:path";
import type { Plain } from "../graph/values";
import { capture, onPath, UserError, type Ended } from "./process";
import { root } from "./settings";
import { groupOf, liveObjects, type LiveObject } from "./state";

/** A kind that the cluster serves. */
export interface ServedKind {
  /** Plural name, as in URLs. */
  resource: string;
  apiVersion: string;
  namespaced: boolean;
  kind: string;
}

export interface Access {
  readonly kubeconfig: string | undefined;
  readonly context: string;
  /** Where kubectl keeps what it learns of the cluster; without it, where the user's own kubectl does. */
  readonly cache?: string;
}

/** kubectl of any version; built where there is none. */
export async function findKubectl(): Promise<string> {
  const found = onPath("kubectl");
  if (found !== undefined) return found;
  const built = await capture([path.join(root, "tools/toolchain/ensure"), "kubectl"], { stderr: "live" });
  if (built.code === 0) return built.stdout.trim();
  throw new UserError(
    "There is no kubectl on PATH, and it could not be built; why is said above. Any kubectl will do: " +
      "https://kubernetes.io/docs/tasks/tools/",
  );
}

export class Kubectl {
  private kinds: Promise<ServedKind[]> | undefined;

  constructor(
    private readonly program: string,
    readonly access: Access,
  ) {}

  run(args: readonly string[], input?: string): Promise<Ended> {
    const { kubeconfig, context, cache } = this.access;
    const where = [`--context=${context}`, ...(cache === undefined ? [] : [`--cache-dir=${cache}`])];
    return capture([this.program, ...where, "--request-timeout=60s", ...args], {
      env: kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig },
      input,
    });
  }

  /** Standard output of a command that has to succeed. */
  async text(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input);
    if (code !== 0) throw new UserError(`kubectl ${args[0] ?? ""} failed: ${stderr.trim()}`);
    return stdout;
  }

  /** Objects that exist, of those that the arguments of `kubectl get` name. */
  async get(args: readonly string[]): Promise<LiveObject[]> {
    const printed = await this.text(["get", ...args, "--ignore-not-found", "--output=json"]);
    return printed.trim() === "" ? [] : liveObjects(JSON.parse(printed) as Plain);
  }

  /** Those of the namespaces that exist. One that the user may not see counts as missing: many clusters tell no more. */
  async namespaces(names: readonly string[]): Promise<LiveObject[]> {
    if (names.length === 0) return [];
    const all = await ifAllowed(this.get(["namespaces", ...names]));
    if (all !== undefined) return all;
    const each = await Promise.all(names.map((name) => ifAllowed(this.get(["namespaces", name]))));
    return each.flatMap((found) => found ?? []);
  }

  /** What the cluster serves, asked for once. */
  served(): Promise<ServedKind[]> {
    // Some group's server may be out of order: kubectl then fails, after printing all the others.
    return (this.kinds ??= this.run(["api-resources", "--no-headers"]).then(({ stdout, stderr }) => {
      if (stdout.trim() === "")
        throw new UserError(
          `The API server of context ${this.access.context} does not answer: ${stderr.trim()}`,
        );
      return stdout.split("\n").flatMap(parseServed);
    }));
  }

  /** The name by which `kubectl get` knows a kind of this group, if the cluster serves it. */
  async resourceName(apiVersion: string, kind: string): Promise<string | undefined> {
    const group = groupOf(apiVersion);
    const found = (await this.served()).find(
      (served) => served.kind === kind && groupOf(served.apiVersion) === group,
    );
    return found && (group === "" ? found.resource : `${found.resource}.${group}`);
  }
}

/** An answer of the API server; nothing when the user may not ask. */
export async function ifAllowed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof UserError && /forbidden/i.test(error.message)) return undefined;
    throw error;
  }
}

/** A line such as `deployments   deploy   apps/v1   true   Deployment`. */
function parseServed(line: string): ServedKind[] {
  const [, resource, apiVersion, namespaced, kind] =
    /^(\S+)\s+(?:\S+\s+)?(\S+)\s+(true|false)\s+(\S+)\s*$/.exec(line) ?? [];
  if (resource === undefined || apiVersion === undefined || kind === undefined) return [];
  return [{ resource, apiVersion, namespaced: namespaced === "true", kind }];
}
