// The commands of a MongoDB server that this platform's scripts and its tests use: logins, users, the data of
// collections, and operations that take their time and can be killed.
import { Long } from "mongodb";
import type { Link } from "./engine";
import { Credential, credentialOf, Login } from "./scram";
import { Refusal, Users } from "./users";
import type { Document } from "./wire";

/** What the server knows of one connection. */
export interface Connection {
  /** Whoever logged in, in the database `admin`. */
  user?: string;
  login?: Login;
  /** The way to where documents are; without one they are in memory. */
  engine?: Link;
}

interface Operation {
  readonly user: string | undefined;
  readonly command: string;
  readonly kill: () => void;
}

/** The one way of choosing operations that is known here. */
interface EffectiveUsers {
  readonly effectiveUsers: {
    readonly $elemMatch: { readonly user: { readonly $in: string[] }; readonly db: string };
  };
}

/** Needs no login. */
const FOR_ALL = [
  "hello",
  "ismaster",
  "isMaster",
  "ping",
  "buildInfo",
  "connectionStatus",
  "saslStart",
  "saslContinue",
  "endSessions",
];

/** Nobody has this password: a login as nobody fails like any other, by its proof. */
const NOBODY: Credential = credentialOf(String(Math.random()));

export class Commands {
  private readonly collections = new Map<string, Document[]>();
  private readonly operations = new Map<number, Operation>();
  private started = 0;

  constructor(
    private readonly users: Users,
    private readonly options: { auth: boolean; journal: () => void },
  ) {}

