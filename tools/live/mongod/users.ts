// The users of a MongoDB server: what createUser, updateUser, dropUser and usersInfo do, and what roles allow.
// All of it is as MongoDB 8.0 documents it, error codes included.
import { type Credential, credentialOf } from "./scram";
import type { Document } from "./wire";

export interface Role {
  readonly role: string;
  readonly db: string;
}

interface User {
  readonly user: string;
  readonly db: string;
  readonly roles: readonly Role[];
  readonly mechanisms: readonly string[];
  readonly authenticationRestrictions: readonly Document[];
  readonly credential: Credential;
}

/** What a server answers in place of doing what it was told. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    readonly codeName: string,
    message: string,
  ) {
    super(message);
  }
}

const MECHANISMS = ["SCRAM-SHA-1", "SCRAM-SHA-256"];
const ROLES = [
  "read",
  "readWrite",
  "dbAdmin",
  "dbOwner",
  "userAdmin",
  "readAnyDatabase",
  "readWriteAnyDatabase",
  "root",
];

/** Commands that the role `read` allows on its database; `readWrite` allows those of WRITE, too. */
const READ = [
  "find",
  "aggregate",
  "count",
  "distinct",
  "getMore",
  "killCursors",
  "listCollections",
  "listIndexes",
];
const WRITE = [
  "insert",
  "update",
  "delete",
  "findAndModify",
  "create",
  "drop",
  "createIndexes",
  "dropIndexes",
];

export class Users {
  constructor(private readonly all = new Map<string, User>()) {}

  static from(text: string): Users {
    return new Users(new Map(JSON.parse(text) as [string, User][]));
  }

  toString(): string {
    return JSON.stringify([...this.all]);
  }

  get(name: string, db: string): User | undefined {
    return this.all.get(key(name, db));
  }

  create(name: string, db: string, command: Document): void {
    if (this.get(name, db) !== undefined) {
      throw new Refusal(51003, "Location51003", `User "${name}@${db}" already exists`);
    }
    if (name === "") throw new Refusal(2, "BadValue", "User document needs 'user' field to be non-empty");
    if (command.pwd === undefined) throw new Refusal(2, "BadValue", "Must provide a 'pwd' field");
    if (command.roles === undefined)
      throw new Refusal(40414, "Location40414", "'createUser.roles' is missing");
    this.set(name, db, { mechanisms: MECHANISMS, authenticationRestrictions: [], ...changes(command, db) });
  }

  update(name: string, db: string, command: Document): void {
    const changed = changes(command, db);
    if (Object.keys(changed).length === 0) {
      throw new Refusal(2, "BadValue", "Must specify at least one field to update in updateUser");
    }
    this.set(name, db, { ...this.existing(name, db), ...changed });
  }

  drop(name: string, db: string): void {
    this.existing(name, db);
    this.all.delete(key(name, db));
  }

  existing(name: string, db: string): User {
    const user = this.get(name, db);
    if (user === undefined)
      throw new Refusal(11, "UserNotFound", `Could not find user "${name}" for db "${db}"`);
    return user;
  }

  /** The answer to usersInfo: everybody of a database for 1, or one user by name. */
  info(which: unknown, db: string, withRestrictions: boolean): Document[] {
    if (withRestrictions && which === 1) {
      const message = "Privilege or restriction details require exact-match usersInfo queries";
      throw new Refusal(20, "IllegalOperation", message);
    }
    const wanted = [...this.all.values()].filter(
      (user) => user.db === db && (which === 1 || which === user.user),
    );
    return wanted.map(({ credential: _credential, authenticationRestrictions, ...shown }) => ({
      _id: `${shown.db}.${shown.user}`,
      ...shown,
      ...(withRestrictions ? { authenticationRestrictions } : {}),
    }));
  }

  /** Whether a user may run a command on a database, by the roles it has now. */
  allows(name: string, command: string, db: string): boolean {
    const roles = this.get(name, "admin")?.roles ?? [];
    return roles.some(
      (role) =>
        (role.role === "root" && role.db === "admin") ||
        (role.db === db && ["read", "readWrite", "dbOwner"].includes(role.role) && READ.includes(command)) ||
        (role.db === db && ["readWrite", "dbOwner"].includes(role.role) && WRITE.includes(command)),
    );
  }

  private set(name: string, db: string, user: Document): void {
    this.all.set(key(name, db), { ...user, user: name, db } as User);
  }
}

const key = (name: string, db: string): string => `${db}.${name}`;

/** The fields of a user that a command sets. */
function changes({ pwd, roles, mechanisms, authenticationRestrictions }: Document, db: string): Document {
  if (pwd === "") throw new Refusal(50687, "Location50687", "Password cannot be empty");
  const unknown = (mechanisms as string[] | undefined)?.find((mechanism) => !MECHANISMS.includes(mechanism));
  if (unknown !== undefined) throw new Refusal(2, "BadValue", `Unknown auth mechanism '${unknown}'`);
  if (mechanisms !== undefined && pwd === undefined) {
    throw new Refusal(2, "BadValue", "mechanisms field must be a subset of previously set mechanisms");
  }
  return {
    ...(pwd === undefined ? {} : { credential: credentialOf(String(pwd)) }),
    ...(roles === undefined ? {} : { roles: (roles as (Role | string)[]).map((role) => roleOf(role, db)) }),
    ...(mechanisms === undefined ? {} : { mechanisms: mechanisms as string[] }),
    ...(authenticationRestrictions === undefined
      ? {}
      : { authenticationRestrictions: authenticationRestrictions as Document[] }),
  };
}

function roleOf(role: Role | string, db: string): Role {
  const { role: name, db: of } = typeof role === "string" ? { role, db } : role;
  if (!ROLES.includes(name)) throw new Refusal(31, "RoleNotFound", `Could not find role: ${name}@${of}`);
  return { role: name, db: of };
}
