// Identities: names that every server takes, whatever the consumer is called; and passwords.
import * as assert from "node:assert/strict";
import { text } from "../../../tools/graph/values";
import { run } from "../../support/program";
import { at, consuming, JOB, SECRET, serviceNames } from "../../support/services";

const PASSWORD = "random:index/randomPassword:RandomPassword";
const STRING = "random:index/randomString:RandomString";

async function userOf(consumer: string): Promise<string> {
  const graph = await run(consuming("mysql", { [consumer]: ["1"] }));
  return text(at(graph.one(SECRET, `mysql-${consumer}-1-identity`).inputs, "stringData", "user"));
}

describe("the name of an identity", () => {
  it("says which stack and which consumer it is of, and ends at random", async () => {
    assert.match(await userOf("iris"), /^mlops-[a-z0-9]{6}-iris-[a-z0-9]{6}$/);
  });

  it("starts with the same prefix for all consumers of a stack", async () => {
    const graph = await run(consuming("mysql", { iris: ["1"], rose: ["2", "1"] }));
    const users = graph
      .all(SECRET)
      .filter(({ name }) => name.endsWith("-identity"))
      .map(({ inputs }) => text(at(inputs, "stringData", "user")).slice(0, 13));
    assert.deepEqual([users.length, new Set(users).size], [3, 1]);
  });

  it("is no longer than the 32 characters of a MySQL user, but tells long names apart", async () => {
    const [one, other] = ["a", "b"].map((ending) => `forecasting-service-${ending}`);
    const users = [await userOf(one!), await userOf(other!)];
    for (const user of users) assert.match(user, /^mlops-[a-z0-9]{6}-forecasting-[a-z0-9]{6}$/);
    assert.ok(users.every((user) => user.length <= 32));
    assert.notEqual(users[0], users[1]);
  });

  for (const consumer of ["x", "abcdefghijk-lmn", "abcdefghij--klm", "a-b-c-d-e-f-g"]) {
    it(`has no dash too many for "${consumer}"`, async () => {
      const user = await userOf(consumer);
      assert.match(user, /^mlops-[a-z0-9]{6}(-[a-z0-9]+)+-[a-z0-9]{6}$/);
      assert.ok(user.length <= 32, user);
    });
  }

  it("depends on random text that no upgrade or typing mistake changes", async () => {
    const graph = await run(consuming("mysql", { iris: ["1"] }));
    assert.deepEqual(
      graph.all(STRING).map(({ name, inputs }) => [name, inputs]),
      [
        ["mysql-iris-1-user", { length: 6, special: false, upper: false }],
        ["stack-id", { length: 6, special: false, upper: false }],
      ],
    );
  });
});

describe("a generated password", () => {
  it("is 32 letters and digits, which no shell, URL or DSN gives a meaning", async () => {
    const graph = await run(consuming("mysql", { iris: ["1"] }));
    const passwords = graph.all(PASSWORD);
    assert.equal(passwords.length, 2);
    for (const { inputs, outputs, secretOutputs } of passwords) {
      assert.deepEqual(inputs, { length: 32, special: false });
      assert.match(text(outputs.result), /^[A-Za-z0-9]{32}$/);
      assert.ok(secretOutputs.includes("result"));
    }
  });
});

describe("what is named after a consumer", () => {
  // The longest names that the configuration allows.
  const consumer = "a".repeat(40);
  const generation = "b".repeat(12);

  for (const service of serviceNames) {
    it(`fits into the 63 characters of a Job's name, for ${service}`, async () => {
      const graph = await run(consuming(service, { [consumer]: [generation] }));
      for (const { outputs } of graph.all(JOB)) assert.ok(text(at(outputs, "metadata", "name")).length <= 63);
    });
  }
});
