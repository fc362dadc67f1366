// The tables beneath the picture: who may reach what and why, who was granted what, and where one gets in.
import { html, type Markup } from "./html";
import { describeConnection } from "./describe";
import type { Keys } from "./svg";
import type { MapNode } from "./nodes";
import type { MapConnection, Wiring } from "./wiring";

export function connectionsTable(wiring: Wiring, keys: Keys): Markup {
  const groups = [...new Set(wiring.connections.map(({ toNode }) => toNode))].sort();
  return html`<table id="connections">
    <caption>
      Who may open a connection to whom. Whatever is not listed is denied, both ways.
    </caption>
    <thead>
      <tr>
        <th scope="col" data-sort="from">From</th>
        <th scope="col" data-sort="to">To</th>
        <th scope="col" data-sort="port" class="number">Port</th>
        <th scope="col" data-sort="why">Because of</th>
      </tr>
    </thead>
    ${groups.map((group) => {
      const rows = wiring.connections.filter(({ toNode }) => toNode === group);
      return html`<tbody>
        <tr class="group">
          <th scope="rowgroup" colspan="4">${groupTitle(nodeOf(wiring, group), wiring)}</th>
        </tr>
        ${rows.map((row) => connectionRow(row, wiring, keys))}
      </tbody>`;
    })}
  </table>`;
}

function groupTitle(node: MapNode | undefined, { places }: Wiring): Markup {
  const place = places.find(({ id }) => id === node?.place)?.title;
  return html`${node?.title} <small>${node?.kind}, ${place}</small>`;
}

function connectionRow(connection: MapConnection, wiring: Wiring, keys: Keys): Markup {
  const { from, to, port, reasons, links } = connection;
  const shown = wiring.links.filter(({ id }) => links.includes(id));
  // An end that is folded into what stands for it lights up with it.
  const nodes = shown.length === 0 ? [connection.toNode] : shown.flatMap((link) => [link.from, link.to]);
  return html`<tr
    data-connection="${describeConnection(connection)}"
    data-links="${links.map(keys.link).join(" ")}"
    data-nodes="${[...new Set(nodes)].map(keys.node).join(" ")}"
  >
    <td>${peer(from)}</td>
    <td>${peer(to)}</td>
    <td class="number">${port}</td>
    <td>
      ${reasons.map(
        ({ edge, grant }) =>
          html`<div>
            <code>${edge}</code
            >${grant && html` <span class="why">${grant.what.join(", ")}</span>${access(grant.access)}`}
          </div>`,
      )}
    </td>
  </tr>`;
}

/** `mlops/deployment/iris-api` is the deployment iris-api in mlops. */
function peer(name: string): Markup {
  const [namespace, kind, own] = /^([^/]+)\/([a-z]+)\/([^/]+)$/.exec(name)?.slice(1) ?? [];
  if (own !== undefined) return html`<b>${own}</b> <small>${kind} in ${namespace}</small>`;
  const [, within, labels] = /^([^/]+)\/(pods with .*)$/.exec(name) ?? [];
  if (labels !== undefined) return html`<b>${labels}</b> <small>in ${within}</small>`;
  return html`<b>${name}</b>`;
}

function access(text: string): Markup | undefined {
  if (text === "") return undefined;
  return html` <span class="access">${text}</span>`;
}

export function grantsTable(wiring: Wiring): Markup {
  const services = [...new Set(wiring.grants.map(({ service }) => service))].sort();
  return html`<table id="grants">
    <caption>
      Who was granted what, each with an identity of its own. “Used by” is from where it may be used.
    </caption>
    <thead>
      <tr>
        <th scope="col">Consumer</th>
        <th scope="col">May use</th>
        <th scope="col">Access</th>
        <th scope="col">Used by</th>
        <th scope="col">Generations</th>
      </tr>
    </thead>
    ${services.map(
      (service) =>
        html`<tbody>
          <tr class="group">
            <th scope="rowgroup" colspan="5">${service}</th>
          </tr>
          ${wiring.grants
            .filter((grant) => grant.service === service)
            .map(
              (grant) =>
                html`<tr data-grant="${grant.service} ${grant.consumer}">
                  <td><b>${grant.consumer}</b></td>
                  <td>${grant.what.map((what) => html`<div>${what}</div>`)}</td>
                  <td>${access(grant.access)}</td>
                  <td>${usersOf(wiring, grant.urn).join(", ")}</td>
                  <td>${grant.generations.join(", ")}</td>
                </tr>`,
            )}
        </tbody>`,
    )}
  </table>`;
}

/** From where a Grant may be used: who its Edges let through. */
export function usersOf({ connections, nodes }: Wiring, urn: string): string[] {
  const using = connections.filter(({ reasons }) => reasons.some(({ grant }) => grant?.urn === urn));
  const titles = using.map(({ fromNode }) => nodes.find(({ id }) => id === fromNode)?.title ?? fromNode);
  return [...new Set(titles)].sort();
}

export function exposuresTable(wiring: Wiring): Markup {
  return html`<table id="exposures">
    <caption>
      Where one gets in from outside.
    </caption>
    <thead>
      <tr>
        <th scope="col">Address</th>
        <th scope="col">By</th>
        <th scope="col">Leads to</th>
        <th scope="col" class="number">Port of its pods</th>
      </tr>
    </thead>
    <tbody>
      ${wiring.exposures.map(
        ({ address, kind, node, port }) =>
          html`<tr data-exposure="${address}">
            <td><b>${address}</b></td>
            <td>${kind}</td>
            <td>${nodeOf(wiring, node)?.title} <small>in ${nodeOf(wiring, node)?.place}</small></td>
            <td class="number">${port}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function nodeOf({ nodes }: Wiring, id: string): MapNode | undefined {
  return nodes.find((node) => node.id === id);
}
