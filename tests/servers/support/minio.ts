// A real object store on this machine, with what the tests ask it as its administrator.
import * as path from "node:path";
import type { ChildProcess } from "node:child_process";
import {
  eventually,
  freePort,
  type Result,
  run,
  scratch,
  start,
  stop,
  succeed,
} from "../../support/processes";
import { type Credentials, S3 } from "./s3";
import { Scripts } from "./scripts";
import { bucketPolicy, type BucketAccess } from "../../../components/object-store/policy";

export interface Identity {
  readonly user: string;
  readonly password: string;
}

export class Minio {
  /** The administrator's own client. */
  readonly admin: S3;
  readonly scripts: Scripts;
  private readonly aliases = scratch("mc");
  private readonly signedIn = new Set<string>();

  static async start(minio: string, mc: string): Promise<Minio> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const root: Credentials = { accessKey: "platform-admin", secretKey: "an-administrators-password" };
    const { host } = new URL(url);
    const server = start(
      minio,
      [
        "server",
        "--quiet",
        "--address",
        host,
        "--console-address",
        `127.0.0.1:${await freePort()}`,
        scratch("minio"),
      ],
      {
        stdio: "ignore",
        env: {
          HOME: scratch("minio-home"),
          MINIO_ROOT_USER: root.accessKey,
          MINIO_ROOT_PASSWORD: root.secretKey,
        },
      },
    );
    await eventually("MinIO answers", () =>
      fetch(`${url}/minio/health/cluster`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    return new Minio(server, url, root, mc);
  }

  private constructor(
    private readonly server: ChildProcess,
    readonly url: string,
    readonly root: Credentials,
    private readonly program: string,
  ) {
    this.admin = new S3(url, root);
    this.scripts = new Scripts(
      "object-store",
      { user: root.accessKey, password: root.secretKey },
      { S3_URL: url },
      { mc: program },
    );
  }

  stop(): Promise<void> {
    return stop(this.server);
  }

  as({ user, password }: Identity): S3 {
    return new S3(this.url, { accessKey: user, secretKey: password });
  }

  /** Runs mc as an identity, or as the administrator; the server's alias is `s3`. */
  async mc(args: readonly string[], options: { as?: Identity; input?: string } = {}): Promise<Result> {
    const { user, password } = options.as ?? { user: this.root.accessKey, password: this.root.secretKey };
    const env = { MC_CONFIG_DIR: path.join(this.aliases, user), HOME: this.aliases, PATH: process.env.PATH };
    if (!this.signedIn.has(user)) {
      const input = `${user}\n${password}\n`;
      await succeed(this.program, ["alias", "set", "s3", this.url, "--api", "S3v4"], { env, input });
      this.signedIn.add(user);
    }
    return run(this.program, ["--json", ...args], { env, input: options.input ?? "" });
  }

  /** What mc answers to the administrator, one object a line; lists come in another order every time. */
  async ask(...args: string[]): Promise<Record<string, unknown>[]> {
    const { code, output, stdout } = await this.mc(args);
    if (code !== 0) throw new Error(output);
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .sort()
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async users(): Promise<string[]> {
    return (await this.ask("admin", "user", "list", "s3")).map(({ accessKey }) => String(accessKey)).sort();
  }

  async policies(): Promise<string[]> {
    return (await this.ask("admin", "policy", "list", "s3")).map(({ policy }) => String(policy)).sort();
  }

  /** Every identity with its policies, and every policy. */
  async identities(): Promise<unknown> {
    return { users: await this.ask("admin", "user", "list", "s3"), policies: await this.policies() };
  }

  /** Everything that scripts may change: identities, policies and what they say, buckets and their options. */
  async state(): Promise<unknown> {
    const policies = (await this.policies()).filter((name) => name.startsWith("mlops-"));
    const buckets = await this.admin.buckets();
    return {
      identities: await this.identities(),
      policies: await Promise.all(
        policies.map(async (name) => ordered(await this.ask("admin", "policy", "info", "s3", name))),
      ),
      versioning: await Promise.all(buckets.map((name) => this.ask("version", "info", `s3/${name}`))),
      quotas: await Promise.all(
        buckets.map(async (name) => (await this.mc(["quota", "info", `s3/${name}`])).stdout),
      ),
    };
  }

  /** Gives an identity access, as a provision Job does. */
  async provision(identity: Identity, access: BucketAccess): Promise<S3> {
    await this.scripts.succeed("provision", {
      env: {},
      identity,
      config: { "policy.json": JSON.stringify(bucketPolicy(access)) },
    });
    return this.as(identity);
  }

  /** Removes what is not to be kept, as a sweep Job does. */
  sweep(prefix: string, ...keep: string[]): Promise<Result> {
    return this.scripts.sweep(prefix, keep);
  }
}

/** The server shows the actions of a policy in another order every time, and when it was last written. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(ordered);
    return items.every((item) => typeof item === "string") ? items.sort() : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "UpdateDate");
  return Object.fromEntries(entries.map(([key, item]) => [key, ordered(item)]));
}