  async answer(command: Document, connection: Connection, message: Buffer): Promise<Document | Buffer> {
    try {
      const answered = await this.run(command, connection, message);
      return Buffer.isBuffer(answered) ? answered : { ...answered, ok: 1 };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName };
    }
  }

  private async run(command: Document, connection: Connection, message: Buffer): Promise<Document | Buffer> {
    const name = Object.keys(command)[0] ?? "";
    const db = String(command.$db);
    this.authorize(name, db, connection);
    switch (name) {
      case "hello":
      case "ismaster":
      case "isMaster":
        return this.greeting(command);
      case "ping":
      case "endSessions":
        return {};
      case "buildInfo":
        return { version: "8.0.26", versionArray: [8, 0, 26, 0] };
      case "connectionStatus":
        return {
          authInfo: { authenticatedUsers: connection.user ? [{ user: connection.user, db: "admin" }] : [] },
        };
      case "saslStart":
        return this.loginStarts(command, connection);
      case "saslContinue":
        return this.loginGoesOn(command, connection);
      case "usersInfo":
        return {
          users: this.users.info(command.usersInfo, db, command.showAuthenticationRestrictions === true),
        };
      case "createUser":
        return this.changed(command, () => this.users.create(String(command.createUser), db, command));
      case "updateUser":
        return this.changed(command, () => this.users.update(String(command.updateUser), db, command));
      case "dropUser":
        return this.changed(command, () => this.users.drop(String(command.dropUser), db));
      case "killAllSessions":
        return this.killSessions(command.killAllSessions as { user: string; db: string }[]);
      case "killOp":
        this.operations.get(Number(command.op))?.kill();
        return { info: "attempting to kill op" };
      default:
        if (isAboutOperations(command)) return this.currentOperations(command);
        if (connection.engine !== undefined) {
          return this.operation(name, connection, connection.engine.ask(message), connection.engine);
        }
        return name === "getMore" ? this.operation(name, connection, NEVER) : this.data(name, db, command);
    }
  }

  /** Roles are looked up anew for every command; a user who is gone is nobody. */
  private authorize(command: string, db: string, connection: Connection): void {
    if (!this.options.auth || FOR_ALL.includes(command)) return;
    if (connection.user !== undefined && this.users.get(connection.user, "admin") === undefined) {
      connection.user = undefined;
    }
    if (connection.user === undefined) {
      throw new Refusal(13, "Unauthorized", `Command ${command} requires authentication`);
    }
    if (!this.users.allows(connection.user, command, db)) {
      throw new Refusal(13, "Unauthorized", `not authorized on ${db} to execute command ${command}`);
    }
  }

  private greeting({ saslSupportedMechs }: Document): Document {
    const [, db = "", user = ""] = /^([^.]*)\.(.*)$/s.exec(String(saslSupportedMechs ?? "")) ?? [];
    const found = this.users.get(user, db);
    return {
      helloOk: true,
      ismaster: true,
      isWritablePrimary: true,
      maxBsonObjectSize: 16 * 2 ** 20,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      logicalSessionTimeoutMinutes: 30,
      minWireVersion: 0,
      maxWireVersion: 25,
      ...(found === undefined ? {} : { saslSupportedMechs: found.mechanisms }),
    };
  }

  private loginStarts({ mechanism, payload }: Document, connection: Connection): Document {
    const login = new Login(bytesOf(payload));
    const user = this.users.get(login.user, "admin");
    if (mechanism !== "SCRAM-SHA-256" || user?.mechanisms.includes("SCRAM-SHA-256") === false) {
      throw new Refusal(
        334,
        "MechanismUnavailable",
        `Unable to use ${String(mechanism)} based authentication`,
      );
    }
    connection.login = login;
    return conversation(login.challenge(user?.credential ?? NOBODY), false);
  }

  private loginGoesOn({ payload }: Document, connection: Connection): Document {
    const answer = connection.login?.answer(bytesOf(payload));
    if (answer === undefined) throw new Refusal(18, "AuthenticationFailed", "Authentication failed.");
    connection.user = connection.login?.user;
    return conversation(answer, true);
  }

  /** Without being told to, the server answers before a change is in its journal, which is up to 100 ms later. */
  private changed({ writeConcern }: Document, change: () => void): Document {
    change();
    if ((writeConcern as { j?: boolean } | undefined)?.j === true) this.options.journal();
    return {};
  }

  /** Its argument names users that are there; without any, it would be everybody. */
  private killSessions(of: readonly { user: string; db: string }[]): Document {
    for (const { user, db } of of) this.users.existing(user, db);
    for (const operation of this.operations.values()) {
      if (of.some(({ user }) => user === operation.user)) operation.kill();
    }
    return {};
  }

  /** `$currentOp` with a `$match` of effective users. */
  private currentOperations({ pipeline }: Document): Document {
    const [stage, filter] = pipeline as [{ $currentOp: Document }, { $match: EffectiveUsers }];
    if (stage.$currentOp.allUsers !== true)
      throw new Error("only the operations of all users are known here");
    const { user, db } = filter.$match.effectiveUsers.$elemMatch;
    const found = [...this.operations].filter(
      ([, by]) => by.user !== undefined && user.$in.includes(by.user),
    );
    const firstBatch = found.map(([opid, by]) => ({
      opid,
      active: true,
      command: { [by.command]: 1 },
      effectiveUsers: [{ user: by.user, db }],
    }));
    return { cursor: { id: Long.ZERO, ns: "admin.$cmd.aggregate", firstBatch } };
  }

  /** What takes its time, and is listed and can be killed meanwhile. */
  private operation<T>(command: string, { user }: Connection, work: Promise<T>, link?: Link): Promise<T> {
    const id = ++this.started;
    return new Promise<T>((resolve, reject) => {
      const kill = (): void => {
        link?.cut();
        reject(new Refusal(11601, "Interrupted", "operation was interrupted"));
        this.operations.delete(id);
      };
      this.operations.set(id, { user, command, kill });
      work.then(resolve, reject).finally(() => this.operations.delete(id));
    });
  }

  /** The content of collections. What is looked for is looked for by equality. */
  private data(name: string, db: string, command: Document): Document {
    const collection = `${db}.${String(command[name])}`;
    const documents = this.collections.get(collection) ?? [];
    switch (name) {
      case "create":
        this.collections.set(collection, documents);
        return {};
      case "drop":
        this.collections.delete(collection);
        return {};
      case "insert":
        this.collections.set(collection, [...documents, ...(command.documents as Document[])]);
        return { n: (command.documents as Document[]).length };
      case "find": {
        const filter = Object.entries((command.filter ?? {}) as Document);
        const firstBatch = documents.filter((document) =>
          filter.every(([key, value]) => document[key] === value),
        );
        return {
          cursor: {
            id: command.tailable === true ? Long.fromNumber(1) : Long.ZERO,
            ns: collection,
            firstBatch,
          },
        };
      }
      default:
        throw new Refusal(59, "CommandNotFound", `no such command: '${name}'`);
    }
  }
}

/** A cursor that has no more documents in memory waits for some until somebody kills the operation. */
const NEVER = new Promise<Document>(() => undefined);

function isAboutOperations({ aggregate, pipeline }: Document): boolean {
  return aggregate !== undefined && (pipeline as Document[] | undefined)?.[0]?.$currentOp !== undefined;
}

function conversation(payload: string, done: boolean): Document {
  return { conversationId: 1, done, payload: Buffer.from(payload) };
}

function bytesOf(payload: unknown): string {
  return Buffer.from((payload as { buffer: Uint8Array }).buffer).toString("utf8");
}
