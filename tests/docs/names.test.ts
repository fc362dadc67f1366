// Lists in the documentation are complete: what the program knows by name, the reader finds by name.
import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { ownCredentials, platformConsumers, platformNamespaces } from "../../stacks/config/names";
import { root } from "./support/pages";

const read = (file: string) => readFileSync(path.join(root, file), "utf8");

/** The names between backticks in the first column of the table that follows a text. */
function listed(file: string, before: string): string[] {
  const text = read(file);
  assert.ok(text.includes(before), `${file} does not say: ${before}`);
  const [table = ""] = /(^\|.*\n)+/m.exec(text.slice(text.indexOf(before))) ?? [];
  return table
    .split("\n")
    .slice(2)
    .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

describe("the documentation lists", () => {
  it("every credential of the platform that can be rotated", () => {
    const found = listed("docs/how-to/rotate-credentials.md", "## The platform's own");
    assert.deepEqual(found.sort(), [...ownCredentials, "default"].sort());
  });

  it("every consumer of an external object store", () => {
    const found = listed("docs/how-to/external-s3.md", "**1. At the service**");
    assert.deepEqual(found.sort(), Object.keys(platformConsumers).sort());
  });

  it("every namespace of the stack that the tutorial deploys", () => {
    const found = listed("docs/tutorial.md", "The namespaces are:");
    const onOpenShift = ["operators", "triton"];
    assert.deepEqual(found.sort(), platformNamespaces.filter((name) => !onOpenShift.includes(name)).sort());
  });
});
