// What consumers of the SQL database can and cannot do, by the real scripts on a real server.
import * as assert from "node:assert/strict";
import { type Identity, MariaDb } from "./support/mariadb";
import { toolsOrSkip } from "../support/tools";

describe("SQL database, for real", function () {
  this.timeout(60_000);
  let database: MariaDb;
  const registry: Identity = { user: "mlops-aaaaaa-registry-000001", password: "registry-password" };
  const other: Identity = { user: "mlops-aaaaaa-other-000001", password: "other-password" };

  before(async function () {
    const [server] = await toolsOrSkip(this, "mariadbd");
    database = await MariaDb.start(server!);
    await database.provision(registry, "model_registry");
    await database.provision(other, "modelxregistry");
    await allowed(other, "CREATE TABLE secrets (id INT); INSERT INTO secrets VALUES (1)", "modelxregistry");
  });

  after(async () => {
    await (database as MariaDb | undefined)?.stop();
  });

  async function allowed(identity: Identity, statements: string, schema?: string): Promise<string> {
    const { code, output, stdout } = await database.query(identity, statements, schema);
    assert.equal(code, 0, output);
    return stdout;
  }

  async function denied(identity: Identity, statements: string, schema?: string): Promise<void> {
    const { code, output } = await database.query(identity, statements, schema);
    assert.notEqual(code, 0, `${statements} was allowed`);
    assert.match(output, /denied/i);
  }

  it("a consumer owns the data and the tables of its schema", async () => {
    const rows = await allowed(
      registry,
      `CREATE TABLE models (id INT PRIMARY KEY, name VARCHAR(100)) ENGINE=InnoDB;
       CREATE TABLE versions (id INT, model INT, FOREIGN KEY (model) REFERENCES models (id));
       ALTER TABLE models ADD COLUMN owner VARCHAR(100);
       CREATE INDEX by_name ON models (name);
       INSERT INTO models VALUES (1, 'iris', 'ann'), (2, '日本', 'bob');
       UPDATE models SET name = 'iris 2' WHERE id = 1;
       DELETE FROM models WHERE id = 2;
       CREATE TEMPORARY TABLE scratch AS SELECT * FROM models;
       LOCK TABLES models WRITE; UNLOCK TABLES;
       SELECT name FROM models;
       DROP TABLE versions; DROP TABLE models;`,
      "model_registry",
    );
    assert.equal(rows, "iris 2\n");
  });

  it("its schema holds any text", async () => {
    assert.deepEqual(
      await database.ask(
        "SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = 'model_registry'",
      ),
      ["utf8mb4"],
    );
  });

  it("a consumer cannot read, write or see another schema, not even one whose name its own would match", async () => {
    await denied(registry, "SELECT * FROM modelxregistry.secrets");
    await denied(registry, "INSERT INTO modelxregistry.secrets VALUES (2)");
    await denied(registry, "DROP TABLE modelxregistry.secrets");
    await denied(registry, "CREATE TABLE modelxregistry.mine (id INT)");
    await denied(registry, "SELECT 1", "modelxregistry");
    assert.deepEqual((await allowed(registry, "SHOW DATABASES")).split("\n"), [
      "information_schema",
      "model_registry",
      "",
    ]);
  });

  for (const [attempt, statement] of Object.entries({
    "create a user": "CREATE USER accomplice IDENTIFIED BY 'password'",
    "rename itself out of reach of the sweep": `RENAME USER '${registry.user}'@'%' TO 'nobody-looks-for-me'@'%'`,
    "give its rights to others": `GRANT SELECT ON model_registry.* TO '${other.user}'@'%'`,
    "get more rights": `GRANT ALL PRIVILEGES ON *.* TO '${registry.user}'@'%'`,
    "create a schema": "CREATE DATABASE mine",
    "read the accounts": "SELECT * FROM mysql.user",
    "read the statements of others": "SELECT * FROM performance_schema.events_statements_history_long",
    "read a file of the server": "LOAD DATA INFILE '/etc/passwd' INTO TABLE model_registry.lines",
    "write a file on the server": "SELECT 1 INTO OUTFILE '/tmp/mine'",
    "configure the server": "SET GLOBAL general_log = 'ON'",
    "leave an event behind":
      "CREATE EVENT model_registry.later ON SCHEDULE EVERY 1 DAY DO DELETE FROM model_registry.t",
    "leave a routine behind": "CREATE PROCEDURE model_registry.later() SELECT 1",
    "leave a view behind": "CREATE VIEW model_registry.later AS SELECT 1",
  })) {
    it(`a consumer cannot ${attempt}`, async () => {
      const before = await database.state();
      const { code, output } = await database.query(registry, statement);
      assert.notEqual(code, 0, `${statement} was allowed`);
      assert.match(output, /denied/i);
      assert.deepEqual(await database.state(), before);
    });
  }

  it("a consumer cannot see or end the sessions of others", async () => {
    const session = database.session(other);
    assert.equal(await session.works(), true);
    const [id] = await database.ask(
      `SELECT id FROM information_schema.processlist WHERE user = '${other.user}'`,
    );
    assert.ok(!(await allowed(registry, "SHOW PROCESSLIST")).includes(other.user));
    const { code, output } = await database.query(registry, `KILL ${id}`);
    assert.notEqual(code, 0);
    assert.match(output, /not owner of thread/i);
    assert.equal(await session.works(), true);
    await session.close();
  });

  it("wildcards in a schema's name are letters like others", async () => {
    const any: Identity = { user: "mlops-aaaaaa-any-000001", password: "any-password" };
    await database.provision(any, "m%");
    await denied(any, "SELECT * FROM modelxregistry.secrets");
    await allowed(any, "CREATE TABLE `m%`.mine (id INT); DROP TABLE `m%`.mine");
  });

  it("a consumer has no more than SHOW GRANTS shows", async () => {
    const grants = await allowed(registry, "SHOW GRANTS");
    const [usage, schema, ...rest] = grants.trim().split("\n");
    assert.match(usage!, /^GRANT USAGE ON \*\.\* TO [^ ]+ IDENTIFIED BY PASSWORD '[^']+'$/);
    assert.equal(
      schema!.replace(/ TO .*/, ""),
      "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE TEMPORARY TABLES, " +
        "LOCK TABLES ON `model\\_registry`.*",
    );
    assert.deepEqual(rest, []);
  });
});
