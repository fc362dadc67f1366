// Grants of a stack: who may use which bucket, schema, experiment or model, and how. Read from what the Jobs that make the
// identities are told, since that is what the servers enforce.
import type { Resource } from "../graph/graph";
import { isPlainObject, objectsIn, text, type Plain, type PlainObject } from "../graph/values";
import type { Family } from "./family";

export interface GrantRow {
  readonly urn: string;
  /** Name of the component that serves: `minio`. */
  readonly service: string;
  /** Who the access is for: `mlflow`. */
  readonly consumer: string;
  /** `bucket models, below triton/` */
  readonly what: readonly string[];
  /** `read and write`; empty where that is decided elsewhere. */
  readonly access: string;
  /** Those of its credential that work, newest first. */
  readonly generations: readonly string[];
}

/** `bucket mlflow: read and write` */
export function describeRights({ what, access }: Rights): string {
  return [what.join(", "), access].filter((part) => part !== "").join(": ");
}

type Rights = Pick<GrantRow, "what" | "access">;

/** Of a service outside: what its credentials may do is decided there. */
const EXTERNAL: Rights = { what: ["as its administrator allows"], access: "" };

export function grantsOf(family: Family): GrantRow[] {
  return family.all("mlops:access:Grant").map((grant) => {
    const service = family.topOf(grant).name;
    const jobs = family.childrenOf(grant).filter(({ type }) => type === "kubernetes:batch/v1:Job");
    return {
      urn: grant.urn,
      service,
      consumer: grant.name.slice(service.length + 1),
      ...(jobs[0] === undefined ? EXTERNAL : rightsOf(jobs[0], family)),
      generations: jobs.map(({ name }) => name.slice(grant.name.length + 1).replace(/-provision$/, "")),
    };
  });
}

function rightsOf(job: Resource, family: Family): Rights {
  const pod = objectAt(job.inputs, "spec", "template", "spec");
  const variables = new Map(
    objectsIn(pod.containers)
      .flatMap(({ env }) => objectsIn(env))
      .map(({ name, value }) => [text(name), text(value)]),
  );
  const schema = variables.get("SCHEMA");
  if (schema !== undefined) return { what: [`schema ${schema}`], access: "read and write" };
  const database = variables.get("DATABASE");
  if (database !== undefined) return { what: [`database ${database}`], access: "read and write" };
  const tracking = variables.get("RIGHTS");
  if (tracking !== undefined) return trackingRights(JSON.parse(tracking) as Plain);
  const policy = policyOf(pod, family);
  if (policy !== undefined) return bucketRights(policy);
  throw new Error(`${job.urn} makes an identity, but nothing says what it may do`);
}

function trackingRights(rights: Plain): Rights {
  const { experiments, models, permission, metrics } = isPlainObject(rights) ? rights : {};
  if (metrics === true) return { what: ["metrics"], access: "read" };
  const named = (kind: string, names: Plain | undefined): string[] =>
    Array.isArray(names) ? names.map((name) => `${kind} ${text(name)}`) : [];
  return {
    what: [...named("experiment", experiments), ...named("model", models)],
    access: text(permission).toLowerCase(),
  };
}

/** The policy document that the Job attaches: a file of a ConfigMap that it mounts. */
function policyOf(pod: PlainObject, family: Family): PlainObject | undefined {
  const mounted = objectsIn(pod.volumes).map(({ configMap }) =>
    text(isPlainObject(configMap) ? configMap.name : undefined),
  );
  const document = family
    .all("kubernetes:core/v1:ConfigMap")
    .filter(({ outputs }) => mounted.includes(text(objectAt(outputs, "metadata").name)))
    .map(({ inputs }) => text(objectAt(inputs, "data")["policy.json"]))
    .find((content) => content !== "");
  const policy = document === undefined ? undefined : (JSON.parse(document) as Plain);
  return isPlainObject(policy) ? policy : undefined;
}

const BUCKET = /^arn:aws:s3:::([^/]*)(?:\/(.*)\*)?$/;

function bucketRights(policy: PlainObject): Rights {
  const allowed = objectsIn(policy.Statement).filter(({ Effect }) => Effect === "Allow");
  const actions = allowed.flatMap(({ Action }) => strings(Action));
  if (actions.includes("admin:Prometheus")) return { what: ["metrics"], access: "read" };
  const objectsOf = allowed
    .filter(({ Action }) => strings(Action).some((action) => /^s3:(Get|Put)Object$/.test(action)))
    .flatMap(({ Resource: resources }) => strings(resources));
  const what = [...new Set(objectsOf)].map((resource) => {
    const [, bucket = resource, prefix = ""] = BUCKET.exec(resource) ?? [];
    return prefix === "" ? `bucket ${bucket}` : `bucket ${bucket}, below ${prefix}`;
  });
  const access = [
    ...(actions.includes("s3:GetObject") ? ["read"] : []),
    ...(actions.includes("s3:PutObject") ? ["write"] : []),
  ];
  return { what, access: access.join(" and ") };
}

function objectAt(value: PlainObject, ...keys: string[]): PlainObject {
  return keys.reduce<PlainObject>((at, key) => {
    const next = at[key];
    return isPlainObject(next) ? next : {};
  }, value);
}

function strings(value: Plain | undefined): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}
