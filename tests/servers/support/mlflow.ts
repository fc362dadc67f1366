// A real tracking server on this machine: the containers that the component renders, run on a real SQL server and,
// where files matter, a real object store. Identities are made and removed by the rendered Jobs.
import * as assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ExternalObjectStore } from "../../../components/object-store";
import { ExternalSqlDatabase } from "../../../components/sql-database";
import type { TrackingAccess } from "../../../components/tracking-server";
import { text } from "../../../tools/graph/values";
import { eventually, freePort, type Result, run, scratch, start, stop, write } from "../../support/processes";
import { run as render, type TestGraph } from "../../support/program";
import { at, DEPLOYMENT, JOB, SECRET, surroundings } from "../../support/services";
import { exposeOn, trackingServer } from "../../support/tracking";
import { localProcess, type LocalProcess, type Substitutes } from "./containers";
import type { Identity, MariaDb } from "./mariadb";
import type { Minio } from "./minio";

const NAME = "mlflow-server";
const SERVICE = "mlflow-server-service.team.svc.cluster.local";
const SCHEMA = "mlflow";
const BUCKET = "mlflow";

/** The host that the exposure gives it, and the address of its pod. */
export const PUBLIC_HOST = "mlflow.example.com";
export const POD_IP = "10.244.0.17";

const DATABASE_IDENTITY: Identity = {
  user: "mlops-aaaaaa-mlflow-000001",
  password: "p%ss:word/with@all#of?it",
};
const STORE_IDENTITY: Identity = { user: "mlops-aaaaaa-mlflow-000001", password: "an-artifacts-password" };

