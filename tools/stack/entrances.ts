// Entrances: the hosts and ports of nodes by which a stack is reached from outside. A cluster has each of them once,
// whatever namespace it is wanted in, so two stacks in one cluster meet here.
import { APPS_DOMAIN } from "../graph/placeholders";
import { isPlainObject, text, type Plain, type PlainObject } from "../graph/values";

export interface Entrance {
  /** `host mlflow.local` or `port 30001 of the nodes`. */
  readonly what: string;
  /** `Ingress mlops/mlflow-server-ingress` */
  readonly owner: string;
}

/** Those of an object, whether it is rendered or live. */
export function entrancesOf(kind: string, namespace: string, name: string, spec: Plain): Entrance[] {
  const owner = `${kind} ${namespace}/${name}`;
  if (!isPlainObject(spec)) return [];
  if (kind === "Service")
    return list(spec.ports)
      .map(({ nodePort }) => nodePort)
      .filter((port) => typeof port === "number")
      .map((port) => ({ what: `port ${port} of the nodes`, owner }));
  const hosts = kind === "Ingress" ? list(spec.rules).map(({ host }) => host) : [spec.host];
  return hosts.map(text).flatMap((host) => (host === "" ? [] : [{ what: `host ${host}`, owner }]));
}

/** Whether a rendered host ends in the cluster's domain for Routes, which a render does not know. */
export function needsAppsDomain({ what }: Entrance): boolean {
  return what.endsWith(`.${APPS_DOMAIN}`);
}

/** The entrance as it will be in a cluster with that domain. */
export function withAppsDomain(entrance: Entrance, domain: string): Entrance {
  const { what, owner } = entrance;
  return needsAppsDomain(entrance) ? { what: what.slice(0, -APPS_DOMAIN.length) + domain, owner } : entrance;
}

/** Kinds that have any. */
export const kindsWithEntrances = ["Service", "Ingress", "Route"];

function list(value: Plain | undefined): PlainObject[] {
  return Array.isArray(value) ? value.filter(isPlainObject) : [];
}
