// Makes one identity that may read and write the documents of the database DATABASE, and has no other right.
// Repeatable: a changed password takes effect, and whatever else the identity had is taken away. Never touches data;
// MongoDB makes a database when something is first written to it.
"use strict";

load(`${__dirname}/connect.js`);

/** The server's own. */
const RESERVED = ["admin", "config", "local"];

/** Whether the user has exactly this role, from wherever it connects. */
function isAsGranted({ roles, authenticationRestrictions = [] }, { role, db }) {
  return (
    roles.length === 1 &&
    roles[0].role === role &&
    roles[0].db === db &&
    authenticationRestrictions.length === 0
  );
}

server.main(() => {
  const database = server.setting("DATABASE");
  if (RESERVED.includes(database.toLowerCase())) server.fail(`DATABASE is "${database}", the server's own`);
  const { user, password } = server.identity();
  const administrator = server.administrator();
  if (/\s/.test(user)) {
    server.fail("the identity's name must not contain whitespace: the sweep separates names by it");
  }
  if (user === administrator.user) server.fail("the identity's name is the administrator's own");

  const users = server.signInWhenReady(
    server.setting("DB_HOST"),
    server.setting("DB_PORT"),
    administrator,
    Number(process.env.WAIT_SECONDS ?? 60),
  );
  const granted = { role: "readWrite", db: database };
  const found = server.find(users, user);
  server.ensure(users, user, password, [granted]);
  // Somebody tampered with it: what it began with other rights is not to go on.
  if (found !== undefined && !isAsGranted(found, granted)) server.endSessions(users, [user]);
  print(`the identity for database ${database} is ready`);
});
