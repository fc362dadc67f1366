// How identities of the tracking server come and go, by the Jobs that are deployed: exactly the rights that were
// granted, whatever happened to them since, and nobody left who was not.
import * as assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { checksum } from "../../components/network";
import { toolsOrSkip } from "../support/tools";
import { type Identity, MariaDb } from "./support/mariadb";
import { type Consumers, Mlflow } from "./support/mlflow";
import { rightsOf, type User, userOf, usersOf } from "./support/mlflow-users";
import { inTime } from "./support/scripts";

const edit = { experiments: ["iris"], models: ["iris"], access: "edit" } as const;
const DEPLOYED: Consumers = {
  iris: { access: edit, generations: ["2", "1"] },
  rose: { access: { experiments: ["rose", "iris"], models: ["rose"], access: "read" } },
};

describe("tracking server, for real: identities", function () {
  this.timeout(240_000);
  let database: MariaDb;
  let mlflow: Mlflow;
  let outputs = "";

  before(async function () {
    const [mariadbd, python] = await toolsOrSkip(this, "mariadbd", "python-ml");
    database = await MariaDb.start(mariadbd!);
    mlflow = await Mlflow.start(python!, { database }, DEPLOYED);
  });

  after(async () => {
    for (const server of [mlflow, database] as ({ stop(): Promise<void> } | undefined)[])
      await server?.stop();
  });

  beforeEach(() => mlflow.deploy(DEPLOYED));

  const users = (): Promise<User[]> => usersOf(mlflow);
  const user = (identity: Identity): Promise<User> => userOf(mlflow, identity);
  const rights = (identity: Identity): Promise<string[]> => rightsOf(mlflow, identity);

  const EDITS = ["experiment iris: EDIT", "registered_model iris: EDIT"];
  const experimentId = async (name: string): Promise<string> => {
    const { experiment } = await mlflow.ask(
      `/api/2.0/mlflow/experiments/get-by-name?experiment_name=${name}`,
    );
    return (experiment as { experiment_id: string }).experiment_id;
  };
  const administer = (method: string, path: string, json: unknown) =>
    mlflow.ask(`/api/${path}`, { method, json });

  describe("a provision Job", () => {
    it("makes an identity with exactly the rights that were granted, and what they are on", async () => {
      const [iris, rose] = [await mlflow.provision("iris", "1"), await mlflow.provision("rose")];
      assert.deepEqual(await rights(iris), EDITS);
      assert.deepEqual(await rights(rose), [
        "experiment iris: READ",
        "experiment rose: READ",
        "registered_model rose: READ",
      ]);
      assert.deepEqual([(await user(iris)).is_admin, await mlflow.knows(iris)], [false, true]);
    });

    it("changes nothing when it runs again", async () => {
      const iris = await mlflow.provision("iris", "1");
      const before = await users();
      await mlflow.provision("iris", "1");
      assert.deepEqual(await users(), before);
      assert.equal(await mlflow.knows(iris), true);
    });

    it("changes a right that was granted otherwise, and takes away what no longer is", async () => {
      const rose = await mlflow.provision("rose");
      await mlflow.deploy({
        ...DEPLOYED,
        rose: { access: { experiments: ["rose"], models: [], access: "edit" } },
      });
      assert.deepEqual(await mlflow.provision("rose"), rose);
      assert.deepEqual(await rights(rose), ["experiment rose: EDIT"]);
    });

    it("gives back what was taken away, and the password that was changed", async () => {
      const iris = await mlflow.provision("iris", "1");
      const revoked = { username: iris.user, resource_type: "registered_model", resource_id: "iris" };
      await administer("POST", "3.0/mlflow/users/permissions/revoke", revoked);
      await mlflow.ask("/api/2.0/mlflow/users/update-password", {
        as: iris,
        method: "PATCH",
        json: { username: iris.user, password: "another-password", current_password: iris.password },
      });
      assert.equal(await mlflow.knows(iris), false);
      await mlflow.provision("iris", "1");
      assert.deepEqual([await rights(iris), await mlflow.knows(iris)], [EDITS, true]);
    });

    it("takes away whatever else the identity was given", async () => {
      const [iris, rose] = [await mlflow.provision("iris", "1"), await mlflow.provision("rose")];
      const username = iris.user;
      const give = (resource_type: string, resource_id: string, permission: string) =>
        administer("POST", "3.0/mlflow/users/permissions/grant", {
          username,
          resource_type,
          resource_id,
          permission,
        });
      await give("experiment", await experimentId("rose"), "MANAGE");
      await give("experiment", "*", "READ");
      await give("prompt", "*", "DENY");
      await administer("PATCH", "2.0/mlflow/users/update-admin", { username, is_admin: true });
      const roles = (await users()).flatMap((user) => user.roles);
      const { role } = await administer("POST", "3.0/mlflow/roles/create", {
        name: `role-${Date.now()}`,
        workspace: "default",
      });
      await administer("POST", "3.0/mlflow/roles/permissions/add", {
        role_id: (role as { id: number }).id,
        resource_type: "workspace",
        resource_pattern: "*",
        permission: "MANAGE",
      });
      // The administrator's own role, and that of another consumer.
      const others = roles.filter(({ name }) => name.startsWith("__user_"));
      const own = (await user(iris)).roles.map(({ name }) => name);
      for (const { id } of [role as { id: number }, ...others.filter(({ name }) => !own.includes(name))])
        await administer("POST", "3.0/mlflow/roles/assign", { username, role_id: id });
      assert.ok((await rights(iris)).length > EDITS.length);

      await mlflow.provision("iris", "1");
      const { is_admin, roles: left } = await user(iris);
      assert.deepEqual([await rights(iris), is_admin, left.length], [EDITS, false, 1]);
      assert.equal((await rights(rose)).length, 3, "what belongs to others stays");
    });

    it("lets the monitoring read the metrics, and nobody else who was allowed to", async () => {
      const [monitoring, iris] = [await mlflow.provision("monitoring"), await mlflow.provision("iris", "1")];
      const [{ id } = { id: 0 }] = (await user(monitoring)).roles;
      await administer("POST", "3.0/mlflow/roles/assign", { username: iris.user, role_id: id });
      assert.equal((await mlflow.call("/metrics", { as: iris })).status, 200);
      await mlflow.provision("iris", "1");
      await mlflow.provision("monitoring");
      const status = async (as: Identity) => (await mlflow.call("/metrics", { as })).status;
      assert.deepEqual([await status(iris), await status(monitoring)], [403, 200]);
      assert.deepEqual(await rights(monitoring), []);
    });

    it("takes an experiment out of the trash, with all that is in it", async () => {
      await mlflow.provision("iris", "1");
      const experiment_id = await experimentId("iris");
      await administer("POST", "2.0/mlflow/experiments/set-experiment-tag", {
        experiment_id,
        key: "kept",
        value: "yes",
      });
      await administer("POST", "2.0/mlflow/experiments/delete", { experiment_id });
      await mlflow.provision("iris", "1");
      const { experiment } = await mlflow.ask(
        `/api/2.0/mlflow/experiments/get?experiment_id=${experiment_id}`,
      );
      const { lifecycle_stage, tags } = experiment as { lifecycle_stage: string; tags: unknown };
      assert.equal(lifecycle_stage, "active");
      assert.deepEqual(tags, [{ key: "kept", value: "yes" }]);
    });

    it("says what is wrong when the server is not there, or refuses the administrator", async () => {
      const job = "mlflow-server-iris-1-provision";
      const gone = await mlflow.runJob(job, { TRACKING_URL: "http://127.0.0.1:1", WAIT_SECONDS: "1" });
      assert.notEqual(gone.code, 0);
      assert.match(
        gone.stderr,
        /^provision\.py: the tracking server at http:\/\/127\.0\.0\.1:1 was not ready within 1 s/m,
      );
      const stranger = await mlflow.runJob(job, {
        ADMIN_DIR: mlflow.folderOf({ user: "platform-admin", password: "wrong" }),
      });
      assert.notEqual(stranger.code, 0);
      assert.match(stranger.stderr, /^provision\.py: the server refused the administrator's credentials$/m);
    });
  });

  describe("a sweep", () => {
    const sweep = async (): Promise<void> => {
      const { output } = await inTime(() => mlflow.sweep());
      outputs += output;
    };
    const names = async (): Promise<string[]> => (await users()).map(({ username }) => username);

    it("leaves two generations to work side by side, then removes the older one", async () => {
      const [older, newer] = [await mlflow.provision("iris", "1"), await mlflow.provision("iris", "2")];
      await sweep();
      assert.deepEqual([await mlflow.knows(older), await mlflow.knows(newer)], [true, true]);
      await mlflow.deploy({ ...DEPLOYED, iris: { access: edit, generations: ["2"] } });
      await sweep();
      assert.deepEqual([await mlflow.knows(older), await mlflow.knows(newer)], [false, true]);
      assert.deepEqual(await rights(newer), EDITS);
    });

    it("removes exactly what no Grant owns: not the administrator, not what is another stack's or made by hand", async () => {
      const rose = await mlflow.provision("rose");
      const prefix = rose.user.split("rose")[0]!;
      const password = "a-long-enough-password";
      const kept = [
        "mlops-cccccc-rose-000001",
        `x-${prefix}x`,
        prefix.slice(0, -1),
        prefix.replaceAll("-", "_"),
      ];
      const strays = [`${prefix}stray-000001`, `${rose.user}x`];
      for (const username of [...kept, ...strays])
        await administer("POST", "2.0/mlflow/users/create", { username, password });
      const before = await users();
      await sweep();
      assert.deepEqual(
        await users(),
        before.filter(({ username }) => !strays.includes(username)),
      );
      assert.ok((await names()).includes(mlflow.administrator.user));
    });

    it("takes the rights with the identity: who gets its name later has none of them", async () => {
      const rose = await mlflow.provision("rose");
      await mlflow.deploy({ iris: DEPLOYED.iris! });
      await sweep();
      assert.ok(!(await names()).includes(rose.user));
      await administer("POST", "2.0/mlflow/users/create", { username: rose.user, password: rose.password });
      assert.deepEqual((await user(rose)).roles, []);
    });

    it("never removes the administrator that it runs as", async () => {
      const env = { IDENTITY_PREFIX: "platform-", KEEP: "", KEEP_CHECKSUM: checksum("") };
      await inTime(() => mlflow.sweep(env));
      assert.ok((await names()).includes(mlflow.administrator.user));
    });

    it("does nothing when the list is another than the one it was made for", async () => {
      await mlflow.provision("iris", "1");
      const before = await users();
      const { code, stdout } = await mlflow.sweep({ KEEP: "" });
      assert.equal(code, 0);
      assert.match(stdout, /a later deployment's: nothing removed/);
      assert.deepEqual(await users(), before);
    });

    it("removes nothing without a prefix", async () => {
      const before = await users();
      const { code, stderr } = await mlflow.sweep({ IDENTITY_PREFIX: "" });
      assert.notEqual(code, 0);
      assert.match(stderr, /IDENTITY_PREFIX must not be empty/);
      assert.deepEqual(await users(), before);
    });

    it("gives up when listing takes so long that its list may be an old one", async () => {
      await mlflow.provision("rose");
      await mlflow.deploy({ iris: DEPLOYED.iris! });
      const before = await users();
      // It takes the call, and never answers.
      const silent = http.createServer(() => undefined).listen(0, "127.0.0.1");
      await once(silent, "listening");
      const { port } = silent.address() as AddressInfo;
      const { code, stderr } = await mlflow.sweep({ TRACKING_URL: `http://127.0.0.1:${port}` });
      silent.closeAllConnections();
      silent.close();
      assert.notEqual(code, 0);
      assert.match(stderr, /could not list the identities/);
      assert.deepEqual(await users(), before);
    });
  });

  describe("the migration Job", () => {
    it("changes nothing when it runs again, and gives the administrator the password of the deployment", async () => {
      const before = await users();
      const { user: username } = mlflow.administrator;
      const changed = { user: username, password: "a-password-from-elsewhere" };
      await administer("PATCH", "2.0/mlflow/users/update-password", {
        username,
        password: changed.password,
        current_password: mlflow.administrator.password,
      });
      assert.equal(await mlflow.knows(mlflow.administrator), false);
      await mlflow.migrate();
      assert.equal(await mlflow.knows(mlflow.administrator), true);
      assert.deepEqual(await users(), before);
    });

    it("leaves nothing in the database that runs as an identity which a rotation removes", async () => {
      assert.deepEqual(await database.ask("SELECT trigger_name FROM information_schema.triggers"), []);
    });
  });

  it("are never printed with their passwords", async () => {
    const iris = await mlflow.provision("iris", "1");
    const { output } = await mlflow.runJob("mlflow-server-iris-1-provision");
    for (const { password } of [iris, mlflow.administrator])
      assert.ok(!(outputs + output).includes(password));
    assert.match(output, new RegExp(`^identity ${iris.user} is ready$`, "m"));
  });
});
