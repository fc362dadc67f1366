// The checks of a deployed stack: what is expected, compared with what is there. Pure.
import { type Plain, type PlainObject, text } from "../graph/values";
import { labelsOf, type LiveObject } from "../stack/state";
import { defaultCredentials } from "./credentials";
import { fields, find, lacks, list, type Expected } from "./expected";
import { awaited, hasFailed, judges } from "./readiness";

/** What a line of the table is about. */
export const AREAS = [
  "namespace",
  "workloads",
  "volumes",
  "services",
  "exposure",
  "secrets",
  "credentials",
  "policies",
  "default deny",
  "resources",
  "other objects",
] as const;
export type Area = (typeof AREAS)[number];

export interface Check {
  readonly area: Area;
  readonly namespace: string;
  readonly object: string;
  /** What is wrong; nothing when all is well. */
  readonly problem: string | undefined;
  /** The object is as it should be, and does not do yet what it is there for: the cluster may still be at it. */
  readonly isUnready?: boolean;
}

const AREA_OF_KIND: Readonly<Record<string, Area>> = {
  Namespace: "namespace",
  Deployment: "workloads",
  StatefulSet: "workloads",
  Job: "workloads",
  PersistentVolumeClaim: "volumes",
  Service: "services",
  Ingress: "exposure",
  Route: "exposure",
  Secret: "secrets",
  NetworkPolicy: "policies",
};

export function check(expected: readonly Expected[], live: readonly LiveObject[]): Check[] {
  return [
    ...expected.flatMap((one) => checkOne(one, live)),
    ...managedNamespaces(expected).map((namespace) => checkDefaultDeny(namespace, live)),
  ];
}

function checkOne(expected: Expected, live: readonly LiveObject[]): Check[] {
  const { kind, apiVersion, name, generated } = expected;
  const builtIn = !apiVersion.split("/")[0]?.includes(".") || apiVersion.includes(".k8s.io/");
  const area = AREA_OF_KIND[kind] ?? (builtIn ? "other objects" : "resources");
  const namespace = kind === "Namespace" ? name : expected.namespace;
  const object = find(expected, live);
  const result = (problem: string | undefined, of: Area = area): Check => ({
    area: of,
    namespace,
    object: `${kind} ${object?.metadata.name ?? `${name}${generated ? "-*" : ""}`}`,
    problem,
  });
  if (object === undefined) return [result("does not exist")];
  const others = live.filter((other) => other.metadata.namespace === object.metadata.namespace);
  const unready = judges[kind]?.(object, others) ?? awaited(object, others);
  const checks = [
    unready === undefined
      ? result(differs(expected, object))
      : { ...result(unready), isUnready: !hasFailed(object) },
  ];
  return kind === "Secret" ? [...checks, result(wellKnown(fields(object.data)), "credentials")] : checks;
}

/** What somebody changed that security or isolation rests on. */
function differs({ kind, manifest }: Expected, object: LiveObject): string | undefined {
  switch (kind) {
    case "Namespace": {
      const label = lacks(fields(fields(manifest.metadata).labels), labelsOf(object));
      return label && `lacks the label ${label}, or it has another value`;
    }
    case "NetworkPolicy": {
      const field = lacks(fields(manifest.spec), fields(object.spec), "spec");
      return field && `is not as the stack made it: ${field}`;
    }
    case "Secret": {
      const wanted = [...Object.keys(fields(manifest.data)), ...Object.keys(fields(manifest.stringData))];
      const data = fields(object.data);
      const missing = wanted.filter((key) => data[key] === undefined || data[key] === "");
      return missing.length === 0 ? undefined : `lacks ${missing.join(", ")}`;
    }
    default:
      return undefined;
  }
}

function wellKnown(data: PlainObject): string | undefined {
  const keys = defaultCredentials(data);
  return keys.length === 0 ? undefined : `holds a well-known password in ${keys.join(", ")}`;
}

/** Namespaces in which the stack denies what it did not wire. */
function managedNamespaces(expected: readonly Expected[]): string[] {
  return expected
    .filter((one) => one.kind === "NetworkPolicy" && deniesAll(fields(one.manifest.spec)))
    .map(({ namespace }) => namespace);
}

function deniesAll(spec: PlainObject): boolean {
  return (
    ["Ingress", "Egress"].every((type) => list(spec.policyTypes).includes(type)) &&
    Object.keys(fields(spec.podSelector)).length === 0 &&
    list(spec.ingress).length === 0 &&
    list(spec.egress).length === 0
  );
}

/** Policies add up: besides the one that denies, none may open a namespace to everyone. */
function checkDefaultDeny(namespace: string, live: readonly LiveObject[]): Check {
  const policies = live.filter(
    (object) => object.kind === "NetworkPolicy" && object.metadata.namespace === namespace,
  );
  const open = policies.filter(({ spec }) => opensAll(fields(spec)));
  const problem = !policies.some(({ spec }) => deniesAll(fields(spec)))
    ? "do not deny by default: every pod of the cluster may connect"
    : open.length > 0
      ? `allow every connection, by ${open.map(({ metadata }) => metadata.name).join(", ")}`
      : undefined;
  return { area: "default deny", namespace, object: "NetworkPolicies", problem };
}

/** A rule for all ports whose peers are everyone: because none is named, or one that anybody is. */
function opensAll(spec: PlainObject): boolean {
  return [...list(spec.ingress), ...list(spec.egress)].map(fields).some(({ from, to, ports }) => {
    const peers = [...list(from), ...list(to)].map(fields);
    return list(ports).length === 0 && (peers.length === 0 || peers.some(isEveryone));
  });
}

/** Every pod of every namespace, or every address. */
function isEveryone({ namespaceSelector, podSelector, ipBlock }: PlainObject): boolean {
  const selectsAll = (selector: Plain | undefined) => Object.keys(fields(selector)).length === 0;
  if (ipBlock !== undefined)
    return /\/0$/.test(text(fields(ipBlock).cidr)) && list(fields(ipBlock).except).length === 0;
  return namespaceSelector !== undefined && selectsAll(namespaceSelector) && selectsAll(podSelector);
}
