// What follows from a stack's objects, as lists that can be compared: who may reach whom, who gets in from outside, who
// may use what, what other programs are told.
import type { Graph } from "../graph/graph";
import type { KubernetesObject } from "../graph/objects";
import { at, objectsIn, type Plain } from "../graph/values";
import { entrancesOf } from "../map/exposures";
import { Family } from "../map/family";
import { describeRights, grantsOf } from "../map/grants";
import { describeConnections } from "../network/reachability";
import { stackNetwork, wiredConnections } from "../network/stack";
import { budgetOf, type Budget } from "../render/budget";
import type { RenderedStack } from "../render/stack";
import { isAutonamed } from "./rules";

export interface Facts {
  readonly budget: Budget;
  /** `mlops/deployment/iris-api -> mlops/deployment/mlflow-server 5000/TCP` */
  readonly connections: readonly string[];
  /** `https://iris-api.example.com -> mlops/iris-api-service:8000` */
  readonly exposures: readonly string[];
  /** `mlflow may use minio: bucket mlflow: read and write` */
  readonly grants: readonly string[];
  /** `2026-11 of iris-api at mlflow-server` */
  readonly credentials: readonly string[];
}

export interface Lists {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export function factsOf(rendered: RenderedStack): Facts {
  const { graph, objects } = rendered;
  return {
    budget: budgetOf(objects),
    connections: connectionsOf(rendered),
    exposures: [...new Set(objects.flatMap(exposureLines))].sort(),
    ...grantLines(graph),
  };
}

export function listsBetween(before: readonly string[], after: readonly string[]): Lists {
  return {
    added: after.filter((line) => !before.includes(line)),
    removed: before.filter((line) => !after.includes(line)),
  };
}

/** A Job that runs again has another name, and is the same one to whoever lets it in. */
function connectionsOf(rendered: RenderedStack): string[] {
  const byUrn = new Map(rendered.graph.resources.map((resource) => [resource.urn, resource]));
  const stable = new Map(
    rendered.objects.flatMap(({ urn, namespace, manifest }): [string, string][] => {
      const resource = byUrn.get(urn);
      if (resource === undefined || !isAutonamed(resource)) return [];
      const place = `${namespace ?? "default"}/${manifest.kind.toLowerCase()}`;
      return [[`${place}/${manifest.metadata.name}`, `${place}/${resource.name}`]];
    }),
  );
  const lines = describeConnections(
    wiredConnections(stackNetwork(rendered)).map((connection) => ({
      ...connection,
      from: { ...connection.from, name: stable.get(connection.from.name) ?? connection.from.name },
      to: { ...connection.to, name: stable.get(connection.to.name) ?? connection.to.name },
    })),
  );
  // Jobs that set something up come and go: who stays is of more interest.
  const isJob = (line: string): number => (/^\S+\/job\//.test(line) ? 1 : 0);
  return [...new Set(lines)].sort((one, other) => isJob(one) - isJob(other));
}

function exposureLines(object: KubernetesObject): string[] {
  const { manifest, namespace } = object;
  const place = namespace ?? "default";
  const entrances = entrancesOf(object).map(
    ({ address, backend }) => `${address} -> ${place}/${backend.service}:${portText(backend.port)}`,
  );
  const { spec, kind, metadata } = manifest;
  // The cluster chooses its address.
  if (kind !== "Service" || at(spec, "type") !== "LoadBalancer") return entrances;
  const balanced = objectsIn(at(spec, "ports")).map(
    ({ port }) => `load balancer -> ${place}/${metadata.name}:${portText(port)}`,
  );
  return [...entrances, ...balanced];
}

const portText = (port: Plain | undefined): string =>
  typeof port === "number" || typeof port === "string" ? String(port) : "any port";

function grantLines(graph: Graph): Pick<Facts, "grants" | "credentials"> {
  const rows = grantsOf(new Family(graph));
  return {
    grants: rows.map((row) => `${row.consumer} may use ${row.service}: ${describeRights(row)}`).sort(),
    credentials: rows
      .flatMap(({ service, consumer, generations }) =>
        generations.map((generation) => `${generation} of ${consumer} at ${service}`),
      )
      .sort(),
  };
}
