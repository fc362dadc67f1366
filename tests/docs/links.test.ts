// Every link of every Markdown file leads somewhere, and every page is found from the first one.
import * as assert from "node:assert/strict";
import { knownHosts } from "../../tools/markdown/hosts";
import { LinkCheck } from "../../tools/markdown/links";
import { allFiles, page, root } from "./support/pages";

describe("the documentation's links", () => {
  const check = new LinkCheck(root);

  for (const file of allFiles)
    it(`lead somewhere in ${file}`, () => {
      const found = check.problems(file).map(({ line, message }) => `${file}:${line}: ${message}`);
      assert.deepEqual(found, []);
    });

  it("lead from README.md to every page of the project, its examples and its tools", () => {
    const found = check.reachable("README.md");
    const lost = allFiles.filter(
      (file) => /^docs\/|^[^/]+\.md$|^(examples|tools)\/[^/]+\/README\.md$/.test(file) && !found.has(file),
    );
    assert.deepEqual(lost, []);
  });

  it("lead to every host that is known: the list is no longer than it has to be", () => {
    const hosts = allFiles
      .flatMap((file) => page(file).links)
      .flatMap(({ target }) => (target.startsWith("https:") ? [new URL(target).hostname] : []));
    assert.deepEqual([...new Set(hosts)].sort(), knownHosts);
  });

  it("lead from docs/README.md to every page of docs/", () => {
    const found = check.reachable("docs/README.md");
    assert.deepEqual(
      allFiles.filter((file) => file.startsWith("docs/") && !found.has(file)),
      [],
    );
  });
});
