// A real SQL server on this machine, with what the tests ask it as its administrator. It logs every
// statement, so that the tests can look for secrets in what it logs.
import * as assert from "node:assert/strict";
import { spawnSync, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  eventually,
  freePort,
  type Result,
  run,
  scratch,
  start,
  stop,
  succeed,
  write,
} from "../../support/processes";
import { Scripts } from "./scripts";

export interface Identity {
  readonly user: string;
  readonly password: string;
}

const ADMIN: Identity = { user: "platform-admin", password: "an-administrators-password" };

/** Seconds that the server waits for a login to go on. */
const CONNECT_TIMEOUT = 3;

export class MariaDb {
  readonly scripts: Scripts;
  private readonly clients = scratch("clients");
  private connections = 0;

  static async start(server: string): Promise<MariaDb> {
    const folder = scratch("mariadb");
    const port = await freePort();
    const user = unprivileged(folder);
    const socket = path.join(folder, "socket");
    await succeed(path.join("/usr/bin", "mariadb-install-db"), [
      "--no-defaults",
      ...user,
      `--datadir=${folder}/data`,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      "--skip-name-resolve",
    ]);
    const process = start(
      server,
      [
        "--no-defaults",
        ...user,
        `--datadir=${folder}/data`,
        `--socket=${socket}`,
        `--pid-file=${folder}/pid`,
        "--bind-address=127.0.0.1",
        `--port=${port}`,
        "--skip-name-resolve",
        `--connect-timeout=${CONNECT_TIMEOUT}`,
        "--performance-schema=ON",
        "--performance-schema-consumer-events-statements-history-long=ON",
        "--performance-schema-instrument=statement/%=ON",
        `--general-log-file=${folder}/general.log`,
        "--general-log",
        `--slow-query-log-file=${folder}/slow.log`,
        "--slow-query-log",
        "--long-query-time=0",
      ],
      { stdio: "ignore", cwd: folder },
    );
    const root = ["--no-defaults", `--socket=${socket}`, "--user=root"];
    await eventually(
      "MariaDB answers",
      async () => (await run("mariadb", root, { input: "DO 0" })).code === 0,
    );
    const admin = `'${ADMIN.user}'@'%'`;
    await succeed("mariadb", root, {
      input: `CREATE USER ${admin} IDENTIFIED BY '${ADMIN.password}';
              GRANT ALL PRIVILEGES ON *.* TO ${admin} WITH GRANT OPTION;`,
    });
    return new MariaDb(process, folder, port);
  }

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    readonly port: number,
  ) {
    this.scripts = new Scripts(
      "sql-database",
      { "client.cnf": optionFile(ADMIN) },
      { DB_HOST: "127.0.0.1", DB_PORT: String(port) },
      { mysql: "/usr/bin/mariadb", sed: "/usr/bin/sed" },
    );
  }

  stop(): Promise<void> {
    return stop(this.process);
  }

  /** One connection that runs these statements as an identity. */
  query(identity: Identity, statements: string, database?: string): Promise<Result> {
    return run("mariadb", this.arguments(identity, database), { input: statements });
  }

  /** Rows of an answer to the administrator; columns are separated by tabs. */
  async ask(statements: string): Promise<string[]> {
    const { code, output, stdout } = await this.query(ADMIN, statements);
    assert.equal(code, 0, output);
    return stdout.split("\n").filter((line) => line !== "");
  }

  /** A connection that stays open. */
  session(identity: Identity): Session {
    return new Session(
      start("mariadb", [...this.arguments(identity), "--skip-reconnect"], { stdio: "pipe" }),
    );
  }

  users(): Promise<string[]> {
    return this.ask("SELECT user FROM mysql.user WHERE host <> '' AND user <> '' ORDER BY user");
  }

  /** Everything that scripts may change: accounts, passwords, privileges, roles, schemas, tables. */
  async state(): Promise<string[]> {
    const tables = ["db", "tables_priv", "columns_priv", "procs_priv", "proxies_priv", "roles_mapping"];
    return this.ask(`
      SELECT user, host, JSON_REMOVE(priv, '$.password_last_changed') FROM mysql.global_priv ORDER BY user, host;
      ${tables.map((table) => `SELECT '${table}', t.* FROM mysql.${table} t ORDER BY 2, 3, 4;`).join("\n")}
      SELECT * FROM information_schema.schemata ORDER BY schema_name;
      SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2;`);
  }

  /** All that the server wrote into its logs, and all statements that it still knows of. */
  async logged(): Promise<string> {
    const known = await this.ask("SELECT * FROM performance_schema.events_statements_history_long");
    const digests = await this.ask("SELECT * FROM performance_schema.events_statements_summary_by_digest");
    const files = ["general.log", "slow.log"].map((file) =>
      fs.readFileSync(path.join(this.folder, file), "latin1"),
    );
    return [...files, ...known, ...digests].join("\n");
  }

  /** Gives an identity its schema, as a provision Job does. */
  async provision(identity: Identity, schema: string): Promise<Identity> {
    await this.scripts.succeed("provision", { env: { SCHEMA: schema }, identity });
    return identity;
  }

  /** Removes what is not to be kept, as a sweep Job does. */
  sweep(prefix: string, ...keep: string[]): Promise<Result> {
    return this.scripts.sweep(prefix, keep);
  }

  private arguments(identity: Identity, database?: string): string[] {
    const file = `${++this.connections}.cnf`;
    write(this.clients, { [file]: optionFile(identity) });
    return [
      `--defaults-file=${path.join(this.clients, file)}`,
      "--host=127.0.0.1",
      `--port=${this.port}`,
      "--protocol=TCP",
      "--default-character-set=utf8mb4",
      "--batch",
      "--raw",
      "--skip-column-names",
      "--unbuffered",
      ...(database === undefined ? [] : [`--database=${database}`]),
    ];
  }
}

/** An open connection: what it is asked, and whether it still answers. */
export class Session {
  private answers = "";
  private asked = 0;

  constructor(private readonly client: ChildProcess) {
    client.stdout?.on("data", (chunk: Buffer) => (this.answers += chunk.toString()));
    client.stdin?.on("error", () => undefined);
  }

  /** Whether the server answers; waits for the answer, or for the end of the connection. */
  async works(): Promise<boolean> {
    const mark = `answer ${++this.asked}`;
    this.client.stdin?.write(`SELECT '${mark}';\n`);
    await eventually("the session answers or ends", () => this.answers.includes(mark) || this.ended);
    return this.answers.includes(mark);
  }

  close(): Promise<void> {
    return stop(this.client);
  }

  private get ended(): boolean {
    return this.client.exitCode !== null || this.client.signalCode !== null;
  }
}

/** Values are quoted: a backslash and a quotation mark would mean something. */
function optionFile({ user, password }: Identity): string {
  const quoted = (value: string): string => `"${value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"`;
  return `[client]\nuser=${quoted(user)}\npassword=${quoted(password)}\n`;
}

/** The server refuses to run as root: it gets the folder, and a user who has nothing else. */
function unprivileged(folder: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const id = (flag: string): number => Number(spawnSync("id", [flag, "nobody"], { encoding: "utf8" }).stdout);
  fs.chownSync(folder, id("-u"), id("-g"));
  return ["--user=nobody"];
}
