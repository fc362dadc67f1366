// What a reviewer reads: the words of a difference, in every format, with nothing secret and nothing that breaks out.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Program } from "../../../tools/graph/collect";
import { jsonOf } from "../../../tools/diff/json";
import { code, escape, fence, markdownOf } from "../../../tools/diff/markdown";
import type { Report } from "../../../tools/diff/report";
import { reportOf, type StackReport } from "../../../tools/diff/sections";
import { diffOf } from "../../../tools/diff/stack-diff";
import { textOf } from "../../../tools/diff/text";
import { run } from "../../support/program";
import { claim, deployment, differenceOf, linesOf, metadata, Part } from "./support";

async function reportBetween(before: Program, after: Program): Promise<Report> {
  return { base: "main (1234567)", stacks: [reportOf(await differenceOf(before, after))] };
}

const secret = (value: string) => () => {
  new k8s.core.v1.Secret("keys", { metadata: metadata("keys"), stringData: { key: value } });
};

const section = (title: string, size: number): StackReport["sections"][number] => ({
  title,
  summary: "",
  lines: [{ tone: "plain", text: "x".repeat(size) }],
  folded: true,
});

describe("the words of a difference", () => {
  it("say of a secret only that it changed, in every format", async () => {
    const programs = [secret("swordfish-1"), secret("swordfish-2")] as const;
    const diff = await differenceOf(...programs);
    const report = await reportBetween(...programs);
    const json = jsonOf("main", [{ stack: "test", diff }]);
    for (const text of [textOf(report, false), markdownOf(report), json]) {
      assert.doesNotMatch(text, /swordfish/);
      assert.match(text, /stringData\.key/);
    }
    assert.match(textOf(report, false), /stringData\.key: another secret value/);
  });

  it("say no more of a Secret whose content nobody marked", async () => {
    const [before, after] = await Promise.all(
      ["swordfish-1", "swordfish-2"].map(async (value) => {
        const { graph } = await run(secret(value));
        for (const resource of graph.resources) resource.secretInputs = [];
        return { graph, facts: undefined };
      }),
    );
    const text = linesOf(diffOf("test", before!, after!)).join("\n");
    assert.match(text, /stringData\.key: another secret value/);
    assert.doesNotMatch(text, /swordfish/);
  });

  it("say nothing of what the program marks secret elsewhere, or tells others as a secret", async () => {
    const program = (value: string) => () => {
      new k8s.core.v1.ConfigMap("map", { metadata: metadata("map"), data: { key: pulumi.secret(value) } });
      return { told: pulumi.secret(`told ${value}`) };
    };
    const diff = await differenceOf(program("swordfish-1"), program("swordfish-2"));
    const text = `${linesOf(diff).join("\n")}${jsonOf("main", [{ stack: "test", diff }])}`;
    assert.doesNotMatch(text, /swordfish/);
    assert.match(text, /told: another secret value/);
  });

  it("are those of generated names and values where there are only placeholders", async () => {
    const program = (suffix: string) => () => {
      const map = new k8s.core.v1.ConfigMap(`map-${suffix}`, { metadata: metadata() });
      const { result } = new random.RandomString(`user-${suffix}`, { length: 12 });
      deployment("web", {
        env: [
          { name: "USER", value: result },
          { name: "MAP", value: map.metadata.name },
        ],
      });
    };
    const lines = linesOf(await differenceOf(program("a"), program("b"))).join("\n");
    assert.match(
      lines,
      /\[USER\]\.value: "<result of RandomString user-a>" → "<result of RandomString user-b>"/,
    );
    assert.match(lines, /\[MAP\]\.value: "map-a-…" → "map-b-…"/);
  });

  it("show the lines of a longer text that changed, and no others", async () => {
    const script = (line: string) => () => {
      new k8s.core.v1.ConfigMap("scripts", {
        metadata: metadata("scripts"),
        data: { "run.sh": ["#!/bin/sh", "set -eu", "one", line, "three", "four", "five"].join("\n") },
      });
    };
    const lines = linesOf(await differenceOf(script("two"), script("2")));
    const [head, ...shown] = lines.slice(1).map((line) => line.trim());
    assert.equal(head, '! data["run.sh"]:');
    assert.deepEqual(shown, ["one", "- two", "+ 2", "three", "..."]);
  });

  it("say that pods are made anew, and why something is replaced", async () => {
    const lines = linesOf(
      await differenceOf(
        () => void deployment("web"),
        () => void deployment("web", { image: "image:2" }),
      ),
    );
    assert.deepEqual(lines, [
      "~ Deployment here/web: its pods are made anew",
      '    spec.template.spec.containers[main].image: "image:1" → "image:2"',
    ]);
    const classes = ["slow", "fast"].map(
      (storageClassName) => () => void claim("data", { storageClassName }, { parent: new Part("store") }),
    ) as [Program, Program];
    const replaced = linesOf(await differenceOf(...classes));
    assert.deepEqual(replaced, [
      "PersistentVolumeClaim here/data is replaced: the new volume is empty: what is on the old one is lost",
      "! PersistentVolumeClaim here/data: replaced, the old one first",
      "  the new volume is empty: what is on the old one is lost",
      '  ! spec.storageClassName: "slow" → "fast"',
    ]);
  });

  it("are grouped by the component that the program made", async () => {
    const { stacks } = await reportBetween(
      () => undefined,
      () => {
        const outer = new Part("outer");
        deployment("web", {}, { parent: new Part("inner", { parent: outer }) });
        deployment("alone");
      },
    );
    assert.deepEqual(
      stacks[0]!.sections.map(({ title, summary, lines }) => [title, summary, lines.map(({ text }) => text)]),
      [
        ["outer (Part)", "1 added", ["+ Deployment here/web  (in inner)"]],
        ["stack", "1 added", ["+ Deployment here/alone"]],
      ],
    );
  });

  it("count what is in the state alone", async () => {
    const lines = linesOf(
      await differenceOf(
        () => undefined,
        () =>
          ["a", "b"].forEach((name) => {
            new random.RandomPassword(name, { length: 20 });
          }),
      ),
    );
    assert.deepEqual(lines, ["+ RandomPassword in the state, 2 of them"]);
  });

  it("have no character that turns, hides or colours a line", async () => {
    const named = (name: string) => () => {
      new k8s.core.v1.ConfigMap(name, {
        metadata: { ...metadata(), annotations: { [`a\u202e${name}`]: "x" } },
      });
    };
    const diff = await differenceOf(named("a"), () => {
      new k8s.core.v1.ConfigMap("a", {
        metadata: { ...metadata(), annotations: { "b\u001b[2J\u202e": "x" } },
      });
    });
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(linesOf(diff).join("\n"), /[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
  });
});

describe("a difference as text", () => {
  it("marks what touches data in red on a terminal, and has no colours elsewhere", async () => {
    const report = await reportBetween(
      () => void claim("data"),
      () => undefined,
    );
    const red = "\u001b[1;31m- DATA  PersistentVolumeClaim here/data is removed";
    assert.ok(textOf(report, true).includes(red));
    assert.ok(!textOf(report, false).includes("\u001b"));
  });

  it("says so when nothing changes", async () => {
    const same: Program = () => void deployment("web");
    assert.match(textOf(await reportBetween(same, same), false), /^test: nothing changes$/m);
  });
});

describe("a difference as a comment", () => {
  it("warns of what touches data before anything else, and opens the section that has it", async () => {
    const markdown = markdownOf(
      await reportBetween(
        () => void claim("data"),
        () => undefined,
      ),
    );
    assert.match(
      markdown,
      /> \[!CAUTION\]\n> \*\*This touches data\.\*\*\n>\n> - 🔴 `PersistentVolumeClaim here/,
    );
    assert.match(markdown, /<details open><summary><code>stack/);
    assert.match(markdown, /\n- 🔴 PersistentVolumeClaim here\/data/);
  });

  it("fits into one: what has to go is left out by whole sections, with a note", () => {
    const stacks = ["dev", "prod"].map((stack) => ({
      stack,
      summary: "3 changed",
      dangers: [],
      sections: ["first", "second", "third"].map((title) => section(title, 30_000)),
    }));
    const markdown = markdownOf({ base: "main", stacks });
    assert.ok(Buffer.byteLength(markdown) < 65_536, `${Buffer.byteLength(markdown)} bytes`);
    assert.equal(markdown.match(/<code>first/g)?.length, 2);
    assert.equal(markdown.match(/<details/g)?.length, markdown.match(/<\/details>/g)?.length);
    assert.match(markdown, /_2 sections are left out, since comments have a limit: `make diff STACK=dev`/);
    assert.doesNotMatch(markdownOf({ base: "main", stacks: [] }), /left out/);
  });

  it("fits into one with a thousand dangers, too", () => {
    const dangers = Array.from({ length: 1000 }, (_, at) => `Volume ${at} is removed: ${"x".repeat(300)}`);
    const markdown = markdownOf({
      base: "main",
      stacks: [{ stack: "dev", summary: "", dangers, sections: [] }],
    });
    assert.ok(Buffer.byteLength(markdown) < 65_536);
    assert.match(markdown, /and 980 more/);
  });

  it("can't be left by what stands in it", () => {
    assert.equal(fence("a\n```\n# b"), "````diff\na\n```\n# b\n````");
    assert.equal(code("a`b``c"), "```a`b``c```");
    assert.equal(code("`a\nb`"), "`` `a b` ``");
    assert.doesNotMatch(escape("<img src=x> @somebody [a](b) **c** `d` | #1"), /[<>@[\]()*`|]/);
    const hostile = "</code></summary></details>\n```\n# heading @everyone <script>";
    const report = {
      base: hostile,
      stacks: [{ stack: hostile, summary: hostile, dangers: [hostile], sections: [section(hostile, 1)] }],
    };
    const outside = markdownOf(report)
      .replace(/(`{3,})diff\n[^]*?\n\1/g, "")
      .replace(/(?<!`)(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/g, "");
    assert.doesNotMatch(outside, /<script|^# heading|@everyone/m);
    assert.equal(outside.match(/<\/details>/g)?.length, 1);
  });
});