export interface Consumers {
  readonly [consumer: string]: { readonly access: TrackingAccess; readonly generations?: readonly string[] };
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Call {
  readonly as?: Identity;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

export class Mlflow {
  readonly port: number;
  private server: ChildProcess | undefined;
  private readonly log: string;
  /** Where the server runs; it must not need to write there. */
  readonly home = scratch("mlflow-home");

  /** Migrates the database and starts the server, as a first deployment does. */
  static async start(
    python: string,
    stores: { database: MariaDb; store?: Minio },
    consumers: Consumers,
  ): Promise<Mlflow> {
    await stores.database.provision(DATABASE_IDENTITY, SCHEMA);
    if (stores.store) {
      await stores.store.scripts.succeed("bucket", { env: { BUCKET, VERSIONING: "suspended", QUOTA: "" } });
      await stores.store.provision(STORE_IDENTITY, { bucket: BUCKET, access: "readWrite" });
    }
    const mlflow = new Mlflow(python, stores, await freePort());
    await mlflow.deploy(consumers);
    await mlflow.migrate();
    await mlflow.serve();
    return mlflow;
  }

  /** What is deployed. */
  graph!: TestGraph;

  private constructor(
    private readonly python: string,
    private readonly stores: { database: MariaDb; store?: Minio },
    port: number,
  ) {
    this.port = port;
    this.log = path.join(scratch("mlflow-log"), "log");
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Renders the program with these consumers; its Jobs are run by `provision` and `sweep`. */
  async deploy(consumers: Consumers): Promise<void> {
    const { database, store } = this.stores;
    this.graph = await render(() => {
      const generations = Object.fromEntries(
        Object.entries(consumers).map(([consumer, { generations = ["1"] }]) => [consumer, generations]),
      );
      const here = surroundings(generations);
      const sql = new ExternalSqlDatabase("mysql", {
        host: "127.0.0.1",
        port: database.port,
        cidrs: ["127.0.0.1/32"],
        credentials: { mlflow: secret(DATABASE_IDENTITY) },
      });
      const { user: accessKeyId, password: secretAccessKey } = secret(STORE_IDENTITY);
      const s3 = new ExternalObjectStore("minio", {
        url: store?.url ?? "http://127.0.0.1:1",
        region: "us-east-1",
        cidrs: ["127.0.0.1/32"],
        credentials: { mlflow: { accessKeyId, secretAccessKey } },
      });
      const { tracking, seal } = trackingServer(here, {
        database: sql.grant("mlflow", { schema: SCHEMA }),
        artifacts: s3.grant("mlflow", { bucket: BUCKET, access: "readWrite" }),
        exposure: exposeOn.minikube({ host: PUBLIC_HOST }),
      });
      for (const [consumer, { access }] of Object.entries(consumers)) {
        const claim = tracking
          .grant(consumer, access)
          .claim({ namespace: here.team, pods: { app: consumer } });
        claim.usedBy(tracking);
      }
      for (const service of [{ seal }, sql, s3]) service.seal();
    });
  }

  /** Runs the migration Job. */
  async migrate(): Promise<void> {
    const result = await this.runJob(`${NAME}-migration`);
    assert.equal(result.code, 0, result.output);
  }

  async serve(): Promise<void> {
    const { command, env } = this.local(DEPLOYMENT, NAME);
    const [program, ...args] = command;
    const log = fs.openSync(this.log, "a");
    this.server = start(
      path.join(path.dirname(this.python), program!),
      args.map((arg) => (arg.startsWith("--port=") ? `--port=${this.port}` : arg)),
      { env: { ...this.path, ...env }, stdio: ["ignore", log, log], cwd: this.home },
    );
    fs.closeSync(log);
    await eventually(
      "the tracking server answers",
      () =>
        fetch(`${this.url}/health`)
          .then(({ ok }) => ok)
          .catch(() => false),
      180,
    );
  }

  async stop(): Promise<void> {
    if (this.server) await stop(this.server);
  }

  logged(): string {
    return fs.readFileSync(this.log, "utf8");
  }

  /** Runs the Jobs that make a consumer's identities. */
  async provision(consumer: string, generation = "1"): Promise<Identity> {
    const result = await this.runJob(`${NAME}-${consumer}-${generation}-provision`);
    assert.equal(result.code, 0, result.output);
    return this.identity(consumer, generation);
  }

  /** Runs the sweep Job of what is deployed. */
  sweep(env: Readonly<Record<string, string>> = {}): Promise<Result> {
    return this.runJob(`${NAME}-sweep`, env);
  }

  /** Runs one of the rendered Jobs; `env` changes its environment. */
  async runJob(name: string, env: Readonly<Record<string, string>> = {}): Promise<Result> {
    const job = this.local(JOB, name);
    const folder = (mount: string): string => job.folders[mount] ?? "/nowhere";
    return run(this.python, job.command.slice(1), {
      env: {
        ...this.path,
        ...job.env,
        ADMIN_DIR: folder("/credentials/admin"),
        IDENTITY_DIR: folder("/credentials/identity"),
        // With one process, the server forgets at once.
        AUTH_CACHE_SECONDS: "0",
        ...env,
      },
    });
  }

  /** A folder with a credential, as a Job finds it. */
  folderOf({ user, password }: Identity): string {
    const folder = scratch("credential");
    write(folder, { user, password });
    return folder;
  }

  /** The identity that a deployment gives one generation of a consumer. */
  identity(consumer: string, generation = "1"): Identity {
    return this.secret(`${NAME}-${consumer}-${generation}-identity`);
  }

  get administrator(): Identity {
    return this.secret(`${NAME}-admin`);
  }

  /** Whether the server knows this name and password. */
  async knows(as: Identity): Promise<boolean> {
    const { status, body } = await this.call("/api/2.0/mlflow/users/current", { as });
    assert.ok([200, 401].includes(status), body);
    return status === 200;
  }

  /** Asks the server itself; `path` starts with a slash. */
  call(pathname: string, { as, method, headers, json }: Call = {}): Promise<Answer> {
    const body = json === undefined ? undefined : JSON.stringify(json);
    return new Promise((resolve, reject) => {
      const request = http.request(
        `${this.url}${pathname}`,
        {
          method: method ?? (body === undefined ? "GET" : "POST"),
          ...(as ? { auth: `${as.user}:${as.password}` } : {}),
          headers: {
            ...(body === undefined
              ? {}
              : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks).toString("utf8"),
            }),
          );
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }

  /** Calls that have to succeed, as the administrator unless told otherwise. */
  async ask(pathname: string, call: Call = {}): Promise<Record<string, unknown>> {
    const { status, body } = await this.call(pathname, { as: this.administrator, ...call });
    assert.equal(status, 200, `${pathname}: ${body}`);
    return JSON.parse(body) as Record<string, unknown>;
  }

  /** Runs MLflow's own client as an identity, with nothing but what a claim gives to a pod. */
  async client(as: Identity, ...args: string[]): Promise<Result> {
    return run(this.python, [path.join(__dirname, "mlflow-client.py"), ...args], {
      env: {
        ...this.path,
        HOME: this.home,
        MLFLOW_TRACKING_URI: this.url,
        MLFLOW_TRACKING_USERNAME: as.user,
        MLFLOW_TRACKING_PASSWORD: as.password,
        MLFLOW_DISABLE_TELEMETRY: "true",
      },
    });
  }

  private secret(name: string): Identity {
    const data = at(this.graph.one(SECRET, name).inputs, "stringData");
    return { user: text(at(data, "user")), password: text(at(data, "password")) };
  }

  private local(type: string, name: string): LocalProcess {
    const substitutes: Substitutes = { "status.podIP": POD_IP, [`http://${SERVICE}:5000`]: this.url };
    const process = localProcess(this.graph, this.graph.one(type, name), substitutes);
    // The names under which it may be called are the subject of tests: they stay as they are.
    const hosts = localProcess(this.graph, this.graph.one(type, name), { "status.podIP": POD_IP }).env;
    const kept = ["MLFLOW_SERVER_ALLOWED_HOSTS", "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"].flatMap((variable) =>
      hosts[variable] === undefined ? [] : [[variable, hosts[variable]]],
    );
    return { ...process, env: { ...process.env, ...(Object.fromEntries(kept) as Record<string, string>) } };
  }

  private get path(): NodeJS.ProcessEnv {
    return { PATH: `${path.dirname(this.python)}:/usr/bin:/bin` };
  }
}

function secret({ user, password }: Identity): {
  user: pulumi.Output<string>;
  password: pulumi.Output<string>;
} {
  return { user: pulumi.secret(user), password: pulumi.secret(password) };
}
