// Text that a pull request's code wrote, in a comment: nothing of it gets out of its block.
import * as assert from "node:assert/strict";
import { event, GitHub, needJq, pull, SHA } from "./support";

/** What a comment shows as code, and what Markdown reads: a fence ends at the first line of as many backticks alone. */
function partsOf(body: string): { inside: string; outside: string } {
  const lines = body.split(/\r\n?|\n/);
  const start = lines.findIndex((line) => /^`{3,}diff$/.test(line));
  assert.notEqual(start, -1, `no block begins in ${body.slice(0, 200)}`);
  const marks = lines[start]!.replace("diff", "");
  const end = lines.findIndex((line, at) => {
    const [, found] = /^ {0,3}(`+)[ \t]*$/.exec(line) ?? [];
    return at > start && found !== undefined && found.length >= marks.length;
  });
  assert.notEqual(end, -1, "the block does not end");
  return {
    inside: lines.slice(start + 1, end).join("\n"),
    outside: [...lines.slice(0, start), ...lines.slice(end + 1)].join("\n"),
  };
}

describe("a comment with a pull request's own text", () => {
  before(needJq);

  it("shows what a pull request's code wrote as plain text, whoever sent it", async () => {
    const hostile =
      "dev: 1 added\n````\n# Approved by @owner\n![x](https://example.com/x.png)\n<img src=x>\n";
    for (const owner of ["fork", "owner"]) {
      const github = new GitHub({
        pulls: [pull(12, owner, "change", SHA)],
        artifacts: { "7/diff": { "diff.md": "# Approved", "diff.txt": hostile } },
      });
      await github.succeed("post-diff", event(owner));
      const { inside, outside } = partsOf(github.state.comments[0]!.body);
      assert.equal(inside, hostile.trimEnd());
      assert.match(
        outside,
        /^<!-- mlops-platform: diff -->\n## What this changes\n\n\nOf a{40}, by \[its own code\]/,
      );
    }
  });

  const APPROVED = "\n# Approved by @owner\n";
  const hostile: Readonly<Record<string, readonly [text: Buffer, shown: RegExp]>> = {
    "a colour between backticks": [Buffer.from(`\`\`\u001b[0m\`\`${APPROVED}`), /^````\n# Approved/],
    "another sequence between backticks": [
      Buffer.from(`\`\`\u001b[?25h\`\`${APPROVED}`),
      /^````\n# Approved/,
    ],
    "a control character between backticks": [Buffer.from(`\`\`\u0000\u0008\`\`${APPROVED}`), /^````\n# App/],
    "a carriage return before backticks": [Buffer.from(`a\r\`\`\`\`${APPROVED}`), /^a````\n# Approved/],
    "a byte that is no UTF-8 before the backticks": [
      Buffer.concat([Buffer.from([0xff, 10]), Buffer.from(`\`\`\`\`${APPROVED}`)]),
      /^\n````\n# Approved/,
    ],
    "a byte that is no UTF-8 between backticks": [
      Buffer.concat([Buffer.from("``"), Buffer.from([0xff]), Buffer.from(`\`\`${APPROVED}`)]),
      /^````\n# Approved/,
    ],
    "bytes that are no UTF-8 alone": [Buffer.concat([Buffer.alloc(60_000, 0xff)]), /^$/],
    "half a character at the end": [Buffer.from([0x61, 0xe2, 0x82]), /^a$/],
    "characters that turn the direction of the text": [Buffer.from("a\u202eb\u2066c\u0085d"), /^abcd$/],
    "more backticks than a comment has room for": [
      Buffer.from(`${"`".repeat(60_000)}${APPROVED}`),
      /^`{100}(\n|$)/,
    ],
    "backticks up to the limit, many times": [
      Buffer.from(`${"`".repeat(99)}\n`.repeat(900)),
      /^(`{99}\n)+`+$/,
    ],
  };

  for (const [name, [text, shown]] of Object.entries(hostile))
    for (const locale of ["C", "C.UTF-8"])
      it(`lets nothing out of its block by ${name} (${locale})`, async () => {
        const github = new GitHub({
          pulls: [pull(12, "fork", "change", SHA)],
          artifacts: { "7/diff": { "diff.txt": { base64: text.toString("base64") } } },
        });
        await github.succeed("post-diff", { ...event("fork"), LC_ALL: locale });
        const { body } = github.state.comments[0]!;
        assert.ok(body.length < 65_536);
        const { inside, outside } = partsOf(body);
        assert.match(inside, shown);
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(inside, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffd]/);
        assert.doesNotMatch(outside, /Approved|`/);
      });

  it("cuts what would not fit into a comment, and still ends the block", async () => {
    const github = new GitHub({
      pulls: [pull(12, "fork", "change", SHA)],
      artifacts: { "7/diff": { "diff.txt": "é".repeat(100_000) } },
    });
    await github.succeed("post-diff", event("fork"));
    const { body } = github.state.comments[0]!;
    assert.ok(body.length < 65_536);
    assert.match(partsOf(body).outside, /\n_The rest is left out/);
  });
});
