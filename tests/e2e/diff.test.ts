// What a pull request and the nightly workflow say of a running stack, beside what its engine and its cluster say.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { outcomeOf, renderIn } from "../../tools/diff/compare";
import type { Action } from "../../tools/diff/plan";
import type { Result } from "../support/processes";
import { Checkout, closeCheckouts } from "./support/checkout";

const root = path.resolve(__dirname, "../..");
const STACK = "dev";

interface Previewed {
  readonly steps: readonly { readonly op: string; readonly urn: string }[];
}

/** What the engine calls each action. A replacement has steps of its own beside it. */
const ACTIONS: Readonly<Record<string, Action | undefined>> = {
  create: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
};

describe("a stack as it is deployed", function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;

  before(async function () {
    checkout = await Checkout.make(this);
    await checkout.succeed("up", STACK, "AS_IS=1");
  });
  after(closeCheckouts);

  describe("and the difference that a pull request shows", () => {
    async function previewed(): Promise<string[]> {
      const { stdout } = await checkout.succeed("pulumi", STACK, "AS_IS=1", "preview", "--json");
      const { steps } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as Previewed;
      // Components do nothing: a difference does not list them.
      const managed = steps.filter(({ urn }) =>
        /^(kubernetes|random|tls|pulumi:providers):/.test(typeOf(urn)),
      );
      return managed
        .flatMap(({ op, urn }) => (ACTIONS[op] === undefined ? [] : [`${ACTIONS[op]} ${urn}`]))
        .sort();
    }

    /** Changes the stack's file, and compares. Nothing is deployed. */
    async function compare(changes: Readonly<Record<string, unknown>>): Promise<string[]> {
      const folder = checkout.file(".");
      const file = checkout.file(`Pulumi.${STACK}.yaml`);
      const original = fs.readFileSync(file, "utf8");
      const before = await renderIn(folder, [STACK]);
      for (const [key, value] of Object.entries(changes)) checkout.configure(STACK, key, value);
      const after = await renderIn(folder, [STACK]);
      const outcome = outcomeOf(STACK, before[STACK]!, after[STACK]!);
      if (!("diff" in outcome)) assert.fail(outcome.problem);
      const said = outcome.diff.components
        .flatMap(({ steps }) => steps.map(({ action, resource }) => `${action} ${resource.urn}`))
        .sort();
      const seen = await previewed();
      fs.writeFileSync(file, original);
      assert.deepEqual(said, seen);
      return said.map((line) => line.replace(/ .*::/, " "));
    }

    it("is what the engine would do for another image, another setting and a larger volume", async () => {
      const steps = await compare({
        "images.modelRegistry": "registry.example/model-registry:2",
        "mysql.maxConnections": 321,
        "mysql.storage.size": "8Gi",
      });
      assert.ok(steps.includes("update model-registry") && steps.includes("update mysql-data"));
    });

    it("is what the engine would do for a new generation of credentials and one more consumer", async () => {
      const steps = await compare({
        generations: { default: ["2", "1"] },
        consumers: { churn: { namespace: "churn", createNamespace: true, bucket: { name: "churn" } } },
      });
      assert.ok(steps.includes("create minio-churn-1-provision"));
    });

    it("is what the engine would do for another host, and for a system that is taken out", async () => {
      assert.ok((await compare({ "iris.host": "flowers.example.com" })).includes("update iris-api-ingress"));
      assert.ok((await compare({ "iris.enabled": false })).includes("delete iris-api"));
    });

    it("is what the engine would do for another storage class: volumes, servers and all that was set up", async () => {
      const steps = await compare({ storageClass: "another" });
      assert.ok(steps.includes("replace minio-data") && steps.includes("replace mysql"));
    });
  });

  describe("and the nightly look for drift", () => {
    /** The command of the workflow. */
    const look = (): Promise<Result> => {
      const workflow = fs.readFileSync(path.join(root, ".github/workflows/drift.yml"), "utf8");
      const [, args = ""] = /ARGS="([^"]+)"/.exec(workflow) ?? [];
      return checkout.run("pulumi", STACK, "AS_IS=1", ...args.split(" "));
    };

    it("finds nothing on a cluster that nobody touched, and what somebody changed by hand", async () => {
      const quiet = await look();
      assert.equal(quiet.code, 0, quiet.output);
      const deployment = ["deployment/iris-api", "--namespace=mlops"];
      await checkout.cluster.run(["set", "env", ...deployment, "WORKERS=64"]);
      const loud = await look();
      assert.notEqual(loud.code, 0);
      assert.match(loud.output, /WORKERS/);
      // What report-drift tells a difference by.
      assert.match(loud.output, /no changes were expected/);
    });
  });
});

function typeOf(urn: string): string {
  const [, , chain = ""] = urn.split("::");
  return chain.slice(chain.lastIndexOf("$") + 1);
}
