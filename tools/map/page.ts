// The page: the picture and its tables in one file that needs nothing else, and may load nothing else.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { APPS } from "./exposures";
import { html, Markup, sourceHash } from "./html";
import { layOut } from "./layout";
import type { Purpose } from "./links";
import { keysOf, MEANING, picture } from "./svg";
import { connectionsTable, exposuresTable, grantsTable } from "./tables";
import type { Wiring } from "./wiring";

const part = (name: string): string => readFileSync(path.join(__dirname, "page", name), "utf8");
const look = ["page.css", "picture.css", "tables.css", "print.css"].map(part).join("\n");
const script = part("page.js");

/** The picture fits the page as long as its text can be read, and is scrolled in its frame when it no longer fits. */
const SMALLEST_SCALE = 0.72;
const LARGEST_SCALE = 1.15;

export async function mapPage(wiring: Wiring): Promise<string> {
  const layout = await layOut(wiring);
  const keys = keysOf(wiring);
  const [least, most] = [SMALLEST_SCALE, LARGEST_SCALE].map((scale) => Math.round(layout.width * scale));
  const style = `${look}\n:root { --least: ${least}px; --most: ${most}px; }\n`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="${policy(style)}" />
        <link rel="icon" href="data:," />
        <title>Wiring of ${wiring.stack} · mlops-platform</title>
        ${inline("style", style)}
      </head>
      <body>
        <header>
          <p class="over">mlops-platform · wiring map</p>
          <h1>${wiring.stack} <small>on ${wiring.target}</small></h1>
          <p class="facts">${facts(wiring)}</p>
          <nav aria-label="On this page">
            <a href="#picture">Picture</a> <a href="#reach">Who may reach what</a>
            <a href="#use">Who may use what</a> <a href="#in">Ways in</a>
          </nav>
        </header>
        <main>
          <section id="picture" aria-label="Picture">
            <figure>
              <div
                class="frame"
                tabindex="0"
                role="region"
                aria-label="Picture of the wiring, which can be scrolled"
              >
                ${picture(wiring, layout, keys)}
              </div>
              <figcaption>
                <ul class="legend">
                  ${legend(wiring)}
                </ul>
                <p>
                  An arrow goes from who connects to who is connected to; it carries the port of the pods.
                  Jobs that set up a service are folded into it: the table has them all. Every pod may besides
                  ask for names.${appsNote(wiring)}
                </p>
              </figcaption>
            </figure>
          </section>
          <section id="reach">
            <h2>Who may reach what</h2>
            <p>
              Computed from the network policies of both ends as a cluster enforces them, not from what the
              program intends.
            </p>
            <form id="find" role="search" hidden>
              <label for="words">Only rows with</label>
              <input
                id="words"
                type="search"
                autocomplete="off"
                spellcheck="false"
                placeholder="mlflow 3306"
              />
              <output id="count" for="words" aria-live="polite"></output>
              <span id="chosen" hidden
                ><span id="chosen-name"></span> <button type="button" id="all">Show everything</button></span
              >
            </form>
            <div class="wide" tabindex="0" role="region" aria-label="Table of connections">
              ${connectionsTable(wiring, keys)}
            </div>
          </section>
          <section id="use">
            <h2>Who may use what</h2>
            <div class="wide" tabindex="0" role="region" aria-label="Table of Grants">
              ${grantsTable(wiring)}
            </div>
          </section>
          <section id="in">
            <h2>Ways in</h2>
            <div class="wide" tabindex="0" role="region" aria-label="Table of addresses">
              ${exposuresTable(wiring)}
            </div>
          </section>
        </main>
        <footer>
          Made by <code>make map STACK=${wiring.stack}</code> from the rendered stack, without a cluster.
        </footer>
        ${inline("script", script)}
      </body>
    </html> `;
  return page.text;
}

/** What the page may load and run: what it holds itself. */
function policy(style: string): string {
  return [
    "default-src 'none'",
    `style-src ${sourceHash(style)}`,
    `script-src ${sourceHash(script)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** To the letter: the page's policy knows it by its hash. */
function inline(element: "style" | "script", source: string): Markup {
  return new Markup(`<${element}>${source}</${element}>`);
}

function facts({ places, nodes, links, connections, grants, exposures }: Wiring): Markup {
  const namespaces = places.filter(({ kind }) => kind === "platform").length;
  const components = nodes.filter(({ component }) => component !== undefined).length;
  const counted: [number, string][] = [
    [namespaces, "namespaces that deny by default"],
    [components, "components"],
    [connections.length, `permitted connections, drawn as ${links.length} lines`],
    [grants.length, "Grants"],
    [exposures.length, "ways in"],
  ];
  return html`${counted.map(([number, what]) => html`<span><b>${number}</b> ${what}</span> `)}`;
}

function legend({ links }: Wiring): Markup[] {
  const purposes = (Object.keys(MEANING) as Purpose[]).filter((purpose) =>
    links.some((link) => link.purpose === purpose),
  );
  return purposes.map(
    (purpose) =>
      html`<li>
        <svg class="map" width="34" height="10" viewBox="0 0 34 10" aria-hidden="true">
          <path class="line ${purpose}" d="M1 5H27" marker-end="url(#arrow-${purpose})" /></svg
        >${MEANING[purpose]}
      </li>`,
  );
}

function appsNote({ exposures }: Wiring): string {
  return exposures.some(({ address }) => address.includes(APPS))
    ? ` ${APPS} stands for the domain that the cluster gives to Routes.`
    : "";
}
