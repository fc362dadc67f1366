// The check of links, by pages that are wrong in every way that it is to find, beside those that are right.
import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { knownHosts } from "../../../tools/markdown/hosts";
import { LinkCheck, markdownFiles } from "../../../tools/markdown/links";

describe("the check of links", () => {
  let root: string;

  const files: Record<string, string> = {
    "README.md": "# Start\n\n## What it's for\n\n## Twice\n\n## Twice\n",
    "docs/README.md": "# Documentation\n",
    "docs/other.md": '# Other\n\n## `code` and *more*: a [link](x.md)!\n\n<a name="anchored"></a>\n',
    "docs/picture.svg": "<svg/>",
    "src/three-lines.ts": "1\n2\n3",
  };

  before(() => {
    root = mkdtempSync(path.join(tmpdir(), "links-"));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  /** What is found in a page of docs/ with this text. */
  function found(text: string): string[] {
    writeFileSync(path.join(root, "docs/page.md"), text);
    return new LinkCheck(root, ["known.example.com", "github.com"])
      .problems("docs/page.md")
      .map(({ message }) => message);
  }

  const right = {
    "a file beside it": "[a](other.md)",
    "a file above it": "[a](../README.md)",
    "a folder with a README": "[a](../docs)",
    "a folder without one": "[a](../src)",
    "a heading of its own": "# My heading\n\n[a](#my-heading)",
    "a heading with an apostrophe": "[a](../README.md#what-its-for)",
    "the second of two equal headings": "[a](../README.md#twice-1)",
    "a heading with code, emphasis and a link": "[a](other.md#code-and-more-a-link)",
    "an anchor of HTML": "[a](other.md#anchored)",
    "a heading of a folder's README": "[a](../docs#documentation)",
    "a line of a source": "[a](../src/three-lines.ts#L2-L3)",
    "an image": "![a](picture.svg)",
    "an image that is a link": "[![a](picture.svg)](other.md)",
    "a link whose text goes over two lines": "[a\nb](other.md)",
    "a link in a table, beside code with brackets": "| `x[0](no.md)` | [a](other.md) |",
    "a link by reference": "[text][Label]\n\n[label]: other.md",
    "a link by its own text": "[label][] and [label]\n\n[label]: other.md",
    "a known host": "[a](https://known.example.com/path?query#hash)",
    "a bare address of a known host": "See https://known.example.com/path.",
    "an address in angle brackets": "<https://known.example.com/path>",
    "an address of any kind in code": "`http://localhost:8000` and `https://unknown.example.com`",
    "anything in a block of code":
      "```sh\n[a](nowhere.md) http://localhost\n```\n\n~~~\n[a](nowhere.md)\n~~~",
    "anything in a block of a list": "- item\n\n  ```sh\n  [a](nowhere.md)\n  ```\n",
    "anything in a comment": "<!-- [a](nowhere.md) -->",
  };
  for (const [what, text] of Object.entries(right))
    it(`is content with ${what}`, () => assert.deepEqual(found(text), []));

  const wrong: Record<string, [text: string, complaint: RegExp]> = {
    "a file that is not there": ["[a](nowhere.md)", /^nowhere\.md does not exist/],
    "a file in other letters": ["[a](Other.md)", /^Other\.md does not exist/],
    "an image that is not there": ["![a](nowhere.png)", /does not exist/],
    "an image that is none": ["![a](other.md)", /is no image/],
    "a link around an image": ["[![a](picture.svg)](nowhere.md)", /^nowhere\.md/],
    "a heading that is not there": ["[a](other.md#nothing)", /no heading of that name/],
    "a heading of its own that is not there": ["# One\n\n[a](#two)", /^#two has no heading/],
    "a third of two equal headings": ["[a](../README.md#twice-2)", /there is #twice, #twice-1/],
    "an anchor in a block of code": ["```md\n# Shown\n```\n\n[a](#shown)", /^#shown has no heading/],
    "a line beyond the end": ["[a](../src/three-lines.ts#L4)", /beyond the last line, 3/],
    "an anchor of a source that is no line": ["[a](../src/three-lines.ts#top)", /no file of that kind has/],
    "the server's root": ["[a](/docs/other.md)", /relative to this file/],
    "what is outside of the repository": ["[a](../../elsewhere.md)", /leads out of the repository/],
    nothing: ["[a]()", /leads nowhere/],
    "a reference that nothing defines": ["[text][nowhere]", /^\[nowhere\] is defined nowhere/],
    "a definition that nothing uses": ["[label]: other.md", /^\[label\] is defined, and used nowhere/],
    "a definition that leads nowhere": ["[label]\n\n[label]: nowhere.md", /^nowhere\.md does not exist/],
    "a host with a typo": ["[a](https://knwon.example.com)", /does not list: knwon\.example\.com/],
    "a bare address with a typo": ["See https://knwon.example.com.", /does not list: knwon\.example\.com/],
    "an address without encryption": ["[a](http://known.example.com)", /is not https/],
    "an address that is none": ["[a](https://known..example.com:port)", /is no valid address|does not list/],
    "an address with a credential": ["[a](https://me:secret@known.example.com)", /holds a credential/],
    "this very repository": [
      "[a](https://github.com/us/mlops-platform/blob/main/x)",
      /leads to this repository/,
    ],
  };
  for (const [what, [text, complaint]] of Object.entries(wrong))
    it(`finds ${what}`, () => {
      const messages = found(text);
      assert.equal(messages.length, 1, messages.join("\n") || "nothing was found");
      assert.match(messages[0]!, complaint);
    });

  it("says in which line", () => {
    writeFileSync(path.join(root, "docs/page.md"), "# One\n\n```sh\ncode\n```\n\n[a](nowhere.md)\n");
    assert.deepEqual(
      new LinkCheck(root).problems("docs/page.md").map(({ file, line }) => [file, line]),
      [["docs/page.md", 7]],
    );
  });

  it("follows links from page to page, through folders and circles", () => {
    writeFileSync(
      path.join(root, "docs/page.md"),
      "[a](../README.md) [b](other.md#anchored) [c](https://github.com)",
    );
    writeFileSync(path.join(root, "docs/README.md"), "[a](page.md)");
    writeFileSync(path.join(root, "README.md"), "[a](docs)");
    const check = new LinkCheck(root);
    assert.deepEqual(
      [...check.reachable("README.md")].sort(),
      markdownFiles(root).filter((file) => file !== "docs/x.md"),
    );
    assert.deepEqual([...check.reachable("docs/other.md")], ["docs/other.md"]);
  });

  it("knows hosts once each, in order", () => {
    assert.deepEqual([...new Set(knownHosts)].sort(), knownHosts);
  });
});
