// How the SQL database's scripts behave as programs: twice the same is once, secrets stay secret, and no
// name or password is ever taken for anything else.
import * as assert from "node:assert/strict";
import { type Identity, MariaDb } from "./support/mariadb";
import { toolsOrSkip } from "../support/tools";

const HOSTILE = [
  `quotes'and"more`,
  "back\\slashes\\",
  `';DROP/**/SCHEMA/**/precious;--`,
  "a'@'%'/*",
  "$(id)`id`$HOME",
  "--leading-dashes",
  "%s%d_percent",
  "日本-é",
  "*?[a-z]",
  "#comment",
];

describe("SQL database, for real: the scripts", function () {
  this.timeout(60_000);
  let database: MariaDb;
  const secrets = new Set(["an-administrators-password"]);
  const secret = (value: string): string => {
    secrets.add(value);
    return value;
  };
  const identity: Identity = {
    user: "mlops-dddddd-consumer-000001",
    password: secret("the-consumers-password"),
  };
  const env = { SCHEMA: "models" };

  before(async function () {
    const [server] = await toolsOrSkip(this, "mariadbd");
    database = await MariaDb.start(server!);
    await database.ask("CREATE DATABASE precious; CREATE DATABASE models CHARACTER SET utf8mb4");
  });

  after(async () => {
    await (database as MariaDb | undefined)?.stop();
  });

  async function works(consumer: Identity, schema = "models"): Promise<boolean> {
    return (await database.query(consumer, "CREATE TABLE t (id INT); DROP TABLE t", schema)).code === 0;
  }

  it("change nothing when they run a second time, and interrupt nobody", async () => {
    await database.scripts.succeed("provision", { env, identity });
    const session = database.session(identity);
    assert.equal(await session.works(), true);
    const once = await database.state();
    await database.scripts.succeed("provision", { env, identity });
    await database.sweep("mlops-dddddd-", identity.user);
    assert.deepEqual(await database.state(), once);
    assert.equal(await session.works(), true);
    await session.close();
  });

  it("keep what is in the schema", async () => {
    await database.ask("CREATE TABLE models.kept (id INT); INSERT INTO models.kept VALUES (42)");
    await database.scripts.succeed("provision", { env, identity });
    assert.deepEqual(await database.ask("SELECT * FROM models.kept"), ["42"]);
  });

  it("apply a changed password, and the old one stops working", async () => {
    const changed = { ...identity, password: secret("another-password") };
    await database.scripts.succeed("provision", { env, identity: changed });
    assert.deepEqual([await works(changed), await works(identity)], [true, false]);
  });

  it("open an identity again that an interrupted sweep had locked", async () => {
    await database.scripts.succeed("provision", { env, identity });
    await database.ask(`ALTER USER '${identity.user}'@'%' ACCOUNT LOCK`);
    assert.equal(await works(identity), false);
    await database.scripts.succeed("provision", { env, identity });
    assert.equal(await works(identity), true);
  });

  const account = `'${identity.user}'@'%'`;
  for (const [right, statement] of Object.entries({
    "a global privilege": `GRANT SELECT ON *.* TO ${account}`,
    "the right to grant": `GRANT USAGE ON *.* TO ${account} WITH GRANT OPTION`,
    "the right to grant its own": `GRANT SELECT ON models.* TO ${account} WITH GRANT OPTION`,
    "more on its schema": `GRANT TRIGGER ON models.* TO ${account}`,
    "another schema": `GRANT SELECT ON precious.* TO ${account}`,
    "a table": `GRANT SELECT ON models.kept TO ${account}`,
    "a column": `GRANT SELECT (id) ON models.kept TO ${account}`,
    "a routine": `CREATE PROCEDURE precious.p() SELECT 1; GRANT EXECUTE ON PROCEDURE precious.p TO ${account}`,
    "a role": `CREATE ROLE powerful; GRANT ALL PRIVILEGES ON *.* TO powerful; GRANT powerful TO ${account}`,
    "the right to be another": `GRANT PROXY ON 'platform-admin'@'%' TO ${account}`,
  })) {
    it(`revoke ${right}, from open sessions too`, async () => {
      await database.scripts.succeed("provision", { env, identity });
      const right = await database.state();
      await database.ask(statement);
      const session = database.session(identity);
      assert.equal(await session.works(), true);
      await database.scripts.succeed("provision", { env, identity });
      const made = /powerful|precious/;
      const ours = (state: string[]): string[] => state.filter((line) => !made.test(line));
      assert.deepEqual(ours(await database.state()), ours(right));
      assert.deepEqual(
        (await database.ask(`SHOW GRANTS FOR ${account}`)).map((grant) => grant.replace(/^GRANT .* ON/, "ON"))
          .length,
        2,
      );
      assert.equal(await session.works(), false);
      assert.equal(await works(identity), true);
    });
  }

  for (const text of HOSTILE) {
    it(`take ${text} for a name and a password like others`, async () => {
      const hostile: Identity = { user: `m-${text}`, password: secret(`${text} ${text}`) };
      const { output } = await database.scripts.succeed("provision", {
        env: { SCHEMA: text },
        identity: hostile,
      });
      assert.ok(!output.includes(hostile.password), output);
      assert.equal(await works(hostile, text), true);
      assert.equal(await works(hostile, "precious"), false);
      assert.ok((await database.users()).includes(hostile.user));
      const before = await database.state();
      await database.scripts.succeed("provision", { env: { SCHEMA: text }, identity: hostile });
      assert.deepEqual(await database.state(), before);
      await database.sweep("m-", "nobody");
      assert.equal(await works(hostile, text), false);
    });
  }

  it("take a password of several lines", async () => {
    const lines = { ...identity, password: secret("first line\nsecond line") };
    await database.scripts.succeed("provision", { env, identity: lines });
    assert.equal(await works(lines), true);
  });

  for (const [problem, run] of Object.entries<{ env: { SCHEMA: string }; identity: Identity }>({
    "a name with whitespace": { env, identity: { ...identity, user: "mlops-a b" } },
    "an empty name": { env, identity: { ...identity, user: "" } },
    "an empty password": { env, identity: { ...identity, password: "" } },
    "no schema": { env: { SCHEMA: "" }, identity },
    "the server's own schema": { env: { SCHEMA: "MySQL" }, identity },
    "the administrator's name": { env, identity: { ...identity, user: "platform-admin" } },
    "the name of a system account": { env, identity: { ...identity, user: "root" } },
    "a name that is too long": { env, identity: { ...identity, user: `mlops-${"x".repeat(200)}` } },
  })) {
    it(`refuse ${problem}`, async () => {
      const before = await database.state();
      const { code, output } = await database.scripts.run("provision", run);
      assert.notEqual(code, 0);
      assert.notEqual(output, "");
      assert.ok(run.identity.password === "" || !output.includes(run.identity.password), output);
      assert.deepEqual(await database.state(), before);
    });
  }

  it("say so when the server is not there, or refuses the administrator", async () => {
    const absent = await database.scripts.run("provision", {
      env: { ...env, DB_PORT: "1", WAIT_SECONDS: "1" },
      identity,
    });
    assert.notEqual(absent.code, 0);
    assert.match(absent.stderr, /the database at 127\.0\.0\.1:1 was not ready within 1 s/);
    const admin = { "client.cnf": "[client]\nuser=platform-admin\npassword=wrong-one\n" };
    const refused = await database.scripts.run("provision", { env, identity, admin });
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /refused the administrator's credentials/);
  });

  it("show no password when the very statement with it fails, which some clients repeat", async () => {
    const long = "long-password-".repeat(50_000);
    await database.ask("SET GLOBAL max_allowed_packet = 1048576");
    const { code, output } = await database.scripts.run("provision", {
      env,
      identity: { ...identity, password: long },
    });
    assert.notEqual(code, 0);
    assert.match(output, /^ERROR \d+/);
    for (const form of forms("long-password-")) assert.ok(!output.includes(form), output.slice(0, 1000));
  });

  it("never pass a secret as an argument or in the environment, in all of the above", () => {
    const recorded = database.scripts.recorded();
    assert.ok(recorded.includes("\nmysql\n--defaults-extra-file="), "nothing of the scripts was recorded");
    for (const each of secrets) {
      for (const form of forms(each))
        assert.ok(!recorded.includes(form), `${each} was an argument or a variable`);
    }
  });

  it("leave no secret in the server's logs, in all of the above", async () => {
    const logged = await database.logged();
    assert.ok(logged.includes("sql_log_off"), "nothing of the scripts was logged");
    // The administrator's own was set by the tests.
    secrets.delete("an-administrators-password");
    for (const each of secrets) {
      for (const form of forms(each)) assert.ok(!logged.includes(form), `${each} was logged`);
    }
  });
});

/** How a password may show: as it is, or in hexadecimal digits. */
function forms(password: string): string[] {
  const hex = Buffer.from(password).toString("hex");
  return [password, hex, hex.toUpperCase()];
}
