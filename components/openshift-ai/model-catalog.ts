// The model catalog of OpenShift AI: its operator runs it wherever model registries are, which is a namespace that denies
// by default. Its own policies let callers in; the ways on are opened here.
import * as pulumi from "@pulumi/pulumi";
import { AddressEndpoint, Edge, Labels, ManagedNamespace, serviceEndpoint } from "../network";

/** How the operator of model registries labels the catalog's pods. */
export interface ModelCatalog {
  readonly pods: Labels;
  /** Where it keeps what it has read. @default in itself */
  readonly database?: Labels;
}

const NAME = "model-catalog";
const POSTGRES_PORT = 5432;

/** What both kinds of its pods carry: github.com/opendatahub-io/model-registry-operator, v0.3.1 and v0.3.9. */
const LABELS = { app: NAME, component: NAME };

export const catalogAlone: ModelCatalog = { pods: LABELS };

export const catalogWithDatabase: ModelCatalog = {
  pods: { ...LABELS, "app.kubernetes.io/name": NAME },
  database: { ...LABELS, "app.kubernetes.io/name": `${NAME}-postgres` },
};

/** Opens its ways to the API server, which it asks who calls, and to its database; returns what it has to wait for. */
export function connectModelCatalog(
  { pods, database }: ModelCatalog,
  args: { namespace: ManagedNamespace; apiServer: AddressEndpoint },
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const namespace = args.namespace.name;
  const store =
    database && serviceEndpoint(`${NAME}-postgres`, { namespace, pods: database, port: POSTGRES_PORT });
  const edges = [args.apiServer, ...(store ? [store] : [])].map(
    (to) => new Edge(`${NAME}-to-${to.name}`, { from: NAME, source: { namespace, labels: pods }, to }, opts),
  );
  return [...args.namespace.ready, ...edges.flatMap(({ policies }) => policies)];
}
