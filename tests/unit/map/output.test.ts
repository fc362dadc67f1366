// What the map is written as: HTML that is safe with any name, Mermaid and Markdown that say the same each time.
import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { escaped, html, sourceHash } from "../../../tools/map/html";
import { layOut } from "../../../tools/map/layout";
import { cell, code, mapDocument, readmeDiagram, withDiagram } from "../../../tools/map/markdown";
import { mermaid, quoted } from "../../../tools/map/mermaid";
import { mapPage } from "../../../tools/map/page";
import { keysOf, roundedPath } from "../../../tools/map/svg";
import { fitText, textWidth } from "../../../tools/map/text-width";
import { stackNames } from "../../support/stacks";
import { HOSTILE, renamed, wiring } from "../../support/wiring";

/** By another name, so that the formatter leaves what is between the quotes. */
const write = html;

describe("html", () => {
  it("escapes what is put into it, and nothing twice", () => {
    const row = write`<td title="${`"'`}">${"<b> & co"}</td>`;
    assert.equal(row.text, '<td title="&quot;&#39;">&lt;b&gt; &amp; co</td>');
    assert.equal(write`<tr>${row}</tr>`.text, `<tr>${row.text}</tr>`);
  });

  it("puts lists in one after another, and nothing for what is not there", () => {
    const items = ["<", 1].map((item) => write`<li>${item}</li>`);
    assert.equal(write`<ul>${items}${undefined}</ul>`.text, "<ul><li>&lt;</li><li>1</li></ul>");
  });

  for (const text of HOSTILE)
    it(`leaves nothing of ${text} that could end a text or an attribute`, () => {
      assert.doesNotMatch(escaped(text), /[<>"']/);
    });
});

describe("the page", () => {
  it("permits itself its own style and script, by their hashes, and nothing else", async () => {
    const page = await mapPage(await wiring("dev"));
    const policy =
      /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll("&#39;", "'") ?? "";
    const [style = ""] = /(?<=<style>)[^]*?(?=<\/style>)/.exec(page) ?? [];
    const [script = ""] = /(?<=<script>)[^]*?(?=<\/script>)/.exec(page) ?? [];
    assert.ok(style.length > 1000 && script.length > 1000);
    assert.deepEqual(policy.split("; "), [
      "default-src 'none'",
      `style-src ${sourceHash(style)}`,
      `script-src ${sourceHash(script)}`,
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it("has a title and a description in its picture, and headings in its tables", async () => {
    const page = await mapPage(await wiring("prod"));
    assert.match(page, /<title id="map-title">Wiring of the stack prod<\/title>/);
    assert.match(page, /<desc id="map-description">\d+ components/);
    assert.match(page, /aria-labelledby="map-title map-description"/);
    assert.equal(page.match(/<caption>/g)?.length, 3);
    assert.equal(page.match(/scope="col"/g)?.length, 13);
  });

  it("is the same each time", async () => {
    assert.equal(await mapPage(await wiring("dev")), await mapPage(await wiring("dev")));
  });
});

describe("the layout", () => {
  for (const name of stackNames)
    it(`keeps the nodes of the ${name} stack in their places, and apart`, async () => {
      const { nodes, places, links } = await layOut(await wiring(name));
      for (const { node, box } of nodes) {
        const place = places.find(({ place: { id } }) => id === node.place)?.box;
        assert.ok(place);
        assert.ok(box.x >= place.x && box.x + box.width <= place.x + place.width, node.id);
        assert.ok(box.y >= place.y && box.y + box.height <= place.y + place.height, node.id);
      }
      nodes.forEach(({ box, node }, at) => {
        for (const other of nodes.slice(at + 1))
          assert.ok(
            box.x + box.width <= other.box.x ||
              other.box.x + other.box.width <= box.x ||
              box.y + box.height <= other.box.y ||
              other.box.y + other.box.height <= box.y,
            `${node.id} lies on ${other.node.id}`,
          );
      });
      for (const { points, link } of links) assert.ok(points.length >= 2, link.id);
    });

  it("has what comes from outside left of what keeps data", async () => {
    const { nodes } = await layOut(await wiring("prod"));
    const xs = (role: string): number[] =>
      nodes.filter(({ node }) => node.role === role).map(({ box }) => box.x);
    assert.ok(Math.max(...xs("entrance")) < Math.min(...xs("store")));
  });

  it("cuts a text that is too long for its room", () => {
    assert.equal(fitText("short", 200, 13), "short");
    const cut = fitText("a".repeat(200), 200, 13);
    assert.match(cut, /^a+…$/);
    assert.ok(textWidth(cut, 13) <= 200);
  });

  it("rounds the corners of a line and keeps its ends", () => {
    const corner = [
      { x: 0, y: 0 },
      { x: 20, y: 0 },
      { x: 20, y: 20 },
    ];
    assert.equal(roundedPath(corner), "M0 0L13 0Q20 0 20 7L20 20");
  });
});

describe("Mermaid", () => {
  it("has a line for every line of the map, dotted where nobody's data goes", async () => {
    const the = await wiring("prod");
    const lines = mermaid(the)
      .split("\n")
      .filter((line) => /-->|-\.->/.test(line));
    const dotted = the.links.filter(({ purpose }) => purpose === "metrics" || purpose === "control");
    assert.equal(lines.length, the.links.length);
    assert.equal(lines.filter((line) => line.includes("-.->")).length, dotted.length);
    assert.ok(dotted.length > 0);
  });

  it("is compact in the README: one way in, no metrics and no API server", async () => {
    const text = readmeDiagram(await wiring("prod"));
    assert.match(text, /the_outside --> the_iris_api\n/);
    assert.doesNotMatch(text, /-\.->|metrics|API|cluster/);
    const { nodes, links } = await wiring("prod");
    const shown = links.filter(({ purpose }) => !["metrics", "control"].includes(purpose));
    for (const { id, title, role } of nodes)
      if (role !== "entrance" && shown.some(({ from, to }) => from === id || to === id))
        assert.match(text, new RegExp(`"${title}<br/>`), title);
  });

  it("writes by their numbers the characters that mean something to it", () => {
    assert.equal(quoted('a "b" <c> #1 `d` x|y'), "a #34;b#34; #60;c#62; #35;1 #96;d#96; x#124;y");
    assert.equal(quoted("two\nlines"), "two lines");
  });

  it("tells apart what has the same name in two places", async () => {
    const the = await wiring("dev");
    const nodes = the.nodes.map((node) => ({ ...node, title: "same" }));
    const lines = mermaid({ ...the, nodes }).split("\n");
    const ids = lines.map((line) => /^ {4}(the_\w+)[[(]/.exec(line)?.[1]).filter((id) => id !== undefined);
    assert.equal(new Set(ids).size, the.nodes.length);
  });
});

describe("Markdown", () => {
  it("has every Grant, way in and line of both stacks", async () => {
    const wirings = await Promise.all(stackNames.map(wiring));
    const rows = mapDocument(wirings)
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    const expected = wirings.map(({ grants, exposures, links }) => {
      const inside = links.filter(({ purpose }) => purpose !== "entrance");
      return grants.length + exposures.length + inside.length;
    });
    assert.equal(
      rows.length,
      expected.reduce((sum, count) => sum + count),
    );
  });

  it("keeps its tables whole with any name", async () => {
    for (const ending of HOSTILE) {
      const rows = mapDocument([renamed(await wiring("dev"), ending)])
        .split("\n")
        .filter((line) => line.startsWith("|"));
      for (const row of rows) assert.ok([4, 5, 6].includes(row.split(/(?<!\\)\|/).length - 1), row);
      assert.doesNotMatch(
        rows
          .join("\n")
          .replaceAll(/`[^`]*`/g, "")
          .replaceAll(/\\./g, ""),
        /[<`]/,
      );
    }
    assert.equal(code("a|b`c"), "`a\\|b'c`");
    assert.equal(cell("a|b <c> *d*"), "a\\|b \\<c\\> \\*d\\*");
  });

  it("puts the diagram between the marks, and nowhere else", () => {
    const marks = [
      "<!-- The diagram is written by `make docs`, from the stack. -->",
      "<!-- End of the diagram. -->",
    ];
    const readme = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
    const once = withDiagram(readme, "new\n");
    assert.equal(once, `before\n${marks[0]}\n\nnew\n\n${marks[1]}\nafter\n`);
    assert.equal(withDiagram(once, "new\n"), once);
    assert.throws(() => withDiagram("no marks", "new"), /README.md has to have the lines/);
  });
});

describe("make map", function () {
  this.timeout(60_000);
  const root = path.resolve(__dirname, "../../..");
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), "map-"))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const map = (out: string) =>
    execFileSync("make", ["--silent", "map", "STACK=dev", `OUT=${path.join(folder, out)}`], {
      cwd: root,
      encoding: "utf8",
      stdio: "pipe",
    });

  it("writes the page, the same as Mermaid beside it, and says where both are", async () => {
    const said = map("dev.html");
    const the = await wiring("dev");
    const written = (name: string) => readFileSync(path.join(folder, name), "utf8");
    assert.equal(written("dev.html"), await mapPage(the));
    assert.equal(written("dev.md"), mapDocument([the]));
    assert.ok(written("dev.md").includes(mermaid(the)));
    for (const name of ["dev.html", "dev.md"]) assert.ok(said.includes(path.join(folder, name)), said);
  });

  it("takes no name for the page that its Markdown would have", () => {
    assert.throws(() => map("dev.md"), /name the page for the browser \(\.html\)/);
  });
});

describe("keys of the picture", () => {
  it("are of what is in it", async () => {
    const keys = keysOf(await wiring("dev"));
    assert.throws(() => keys.node("nobody"), /nobody is not in the picture/);
    assert.match(keys.node("minio/minio"), /^n\d+$/);
  });
});
