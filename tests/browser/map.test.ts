// The map as its readers have it: in a browser without network, wide and narrow, light, dark, on paper and without script.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Browser, Locator } from "playwright-core";
import { describeConnection } from "../../tools/map/describe";
import { mapPage } from "../../tools/map/page";
import { keysOf } from "../../tools/map/svg";
import type { Wiring } from "../../tools/map/wiring";
import { browserOrSkip, measured, type PageOptions, visit, type Visit } from "../support/browser";
import { stackNames } from "../support/stacks";
import { HOSTILE, renamed, wiring } from "../support/wiring";

/** Where pictures of the pages go, for a person to look at: SCREENSHOTS=rendered/screenshots. */
const screenshots = process.env.SCREENSHOTS;

const looks: [string, PageOptions][] = [
  ["wide, in light", { width: 1440 }],
  ["wide, in dark", { width: 1440, scheme: "dark" }],
  ["at half the width", { width: 800 }],
  ["on a phone, in dark", { width: 390, scheme: "dark" }],
  ["on paper", { width: 1500, media: "print" }],
  ["on paper, for who likes it dark", { width: 1500, media: "print", scheme: "dark" }],
];

for (const name of stackNames) {
  describe(`the page of the ${name} stack`, function () {
    let browser: Browser;
    let close = (): Promise<void> => Promise.resolve();
    let the: Wiring;
    let file: string;
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "mlops-platform-map-"));

    before(async function () {
      browser = await browserOrSkip(this);
      close = () => browser.close();
      the = await wiring(name);
      file = path.join(scratch, `${name}.html`);
      fs.writeFileSync(file, await mapPage(the));
    });

    after(async () => {
      await close();
      fs.rmSync(scratch, { recursive: true, force: true });
    });

    /** Opens the page for one test. */
    async function open(options: PageOptions, test: (page: Visit) => Promise<void>): Promise<void> {
      const page = await visit(browser, file, options);
      try {
        await test(page);
      } finally {
        await page.page.context().close();
      }
    }

    const node = ({ page }: Visit, title: string): Locator =>
      page.getByRole("button", { name: new RegExp(`^${title}:`) });

    for (const [look, options] of looks) {
      it(`can be read ${look}`, () =>
        open(options, async (page) => {
          if (screenshots !== undefined) {
            const picture = path.join(screenshots, `${name}-${look.replaceAll(/[^a-z]+/g, "-")}.png`);
            await page.page.screenshot({ path: picture, fullPage: true });
          }
          assert.deepEqual(page.said, []);
          assert.deepEqual(await measured(page, "misplacedTexts()"), []);
          assert.deepEqual(await measured(page, "misplacedLines()"), []);
          const { problems, measured: count } = await measured<{ problems: string[]; measured: number }>(
            page,
            "faint()",
          );
          assert.deepEqual(problems, []);
          assert.ok(count > 200, `only ${count} contrasts were measured`);
          assert.equal(await measured(page, "overflow()"), 0);
        }));
    }

    it("loads nothing but itself", () =>
      open({}, async ({ page, requests }) => {
        await page.waitForLoadState("networkidle");
        assert.deepEqual(requests, [`file://${file}`]);
      }));

    it("scrolls the picture inside its frame where there is no room for it", () =>
      open({ width: 390 }, async (page) => {
        const { scrollWidth, clientWidth } = await measured<{ scrollWidth: number; clientWidth: number }>(
          page,
          "frame()",
        );
        assert.ok(clientWidth <= 390, `the frame is ${clientWidth} wide`);
        assert.ok(scrollWidth > 2 * clientWidth, `the picture is ${scrollWidth} wide in ${clientWidth}`);
      }));

    it("has a row for every connection, and a line for every row that is not folded", () =>
      open({}, async (page) => {
        const rows = await measured<string[]>(page, "rows()");
        assert.deepEqual(rows.toSorted(), the.connections.map(describeConnection).toSorted());
        const lines = await measured<string[]>(page, 'values("path.line[data-link]", "link")');
        const ofRows = await measured<string[]>(page, 'values("tr[data-connection]", "links")');
        assert.deepEqual(
          new Set(lines),
          new Set(ofRows.flatMap((keys) => keys.split(" ")).filter((key) => key !== "")),
        );
        assert.equal(lines.length, the.links.length);
      }));

    it("says everything without script", () =>
      open({ scripts: false }, async ({ page }) => {
        assert.equal(await page.locator("tr[data-connection]:visible").count(), the.connections.length);
        assert.equal(await page.locator("#grants tr[data-grant]:visible").count(), the.grants.length);
        assert.equal(
          await page.locator("#exposures tr[data-exposure]:visible").count(),
          the.exposures.length,
        );
        assert.equal(await page.locator(".node:visible").count(), the.nodes.length);
        assert.equal(await page.locator("#find:visible").count(), 0);
      }));

    /** Keys of what has to do with mlflow-server. */
    function around(): { links: string[]; nodes: string[]; rows: string[] } {
      const keys = keysOf(the);
      const id = "mlops/mlflow-server";
      const links = the.links.filter(({ from, to }) => from === id || to === id);
      assert.ok(links.length > 3);
      return {
        links: links.map((link) => keys.link(link.id)).sort(),
        nodes: [...new Set([id, ...links.flatMap(({ from, to }) => [from, to])])].map(keys.node).sort(),
        rows: the.connections
          .filter(({ fromNode, toNode }) => fromNode === id || toNode === id)
          .map(describeConnection)
          .sort(),
      };
    }

    it("lights up what a component is connected with, under the mouse and for as long", () =>
      open({}, async (page) => {
        await node(page, "mlflow-server").hover();
        assert.deepEqual(await measured(page, 'lit("path.line")'), around().links);
        assert.deepEqual(await measured(page, 'lit(".label")'), around().links);
        assert.deepEqual(await measured(page, 'lit(".node")'), around().nodes);
        await page.page.getByRole("heading", { level: 1 }).hover();
        assert.deepEqual(await measured(page, 'lit(".node")'), []);
      }));

    it("does the same for the keyboard, and shows the rows of what is chosen until Escape", () =>
      open({}, async (page) => {
        for (let presses = 0; presses < 60; presses++) {
          await page.page.keyboard.press("Tab");
          if (await measured<boolean>(page, "hasFocus(/^mlflow-server:/)")) break;
        }
        assert.deepEqual(await measured(page, 'lit("path.line")'), around().links);
        await page.page.keyboard.press("Enter");
        assert.deepEqual((await measured<string[]>(page, "rows()")).sort(), around().rows);
        assert.equal(await node(page, "mlflow-server").getAttribute("aria-pressed"), "true");
        await page.page.keyboard.press("Tab");
        assert.notDeepEqual(await measured(page, 'lit("path.line")'), around().links);
        await page.page.keyboard.press("Escape");
        assert.equal((await measured<string[]>(page, "rows()")).length, the.connections.length);
        assert.equal(await node(page, "mlflow-server").getAttribute("aria-pressed"), "false");
      }));

    it("lights up the line of the row under the mouse", () =>
      open({}, async (page) => {
        const row = page.page
          .locator("tr[data-connection]")
          .filter({ hasText: "iris-train-to-mlflow-server" });
        await row.hover();
        const link = the.links.find(({ from }) => from === "mlops/iris-train");
        assert.ok(link);
        assert.deepEqual(await measured(page, 'lit("path.line")'), [keysOf(the).link(link.id)]);
      }));

    it("finds rows by words", () =>
      open({}, async (page) => {
        await page.page.getByLabel("Only rows with").fill("Migration 3306");
        const rows = await measured<string[]>(page, "rows()");
        assert.equal(rows.length, 1);
        assert.match(
          rows[0] ?? "",
          /^mlops\/job\/mlflow-server-migration-\w+ -> db-ai\/statefulset\/mysql 3306\/TCP$/,
        );
        assert.deepEqual(await measured(page, "groups()"), ["mysql SQL database, db-ai"]);
        assert.deepEqual(await measured(page, 'text("#count")'), [
          `1 of ${the.connections.length} connections`,
        ]);
        await page.page.getByLabel("Only rows with").fill("no such thing");
        assert.deepEqual(await measured(page, "rows()"), []);
        assert.deepEqual(await measured(page, "groups()"), []);
        await page.page.getByLabel("Only rows with").fill("");
        assert.equal((await measured<string[]>(page, "rows()")).length, the.connections.length);
      }));

    it("sorts the rows of each group, either way", () =>
      open({}, async (page) => {
        const heading = page.page.getByRole("columnheader", { name: "Port" }).first();
        for (const [order, sign] of [
          ["ascending", 1],
          ["descending", -1],
        ] as const) {
          await heading.getByRole("button").click();
          assert.equal(await heading.getAttribute("aria-sort"), order);
          const groups = await measured<number[][]>(page, "ports()");
          for (const ports of groups)
            assert.deepEqual(
              ports,
              ports.toSorted((one, other) => sign * (one - other)),
            );
          const firsts = groups.map(([first]) => first ?? 0);
          assert.deepEqual(
            firsts,
            firsts.toSorted((one, other) => sign * (one - other)),
          );
          assert.ok(new Set(groups.flat()).size > 3);
        }
      }));

    it("prints landscape pages, light, with headings on each, and without what needs a screen", () =>
      open({ media: "print", scheme: "dark" }, async (page) => {
        for (const part of ["body", "figure", "table"])
          assert.equal(await measured(page, `ground("${part}")`), "rgb(255, 255, 255)", part);
        assert.equal(await measured(page, 'display("nav")'), "none");
        assert.equal(await measured(page, 'display("#find")'), "none");
        assert.equal(await measured(page, 'display("#connections thead")'), "table-header-group");
        assert.equal(await measured(page, 'display("#connections th button")'), "contents");
        const pdf = (await page.page.pdf({ preferCSSPageSize: true })).toString("latin1");
        const sizes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
        assert.ok(sizes.length > 1);
        for (const [, width, height] of sizes) assert.ok(Number(width) > Number(height));
      }));
  });
}

describe("a page with hostile names", function () {
  let browser: Browser;
  let close = (): Promise<void> => Promise.resolve();
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "mlops-platform-map-"));

  before(async function () {
    browser = await browserOrSkip(this);
    close = () => browser.close();
  });

  after(async () => {
    await close();
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  for (const ending of HOSTILE) {
    it(`takes ${ending} for a name`, async () => {
      const the = await wiring("dev");
      const hostile = path.join(scratch, "hostile.html");
      fs.writeFileSync(hostile, await mapPage(renamed(the, ending)));
      const page = await visit(browser, hostile);
      assert.deepEqual(page.said, []);
      assert.deepEqual(page.requests, [`file://${hostile}`]);
      assert.equal(await page.page.evaluate("globalThis.harm"), undefined);
      assert.equal(await page.page.locator("script").count(), 1);
      const [heading] = await measured<string[]>(page, 'text("h1")');
      assert.equal(heading, `dev ${ending} on ${the.target}`);
      assert.equal((await measured<string[]>(page, "rows()")).length, the.connections.length);
      assert.deepEqual(await measured(page, "misplacedTexts()"), []);
      await page.page.context().close();
    });
  }
});
