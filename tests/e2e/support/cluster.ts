// The API server as a test sees it: through kubectl, with none of the code that it tests.
import * as assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import * as path from "node:path";
import { type Result, run, start, succeed } from "../../support/processes";

export interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly unknown[];
    readonly deletionTimestamp?: string;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: unknown;
    readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
    readonly containers?: readonly { readonly image: string }[];
  };
  readonly status?: {
    readonly readyReplicas?: number;
    readonly observedGeneration?: number;
    readonly completionTime?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** `Secret minio/minio-admin` */
export function nameOf({ kind, metadata: { namespace, name } }: LiveObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

export class Cluster {
  constructor(
    private readonly kubectl: string,
    private readonly kubeconfig: string,
  ) {}

  try(args: readonly string[], input?: string): Promise<Result> {
    return run(this.kubectl, args, { env: this.environment(), input });
  }

  run(args: readonly string[], input?: string): Promise<string> {
    return succeed(this.kubectl, args, { env: this.environment(), input });
  }

  /** The same, under way. */
  begin(args: readonly string[]): ChildProcess {
    return start(this.kubectl, args, { env: this.environment(), stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Objects of some kinds (`deployments,jobs`), in every namespace. */
  async list(kinds: string, ...args: string[]): Promise<LiveObject[]> {
    const printed = await this.run(["get", kinds, "--all-namespaces", "--output=json", ...args]);
    return (JSON.parse(printed) as { items: LiveObject[] }).items;
  }

  async get(kind: string, namespace: string, name: string): Promise<LiveObject> {
    const printed = await this.run(["get", kind, name, `--namespace=${namespace}`, "--output=json"]);
    return JSON.parse(printed) as LiveObject;
  }

  async exists(kind: string, namespace: string, name: string): Promise<boolean> {
    const { code, output } = await this.try(["get", kind, name, `--namespace=${namespace}`]);
    if (code !== 0) assert.match(output, /NotFound|not found/);
    return code === 0;
  }

  /** Every object of every kind that the cluster can list. Operators bring kinds in the course of a test. */
  async everything(...args: string[]): Promise<LiveObject[]> {
    const kinds = await this.run(["api-resources", "--verbs=list", "--output=name", "--cached=false"]);
    return this.list(kinds.trim().split("\n").join(","), ...args);
  }

  /** Label inventory: everything that says it is of this stack and that no other object owns. */
  async inventory(stack: string): Promise<LiveObject[]> {
    const objects = await this.everything(`--selector=mlops-platform/stack=${stack}`);
    // Endpoints carry a copy of their Service's labels, and go with it.
    return objects.filter(({ kind, metadata }) => !metadata.ownerReferences && !/^Endpoint/.test(kind));
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      KUBECONFIG: this.kubeconfig,
      KUBECACHEDIR: path.join(path.dirname(this.kubeconfig), "kubectl"),
    };
  }
}
