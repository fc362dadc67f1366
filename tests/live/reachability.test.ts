// Who reaches whom, with packets: every running pod tries every port that anybody listens on, of every other pod, of every
// Service and of the node. What gets there is what the wiring map says, which is computed from what the program renders.
import * as assert from "node:assert/strict";
import * as path from "node:path";
import type { PlainObject } from "../../tools/graph/values";
import { renderStack } from "../../tools/render/stack";
import { root } from "../../tools/stack/settings";
import { eventually } from "../support/processes";
import { usePlatform } from "./support/platform";
import { Reachability } from "./support/reachability";
import type { Attempt } from "./support/survey";
import { ELSEWHERE, removeVisitors, visit, type Visitor } from "./support/visitors";

const NONE = { extra: [], missing: [] };

/** Pods that nothing was wired to: of somebody else, and in a namespace that denies by default. */
const visitors: readonly Visitor[] = [
  { namespace: ELSEWHERE, name: "visitor" },
  { namespace: "mlops", name: "bystander" },
];

describe("who reaches whom with real pods", function () {
  this.timeout(10 * 60_000);
  const platform = usePlatform();
  let there: Reachability;

  before(async () => {
    await visit(platform(), visitors);
    const rendered = await renderStack("dev", platform().machine.home.config);
    there = await Reachability.of(platform(), rendered, path.join(root, "tools/toolchain/ensure"));
  });
  after(() => removeVisitors(platform(), visitors));

  it("is what the wiring map says: nobody gets further, and nobody less far", async () => {
    assert.deepEqual(await there.differences(), NONE);
  });

  it("was tried between all of them, and in both ways", () => {
    const pods = there.runners.map(({ name }) => name);
    for (const { namespace, name } of visitors) assert.ok(pods.includes(`${namespace}/${name}`), name);
    const tried = new Set(there.attempts.map(({ from, to }) => `${from.name} ${to.host}`));
    for (const from of there.runners)
      for (const to of there.runners) assert.ok(tried.has(`${from.name} ${to.address}`));
    assert.ok(there.attempts.some(({ permitted }) => permitted));
    assert.ok(there.attempts.some(({ permitted }) => !permitted));
  });

  describe("when somebody changes a policy by hand", () => {
    const toDatabase = ({ to }: Attempt): boolean =>
      to.behind.some(({ peer }) => "pod" in peer && peer.name === "db-ai/mysql-0");
    const back: PlainObject[] = [];

    afterEach(async () => {
      for (const manifest of back.splice(0))
        await platform().kubectl.text(["apply", "--server-side", "--filename=-"], JSON.stringify(manifest));
      await platform().kubectl.text(["delete", ...EVERYBODY, "--ignore-not-found"]);
      await eventually("all is as it was", async () => same(await there.differences(toDatabase), NONE), 60);
    });

    it("names who does not reach what it was wired to any more, on which port", async () => {
      const [policy] = await platform().get("networkpolicies", "mysql-from-mlflow", "--namespace=db-ai");
      assert.ok(policy);
      const { name, namespace, labels, annotations } = policy.metadata as PlainObject;
      const metadata = { name, namespace, labels, annotations } as PlainObject;
      back.push({ apiVersion: policy.apiVersion, kind: policy.kind, metadata, spec: policy.spec ?? {} });
      await platform().kubectl.text(["delete", "networkpolicy", "mysql-from-mlflow", "--namespace=db-ai"]);

      const servers = there.runners.filter(({ pod }) => pod.name === "mlops/deployment/mlflow-server");
      assert.ok(servers.length > 0);
      const wanted = servers.flatMap((server) =>
        ["Service db-ai/mysql", "db-ai/mysql-0"].map(
          (to) => `${server.name} does not reach ${to} on 3306/TCP (silent), and was wired to it`,
        ),
      );
      await eventually("the rules follow", async () => !same(await there.differences(toDatabase), NONE), 60);
      assert.deepEqual(await there.differences(toDatabase), { extra: [], missing: wanted.sort() });
    });

    it("names who reaches what nobody wired, on which port", async () => {
      const spec = { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] };
      const metadata = { name: "everybody", namespace: "db-ai" };
      const manifest = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec };
      await platform().kubectl.text(["create", "--filename=-"], JSON.stringify(manifest));

      await eventually("the rules follow", async () => !same(await there.differences(toDatabase), NONE), 60);
      const { extra, missing } = await there.differences(toDatabase);
      assert.deepEqual(missing, []);
      // Those whose way out nobody restricts.
      const open = there.runners.filter(({ pod }) => !there.isManaged(pod.namespace));
      for (const { name } of open)
        assert.ok(
          extra.includes(`${name} reaches db-ai/mysql-0 on 3306/TCP (connected), and nothing was wired`),
          name,
        );
      for (const sentence of extra)
        assert.ok(
          open.some(({ name }) => sentence.startsWith(`${name} reaches `)),
          sentence,
        );
    });
  });
});

const EVERYBODY = ["networkpolicy", "everybody", "--namespace=db-ai"];

const same = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other);
