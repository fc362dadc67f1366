// The diagrams of the documentation, drawn by the library that GitHub draws them with.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Browser, Page } from "playwright-core";
import { mermaid } from "../../tools/map/mermaid";
import { browserOrSkip } from "../support/browser";
import { stackNames } from "../support/stacks";
import { toolsOrSkip } from "../support/tools";
import { HOSTILE, renamed, wiring } from "../support/wiring";

interface Drawing {
  nodes: string[];
  places: string[];
  links: number;
}

/** Runs in the page, where `mermaid` is the library. */
const DRAW = `async (text) => {
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
  const { svg } = await mermaid.render("diagram", text);
  document.body.innerHTML = svg;
  const texts = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent.trim());
  return {
    nodes: texts("g.node .nodeLabel"),
    places: texts("g.cluster .nodeLabel"),
    links: document.querySelectorAll("path.flowchart-link").length,
  };
}`;

describe("the diagrams of the documentation", function () {
  let browser: Browser;
  let close = (): Promise<void> => Promise.resolve();
  let page: Page;

  before(async function () {
    browser = await browserOrSkip(this);
    close = () => browser.close();
    const [library] = await toolsOrSkip(this, "mermaid");
    page = await browser.newPage();
    await page.addScriptTag({ path: library });
  });

  after(async () => {
    await close();
  });

  const draw = (text: string): Promise<Drawing> =>
    page.evaluate<Drawing>(`(${DRAW})(${JSON.stringify(text)})`);

  for (const name of stackNames) {
    it(`show every node, namespace and line of the ${name} stack`, async () => {
      const { nodes, places, links } = await wiring(name);
      const drawing = await draw(mermaid(await wiring(name)));
      assert.equal(drawing.links, links.length);
      assert.deepEqual(drawing.places.sort(), places.map(({ title }) => title).sort());
      assert.equal(drawing.nodes.length, nodes.length);
      for (const { title } of nodes)
        assert.ok(
          drawing.nodes.some((text) => text.startsWith(title)),
          `${title} is not among ${drawing.nodes.join(", ")}`,
        );
    });
  }

  for (const ending of HOSTILE) {
    it(`take ${ending} for a name`, async () => {
      const hostile = renamed(await wiring("dev"), ending);
      const drawing = await draw(mermaid(hostile));
      assert.equal(drawing.links, hostile.links.length);
      assert.deepEqual(drawing.places.sort(), hostile.places.map(({ title }) => title).sort());
      assert.equal(await page.evaluate("globalThis.harm"), undefined);
    });
  }

  for (const file of ["README.md", "docs/map.md", "docs/architecture.md"]) {
    it(`of ${file} can be drawn`, async () => {
      const text = fs.readFileSync(path.join(__dirname, "../..", file), "utf8");
      const diagrams = [...text.matchAll(/```mermaid\n([^]*?)```/g)].map(([, diagram]) => diagram ?? "");
      assert.ok(diagrams.length > 0);
      for (const diagram of diagrams) assert.ok((await draw(diagram)).nodes.length > 3);
    });
  }
});
