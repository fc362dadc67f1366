// What the scripts of this folder share: talking to the server as its administrator. Names and passwords are values
// of commands, so none is ever taken for anything else; and neither arguments nor variables have any. Loaded.
//
// There is no `await` in these files: mongosh waits for whatever its own functions return, and for functions of scripts
// that call them.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const ADMIN_DIR = process.env.ADMIN_DIR ?? "/credentials/admin";
const IDENTITY_DIR = process.env.IDENTITY_DIR ?? "/credentials/identity";

/** Users are made in this database, whichever one they may use: clients say `authSource=admin`. */
const USERS_DATABASE = "admin";

// Codes of the server's errors.
const USER_NOT_FOUND = 11;
const AUTHENTICATION_FAILED = 18;

/** A change is on the disk before the script goes on: it does not run again after a crash of the server. */
const writeConcern = { w: 1, j: true };

/** A problem that a sentence says all about. */
class Failure extends Error {}

function fail(message) {
  throw new Failure(message);
}

function setting(name) {
  return process.env[name] || fail(`${name} must not be empty`);
}

/** The content of a mounted Secret. */
function credential(directory, file) {
  const found = path.join(directory, file);
  const content = fs.existsSync(found) ? fs.readFileSync(found, "utf8") : "";
  return content || fail(`${found} is missing or empty`);
}

function administrator() {
  return { user: credential(ADMIN_DIR, "username"), password: credential(ADMIN_DIR, "password") };
}

function identity() {
  return { user: credential(IDENTITY_DIR, "user"), password: credential(IDENTITY_DIR, "password") };
}

/** Runs a script to its end. Of an error only the message is shown: it never has a command's values. */
function main(script) {
  try {
    script();
  } catch (error) {
    const code = error.codeName === undefined ? "" : ` (${error.codeName})`;
    process.stderr.write(`${error instanceof Failure ? error.message : `${error.message}${code}`}\n`);
    quit(1);
  }
}

/**
 * The database of users, as the administrator; or as nobody, from a server without authentication. One attempt.
 */
function signIn(host, port, { user, password } = {}) {
  const who = user === undefined ? "" : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  const options =
    "authSource=admin&directConnection=true&serverSelectionTimeoutMS=2000&connectTimeoutMS=5000";
  const database = connect(`mongodb://${who}${host}:${port}/${USERS_DATABASE}?${options}`);
  database.runCommand({ ping: 1 });
  return database;
}

/** The same, as often as it takes until the server is there; `mustHold` throws when that is not to be waited for. */
function signInWhenReady(host, port, who, seconds, mustHold = () => undefined) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      mustHold();
      // Not returned at once: it would fail outside of this block.
      const database = signIn(host, port, who);
      return database;
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (error.code === AUTHENTICATION_FAILED) fail("the server refused the administrator's credentials");
      if (Date.now() >= deadline) {
        fail(`the database at ${host}:${port} was not ready within ${seconds} s: ${error.message}`);
      }
    }
    sleep(1000);
  }
}

/** A user of the database of users, or undefined. */
function find(users, user) {
  const { users: found } = users.runCommand({ usersInfo: user, showAuthenticationRestrictions: true });
  return found[0];
}

/** Makes a user, or makes it as it should be: this password and these roles, nothing else. */
function ensure(users, user, password, roles) {
  const verb = find(users, user) === undefined ? "createUser" : "updateUser";
  users.runCommand({
    [verb]: user,
    pwd: password,
    roles,
    mechanisms: ["SCRAM-SHA-256"],
    authenticationRestrictions: [],
    writeConcern,
  });
}

/** Removes a user, who may be gone already. */
function drop(users, user) {
  try {
    users.runCommand({ dropUser: user, writeConcern });
  } catch (error) {
    if (error.code !== USER_NOT_FOUND) throw error;
  }
}

/**
 * Ends whatever these users are doing: sessions with their cursors and transactions, and operations of clients that
 * have no sessions. They have to exist; that what ended does not begin again is up to their roles.
 */
function endSessions(users, names) {
  const deadline = Date.now() + 30_000;
  users.runCommand({ killAllSessions: names.map((user) => ({ user, db: USERS_DATABASE })) });
  for (;;) {
    const { cursor } = users.runCommand({
      aggregate: 1,
      pipeline: [
        { $currentOp: { allUsers: true } },
        { $match: { effectiveUsers: { $elemMatch: { user: { $in: names }, db: USERS_DATABASE } } } },
      ],
      cursor: {},
    });
    if (cursor.firstBatch.length === 0) return;
    if (Date.now() >= deadline) fail("operations of removed identities did not end within 30 s");
    for (const { opid } of cursor.firstBatch) users.runCommand({ killOp: 1, op: opid });
    sleep(200);
  }
}

globalThis.server = {
  administrator,
  drop,
  endSessions,
  ensure,
  fail,
  find,
  identity,
  main,
  setting,
  signIn,
  signInWhenReady,
};
