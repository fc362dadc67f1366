// Tries what identities may do at MongoDB servers, each on every database that is there or that a Grant names: what
// identities.py does at the other servers, with the same input and output. Started by identities.mongo.sh.
//
// Each identity has something to be tried on, under made-up names: the administrator prepares it, and removes it in the
// end. Nothing else is ever changed. A database that was not there goes with the last of its collections (FerretDB keeps
// it, empty): to drop one that people use is not worth the risk.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
load(`${__dirname}/../../../components/document-database/connect.js`);

const PROBE = "identity_probe";
/** What no Grant of anybody is about. */
const UNSHARED = "identity_probe_unshared";
/** The server's own: they are read at most, and nothing is prepared in them. */
const SYSTEM = ["admin", "config", "local"];

const PATIENCE_SECONDS = 60;

// Codes of the server's errors.
const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;

const isRefusal = ({ code }) => [UNAUTHORIZED, AUTHENTICATION_FAILED].includes(code);

/** That it is allowed is not all: it has to do what it is for. */
function mustBeOne(documents) {
  if (documents !== 1) server.fail(`it was about ${documents} documents in place of one`);
}

/**
 * What users of a database do with its documents, and what only those do who manage it or its users: `validate` takes the
 * same right as to drop the database, and harms nobody.
 */
function attemptsOn(database, name) {
  const run = (command) => database.runCommand(command);
  return {
    list: () => run({ listCollections: 1 }),
    read: () => mustBeOne(run({ find: name }).cursor.firstBatch.length),
    insert: () => mustBeOne(run({ insert: name, documents: [{ _id: "inserted" }] }).n),
    update: () =>
      mustBeOne(run({ update: name, updates: [{ q: { _id: "prepared" }, u: { $set: { n: 1 } } }] }).n),
    delete: () => mustBeOne(run({ delete: name, deletes: [{ q: { _id: "prepared" }, limit: 1 }] }).n),
    create: () => run({ create: `${name}_created` }),
    index: () => run({ createIndexes: name, indexes: [{ key: { n: 1 }, name: "n" }] }),
    manage: () => run({ validate: name }),
    drop: () => run({ drop: name }),
    "create a user": () => createUser(database, name),
  };
}

/** What is nobody's right. The server looks for the right first: what it is about need not be there, and is not. */
function attemptsOnServer(users, name) {
  const database = (of) => users.getSiblingDB(of);
  return [
    ...SYSTEM.map((of) => ["read", of, () => database(of).runCommand({ find: name })]),
    ["see", "the server's users", () => users.runCommand({ usersInfo: 1 })],
    ["create a user", "admin", () => createUser(users, name)],
    ["drop", "any database", () => database(name).runCommand({ dropDatabase: 1 })],
  ];
}

function createUser(database, name) {
  database.runCommand({ createUser: name, pwd: crypto.randomBytes(32).toString("hex"), roles: [] });
}

function prepare(databases, names) {
  for (const database of databases) {
    for (const name of names) database.runCommand({ insert: name, documents: [{ _id: "prepared" }] });
  }
}

/** What was prepared, and what was made in attempts: now, or in a run that was interrupted. */
function remove(users, databases, names) {
  for (const name of names) {
    for (const database of databases) {
      database.runCommand({ drop: name });
      database.runCommand({ drop: `${name}_created` });
      server.drop(database, name);
    }
    server.drop(users, name);
  }
  users.getSiblingDB(UNSHARED).runCommand({ dropDatabase: 1 });
}

/** Reports the action and place of everything that an identity may do. Whatever else goes wrong is no answer. */
function tryAs(who, signIn, places, name, report) {
  let users;
  try {
    users = signIn(who);
  } catch (error) {
    if (isRefusal(error)) return;
    throw error;
  }
  const attempts = places.flatMap((place) =>
    Object.entries(attemptsOn(users.getSiblingDB(place), name)).map(([action, attempt]) => [
      action,
      place,
      attempt,
    ]),
  );
  for (const [action, place, attempt] of [...attempts, ...attemptsOnServer(users, name)]) {
    try {
      attempt();
      report(action, place);
    } catch (error) {
      if (!isRefusal(error)) server.fail(`${who.name}: ${action} ${place}: ${error.message}`);
    }
  }
  users.getMongo().close();
}

function tryAll(service, { address, administrator, unlisted }, identities) {
  const [host, port] = address.split(":");
  const users = server.signInWhenReady(host, port, administrator, PATIENCE_SECONDS);
  const listed = users.runCommand({ listDatabases: 1, nameOnly: true }).databases.map(({ name }) => name);
  const places = [...new Set([...listed, ...unlisted, UNSHARED])].filter((place) => !SYSTEM.includes(place));
  const databases = places.map((place) => users.getSiblingDB(place));
  const names = identities.map((_, index) => `${PROBE}_${index}`);
  remove(users, databases, names);
  try {
    prepare(databases, names);
    identities.forEach((who, index) =>
      tryAs(
        who,
        (identity) => server.signIn(host, port, identity),
        places,
        names[index],
        (action, place) => print(`${who.name} | ${action} | ${service}: ${place}`),
      ),
    );
  } finally {
    remove(users, databases, names);
  }
}

server.main(() => {
  const { servers, identities } = JSON.parse(fs.readFileSync(0, "utf8"));
  for (const [service, about] of Object.entries(servers)) tryAll(service, about, identities);
});
