// What an alert tells the person whom it wakes: what is wrong, where, and where that is explained.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Rule, watched, watchedThings } from "../../support/monitoring";

const page = fs.readFileSync(path.resolve(__dirname, "../../../docs/monitoring.md"), "utf8");
const sections = [...page.slice(page.indexOf("## Alerts")).matchAll(/^### (\w+)$/gm)].map(
  ([, name]) => name!,
);

/** Every alert that there is. */
async function alerts(runbooks?: string): Promise<Rule[]> {
  const monitor = runbooks === undefined ? {} : { runbooks };
  const workload = { kind: "Deployment", name: "shop", autoscaler: "shop-hpa", claims: ["models"] } as const;
  const { rules } = watchedThings(await watched({ workload }, monitor));
  return rules.filter(({ alert }) => alert !== undefined);
}

describe("an alert", () => {
  it("is explained in a section of docs/monitoring.md, and no section is of an alert that is gone", async () => {
    const names = (await alerts()).map(({ alert }) => alert!);
    assert.deepEqual([...new Set(names)].sort(), [...sections].sort());
  });

  it("names that section, at the address that the stack gives", async () => {
    for (const { alert, annotations } of await alerts("https://git.example.com/monitoring.md"))
      assert.equal(annotations!.runbook_url, `https://git.example.com/monitoring.md#${alert!.toLowerCase()}`);
    const [first] = await alerts();
    assert.match(first!.annotations!.runbook_url!, /^docs\/monitoring\.md#/);
  });

  it("says whose it is and how bad: in its labels, and in its words", async () => {
    for (const { alert, labels, annotations } of await alerts()) {
      const { severity, namespace, workload } = labels;
      assert.deepEqual({ namespace, workload }, { namespace: "team", workload: "shop" }, alert);
      assert.match(severity!, /^(critical|warning)$/);
      assert.match(annotations!.summary!, /team/, alert);
      assert.match(annotations!.description!, /\.$/, alert);
    }
  });
});
