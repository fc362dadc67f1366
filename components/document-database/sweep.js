// Removes every identity whose name starts with IDENTITY_PREFIX and that KEEP (names separated by whitespace) does
// not list, and ends what it is doing. Nothing else is touched, and no data.
//
// A Job left over from an interrupted deployment must never remove an identity that is to live:
// - KEEP is read from its ConfigMap when the container starts. If that is another list than the one that this Job was
//   made for (KEEP_CHECKSUM), a later deployment is under way, whose own sweep does the work: nothing is done.
// - A deployment updates the ConfigMap before it makes any identity. So whatever exists shortly after the start of
//   this script, KEEP knows. Hence listing is the first thing done, in one attempt; only what was listed is ever
//   removed; and if listing took too long to be sure of that "shortly", nothing is. Trying again means a new pod,
//   with a new KEEP: this script never waits for the server and never lists again.
"use strict";

const crypto = require("node:crypto");
load(`${__dirname}/connect.js`);

const FRESH_SECONDS = 5;

function isOwnList(keep) {
  const expected = server.setting("KEEP_CHECKSUM");
  return crypto.createHash("sha256").update(keep).digest("hex").slice(0, expected.length) === expected;
}

function unwanted(users, prefix, keep, administrator) {
  const { users: all } = users.runCommand({ usersInfo: 1 });
  const age = Math.floor(Date.now() / 1000) - Number(server.setting("STARTED"));
  if (age > FRESH_SECONDS) {
    server.fail(
      `listing took ${age} s, and the identities to keep may be others by now: nothing removed, to be run again`,
    );
  }
  return all
    .map(({ user }) => user)
    .filter((user) => user.startsWith(prefix) && !keep.includes(user) && user !== administrator);
}

/**
 * Without roles nobody does anything, on connections that are open either: the server looks them up for each command.
 * Users are dropped last: if this is interrupted, they are still there to be found by the next attempt.
 */
function remove(users, names) {
  const nobodyKnows = crypto.randomBytes(32).toString("hex");
  for (const user of names) server.ensure(users, user, nobodyKnows, []);
  server.endSessions(users, names);
  for (const user of names) {
    server.drop(users, user);
    print(`removed identity ${user}`);
  }
}

server.main(() => {
  const prefix = server.setting("IDENTITY_PREFIX");
  const keep = process.env.KEEP ?? server.fail("KEEP must be set, even if no identity is to be kept");
  if (!isOwnList(keep)) {
    print("the list of identities to keep is a later deployment's: nothing removed");
    return;
  }
  const administrator = server.administrator();
  const users = server.signIn(server.setting("DB_HOST"), server.setting("DB_PORT"), administrator);
  const names = unwanted(users, prefix, keep.split(/\s+/), administrator.user);
  if (names.length > 0) remove(users, names);
});
