// Makes the administrator on the server's disk, before the server starts: on a new one, on one whose first start was
// interrupted, and on one that is adopted, with whatever accounts it has. For that it runs a server of its own, without
// authentication, which nothing but this script can reach. So the server that everybody reaches never runs without
// an administrator, nor without authentication.
"use strict";

const fs = require("node:fs");
const { spawn } = require("node:child_process");
load(`${__dirname}/connect.js`);

const ADDRESS = "127.0.0.1";
// A crash may have left much to recover.
const PATIENCE_SECONDS = 3600;

/** What the most puzzling of its ends mean. */
const HINTS = {
  SIGILL: "MongoDB 5 and newer need a CPU with AVX (on ARM: ARMv8.2), and this one has none",
  "exit code 62":
    "The data is of a version that is too old or too new for this one, which takes over only data whose " +
    "featureCompatibilityVersion is its own or that of the major version before. Set it with the version that wrote the data",
};

server.main(() => {
  const data = server.setting("DATA_DIR");
  const port = server.setting("DB_PORT");
  const { user, password } = server.administrator();
  if (process.env.ADOPTED === "true" && !fs.readdirSync(data).includes("storage.bson")) {
    server.fail(
      `the adopted volume has no MongoDB data in its root: check storage.existingClaim, or leave it out for a new volume`,
    );
  }

  let ended;
  const options = { dbpath: data, bind_ip: ADDRESS, port, wiredTigerCacheSizeGB: server.setting("CACHE_GB") };
  const mongod = spawn(
    "mongod",
    ["--nounixsocket", ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  mongod.once("error", (error) => (ended = error.message));
  mongod.once("exit", (code, signal) => (ended ??= signal ?? `exit code ${code}`));
  process.once("SIGTERM", () => mongod.kill("SIGTERM"));
  const mustRun = () => {
    const hint = HINTS[ended] === undefined ? "" : `. ${HINTS[ended]}`;
    return ended === undefined || server.fail(`mongod ended before its time: ${ended}${hint}`);
  };

  try {
    const users = server.signInWhenReady(ADDRESS, port, {}, PATIENCE_SECONDS, mustRun);
    server.ensure(users, user, password, [{ role: "root", db: "admin" }]);
  } finally {
    // To its very end: two servers can't have one disk.
    mongod.kill("SIGTERM");
    while (ended === undefined) sleep(100);
  }
  if (ended !== "exit code 0") server.fail(`mongod did not end as it should: ${ended}`);
  print("the administrator is ready");
});
