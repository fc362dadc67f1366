// A MongoDB server on this machine, set up by the scripts of its component in a real mongosh, with what the tests ask
// it through MongoDB's own driver. The server is a stand-in (tools/live/mongod).
import * as assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { MongoClient, MongoServerError } from "mongodb";
import { text } from "../../../tools/graph/values";
import { eventually, freePort, type Result, scratch, start, stop } from "../../support/processes";
import { run as runProgram } from "../../support/program";
import { at, mongoDb, surroundings } from "../../support/services";
import type { Identity } from "./mariadb";
import { Scripts } from "./scripts";

const root = path.resolve(__dirname, "../../..");
const CONTAINER = ["spec", "template", "spec", "containers", 0] as const;

export const ADMIN: Identity = { user: "platform-admin", password: "an-administrators-password" };

/** What the server says to those whom it lets do nothing. */
const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;
const INTERRUPTED = 11601;

export class MongoDb {
  private readonly clients = new Set<MongoClient>();
  private server: ChildProcess | undefined;

  static async start(mongosh: string): Promise<MongoDb> {
    const database = await MongoDb.prepare(mongosh);
    await database.administrator();
    await database.run();
    return database;
  }

  /** A server that does not run yet, on an empty disk. `mongod` takes the place of the server's program. */
  static async prepare(mongosh: string, mongod = standIn()): Promise<MongoDb> {
    return new MongoDb(mongosh, mongod, scratch("mongodb"), await freePort());
  }

  readonly scripts: Scripts;

  private constructor(
    mongosh: string,
    mongod: string,
    readonly disk: string,
    readonly port: number,
  ) {
    // What mongosh keeps in its home is looked for here.
    this.home = scratch("mongosh");
    this.scripts = new Scripts(
      "document-database",
      { username: ADMIN.user, password: ADMIN.password },
      { DB_HOST: "127.0.0.1", DB_PORT: String(port), TMPDIR: this.home },
      { mongosh, mongod, node: process.execPath, env: "/usr/bin/env" },
    );
  }

  readonly home: string;

  /** Makes the administrator, as the init container does. */
  administrator(env: Record<string, string> = {}): Promise<Result> {
    return this.scripts.run("administrator", {
      env: { DATA_DIR: this.disk, CACHE_GB: "0.25", ADOPTED: "false", ...env },
    });
  }

  /** Starts the server that everybody reaches, with the component's own arguments. */
  async run(): Promise<void> {
    const here = [`--dbpath=${this.disk}`, `--port=${this.port}`, "--bind_ip=127.0.0.1"];
    const deployed = (await deployedArguments()).filter((argument) => argument !== "--bind_ip_all");
    const server = start(standIn(), [...deployed, ...here], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    server.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    this.server = server;
    await eventually("the server waits for connections", () => said.includes("Waiting for connections"));
  }

  /** The server ends without a chance to write anything down, and starts again. */
  async crash(): Promise<void> {
    const server = this.server;
    assert.ok(server, "the server does not run");
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await gone;
    await this.run();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.clients].map((client) => client.close()));
    if (this.server) await stop(this.server);
  }

  /** A client that has one connection, which stays open. Without an identity it does not log in. */
  client(identity?: Identity): MongoClient {
    const login = identity && { auth: { username: identity.user, password: identity.password } };
    const client = new MongoClient(`mongodb://127.0.0.1:${this.port}/`, {
      ...login,
      authSource: "admin",
      directConnection: true,
      maxPoolSize: 1,
    });
    this.clients.add(client);
    return client;
  }

  /** Whether an identity, or somebody who does not log in, may write and read a database. */
  async works(identity: Identity | undefined, database: string): Promise<boolean> {
    const client = this.client(identity);
    try {
      return await canUse(client, database);
    } finally {
      this.clients.delete(client);
      await client.close();
    }
  }

  /** A command of the administrator, on the database of users. */
  async ask(command: Record<string, unknown>): Promise<Record<string, unknown>> {
    const client = this.client(ADMIN);
    try {
      return await client.db("admin").command(command);
    } finally {
      this.clients.delete(client);
      await client.close();
    }
  }

  /** Everything that scripts may change of users, but for their passwords. */
  async users(): Promise<{ user: string; roles: unknown[] }[]> {
    // Of everybody at once the server shows no restrictions.
    return Promise.all((await this.names()).map(async (name) => (await this.usersInfo(name))[0]!));
  }

  async names(): Promise<string[]> {
    return (await this.usersInfo(1)).map(({ user }) => user).sort();
  }

  private async usersInfo(of: string | 1): Promise<{ user: string; roles: unknown[] }[]> {
    const { users } = await this.ask({ usersInfo: of, showAuthenticationRestrictions: of !== 1 });
    return users as { user: string; roles: unknown[] }[];
  }

  /** Gives an identity its database, as a provision Job does. */
  async provision(identity: Identity, database: string): Promise<Identity> {
    await this.scripts.succeed("provision", { env: { DATABASE: database }, identity });
    return identity;
  }

  /** Removes what is not to be kept, as a sweep Job does. */
  sweep(prefix: string, ...keep: string[]): Promise<Result> {
    return this.scripts.sweep(prefix, keep);
  }
}

/** Whether an open connection may still write and read a database. */
export async function canUse(client: MongoClient, database: string): Promise<boolean> {
  try {
    const collection = client.db(database).collection<{ _id: string }>("things");
    const _id = String(process.hrtime.bigint());
    await collection.insertOne({ _id });
    return (await collection.findOne({ _id })) !== null;
  } catch (error) {
    assert.ok(error instanceof MongoServerError, String(error));
    assert.ok([UNAUTHORIZED, AUTHENTICATION_FAILED].includes(Number(error.code)), error.message);
    return false;
  }
}

/** Something that goes on until it is killed: waiting for more documents. Tells whether it was killed. */
export async function longOperation(client: MongoClient, database: string): Promise<() => Promise<boolean>> {
  const db = client.db(database);
  await db.command({ create: "events", capped: true, size: 4096 });
  await db.command({ insert: "events", documents: [{ _id: 1 }] });
  const { cursor } = await db.command({ find: "events", tailable: true, awaitData: true });
  let outcome: unknown;
  const ended = db.command({ getMore: (cursor as { id: unknown }).id, collection: "events" }).then(
    () => (outcome = "an answer"),
    (error: unknown) => (outcome = error),
  );
  return async () => {
    await ended;
    return outcome instanceof MongoServerError && outcome.code === INTERRUPTED;
  };
}

/** What the component starts the server with. */
async function deployedArguments(): Promise<string[]> {
  const graph = await runProgram(() => mongoDb(surroundings()).seal());
  const args = at(graph.one("kubernetes:apps/v1:StatefulSet").inputs, ...CONTAINER, "args");
  return Array.isArray(args) ? args.map(text) : [];
}

let program: string | undefined;

/** The stand-in as a program. */
function standIn(): string {
  if (program === undefined) {
    program = path.join(scratch("mongod"), "mongod");
    const main = path.join(root, "tools/live/mongod/main.ts");
    const lines = [
      "#!/bin/sh",
      `cd '${root}'`,
      `exec '${process.execPath}' --require ts-node/register '${main}' "$@"`,
    ];
    fs.writeFileSync(program, `${lines.join("\n")}\n`, { mode: 0o755 });
  }
  return program;
}
