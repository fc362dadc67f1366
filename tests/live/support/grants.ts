// Grants: what each identity of a stack may do, by what the Grants of its program say. Where a test looks for it: the map's
// table, which is read from what the Jobs that make the identities are told, in words that are not those of any server.
import type { Resource } from "../../../tools/graph/graph";
import { at, objectsIn, text } from "../../../tools/graph/values";
import { Family } from "../../../tools/map/family";
import { grantsOf, type GrantRow } from "../../../tools/map/grants";
import type { RenderedStack } from "../../../tools/render/stack";

export interface GrantedIdentity {
  /** Of the service, the consumer and the generation: `minio-mlflow-1`. */
  readonly name: string;
  readonly service: Service;
  /** The Secret with it, beside its server; in a deployment its name ends in other letters. */
  readonly secret: { readonly namespace: string; readonly stem: string };
  readonly grant: GrantRow;
}

export interface Service {
  readonly name: string;
  /** What it is, by the folder of its component: `object-store`. */
  readonly kind: string;
}

/** Every identity that the program makes: one for each generation of each Grant. */
export function grantedIdentities({ graph }: RenderedStack): GrantedIdentity[] {
  const family = new Family(graph);
  const rows = new Map(grantsOf(family).map((row) => [row.urn, row]));
  return family.all("mlops:access:Grant").flatMap((grant): GrantedIdentity[] => {
    const row = rows.get(grant.urn);
    if (row === undefined) return [];
    const [, kind = ""] = family.topOf(grant).type.split(":");
    return family
      .childrenOf(grant)
      .filter(({ type }) => type === "kubernetes:batch/v1:Job")
      .map((job) => ({
        name: job.name.replace(/-provision$/, ""),
        service: { name: row.service, kind },
        secret: secretOf(job),
        grant: row,
      }));
  });
}

const MADE_UP = /-[0-9a-f]{8}$/;

function secretOf(job: Resource): GrantedIdentity["secret"] {
  const volumes = objectsIn(at(job.inputs, "spec", "template", "spec", "volumes"));
  const secret = volumes
    .map((volume) => text(at(volume, "secret", "secretName")))
    .find((name) => /-identity(-|$)/.test(name));
  if (secret === undefined) throw new Error(`${job.urn} makes an identity, but mounts no Secret with it`);
  return { namespace: text(at(job.inputs, "metadata", "namespace")), stem: secret.replace(MADE_UP, "") };
}

/** Whether a Secret of a deployment is the one of that name. */
export function isNamed(name: string, stem: string): boolean {
  return (
    name === stem || (name.startsWith(`${stem}-`) && MADE_UP.test(name) && name.replace(MADE_UP, "") === stem)
  );
}

/** Places that Grants are about and that a server does not list, or not yet: nobody may have written to a database. */
export function unlistedPlaces(identities: readonly GrantedIdentity[], { name, kind }: Service): string[] {
  const served = identities.filter(({ service }) => service.name === name);
  switch (kind) {
    case "object-store":
      return foldersOf(served);
    case "document-database":
      return [...new Set(served.flatMap(({ grant }) => grant.what.map(databaseIn)))];
    default:
      return [];
  }
}

/** Folders of buckets that Grants are about: `models/triton/`. */
function foldersOf(identities: readonly GrantedIdentity[]): string[] {
  const folders = identities.flatMap(({ grant }) =>
    grant.what.map((what) => bucketIn(what)).filter((place) => place.includes("/")),
  );
  return [...new Set(folders)];
}

/** All that they may do, as the scripts that try it print it, on the places that Grants name. */
export function expectedActions(identities: readonly GrantedIdentity[]): string[] {
  const folders = foldersOf(identities);
  return identities
    .flatMap(({ name, service, grant }) =>
      grant.what
        .flatMap((what) => actionsOn(what, grant.access, service.kind, folders))
        .map(([action, place]) => `${name} | ${action} | ${service.name}: ${place}`),
    )
    .sort();
}

type Action = readonly [action: string, place: string];

function actionsOn(what: string, access: string, kind: string, folders: readonly string[]): Action[] {
  const on = (place: string, ...actions: string[]): Action[] => actions.map((action) => [action, place]);
  const [reads, writes] = [/\b(read|edit|manage)\b/.test(access), /\b(write|edit|manage)\b/.test(access)];
  switch (kind) {
    case "object-store": {
      // Its metrics are read with a token, and have nothing to do with buckets.
      if (what === "metrics") return [];
      const granted = bucketIn(what);
      const [bucket = ""] = granted.split("/");
      const within = folders.filter((folder) =>
        folder.startsWith(granted.includes("/") ? granted : `${granted}/`),
      );
      const places = granted.includes("/") ? within : [granted, ...within];
      const objects = places.flatMap((place) => [
        ...on(place, ...(reads ? ["list", "get"] : [])),
        ...on(place, ...(writes ? ["put", "delete"] : [])),
      ]);
      return [...on(bucket, "see"), ...objects];
    }
    case "sql-database":
      return on(what.replace(/^schema /, ""), "see", "select", "insert", "create", "drop");
    case "document-database":
      return [
        ...on(databaseIn(what), ...(reads ? ["list", "read"] : [])),
        ...on(databaseIn(what), ...(writes ? ["insert", "update", "delete", "create", "index", "drop"] : [])),
      ];
    case "tracking-server":
      return on(what, ...(what === "metrics" ? [] : ["see"]), "read", ...(writes ? ["write"] : []));
    default:
      throw new Error(`nobody has said yet how the rights on a ${kind} are tried: ${what}, ${access}`);
  }
}

const databaseIn = (what: string): string => what.replace(/^database /, "");

/** `bucket models, below triton/` is `models/triton/`. */
function bucketIn(what: string): string {
  const [, bucket = "", folder] = /^bucket ([^,]+)(?:, below (.+))?$/.exec(what) ?? [];
  return folder === undefined ? bucket : `${bucket}/${folder}`;
}
