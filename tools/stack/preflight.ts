// Preflight: before the first object, what the cluster lacks that the stack needs, and what that means. Errors stop,
// warnings do not. The facts are gathered here; findings.ts judges them.
import type { Graph } from "../graph/graph";
import { objectsOf, type KubernetesObject } from "../graph/objects";
import { isPlainObject, text, type PlainObject } from "../graph/values";
import type { Cluster } from "./cluster";
import { entrancesOf, kindsWithEntrances, needsAppsDomain, withAppsDomain, type Entrance } from "./entrances";
import { judge, type Facts, type Need, type Right } from "./findings";
import { ifAllowed, type Kubectl } from "./kubectl";
import { behindOperators, givenUp } from "./later";
import { UserError } from "./process";
import { say, type Settings } from "./settings";
import { annotationOf, groupOf, labelsOf, objectOf, type StateFile } from "./state";

export async function preflight(
  settings: Settings,
  cluster: Cluster,
  state: StateFile,
  graph: Promise<Graph>,
): Promise<void> {
  // The embedded control plane has what it needs; what another stack has there is another matter.
  if (!cluster.embedded) say(`Looking at what ${cluster.title} offers...`);
  const facts = await gather(settings, cluster, state, await graph);
  const findings = judge(facts).filter(({ severity }) => severity === "error" || !cluster.embedded);
  for (const { severity, message } of findings) say(`${severity}: ${message}`);
  const errors = findings.filter(({ severity }) => severity === "error").length;
  if (errors > 0)
    throw new UserError(`Nothing was deployed: ${errors === 1 ? "one error" : `${errors} errors`} above.`);
}

async function gather(
  { stack, config }: Settings,
  { kubectl, embedded }: Cluster,
  { deployment }: StateFile,
  graph: Graph,
): Promise<Facts> {
  const objects = objectsOf(graph);
  const needs = needsOf(objects, behindOperators(graph));
  const ownNamespaces = (deployment.resources ?? [])
    .map(objectOf)
    .flatMap((ref) => (ref?.kind === "Namespace" ? [ref.name] : []));
  const rendered = objects.flatMap(({ manifest, namespace }) =>
    kindsWithEntrances.includes(manifest.kind)
      ? entrancesOf(manifest.kind, namespace ?? "", manifest.metadata.name, manifest.spec ?? null)
      : [],
  );
  const manifests = objects.map(({ manifest }) => manifest);
  const recorded = (deployment.resources ?? []).map(({ inputs }) => inputs ?? {});
  const [
    appsDomain,
    initializations,
    namespaces,
    taken,
    served,
    daemonSets,
    storageClasses,
    ingressClasses,
    refused,
  ] = await Promise.all([
    rendered.some(needsAppsDomain) ? appsDomainOf(kubectl) : "",
    manifests.some(isInitialization) && !recorded.some(isInitialization) ? initializationsIn(kubectl) : [],
    kubectl.namespaces(namesOf(objects)),
    takenEntrances(kubectl, stack),
    kubectl.served(),
    embedded ? [] : ifAllowed(kubectl.get(["daemonsets.apps", "--all-namespaces"])),
    embedded ? [] : ifAllowed(kubectl.get(["storageclasses.storage.k8s.io"])),
    embedded ? [] : ifAllowed(kubectl.get(["ingressclasses.networking.k8s.io"])),
    embedded ? [] : refusedRights(kubectl, needs),
  ]);
  return {
    stack,
    config,
    embedded,
    needs,
    created: namespacesAmong(objects, { patch: false }),
    patched: namespacesAmong(objects, { patch: true }),
    namespaces: namespaces.map((namespace) => ({
      name: namespace.metadata.name,
      stack: text(labelsOf(namespace)["mlops-platform/stack"]),
      inState: ownNamespaces.includes(namespace.metadata.name),
    })),
    openShiftAi: {
      recorded: versionOf(recorded),
      wanted: versionOf(manifests),
    },
    givenUp: givenUp(graph, recorded),
    initializations,
    appsDomain,
    wanted: rendered.map((entrance) => withAppsDomain(entrance, appsDomain ?? "")),
    taken,
    served: served.map(({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`),
    daemonSets: daemonSets?.map(({ metadata }) => metadata.name),
    storageClasses: storageClasses?.map((storageClass) => ({
      name: storageClass.metadata.name,
      isDefault: annotationOf(storageClass, "storageclass.kubernetes.io/is-default-class") === "true",
    })),
    ingressClasses: ingressClasses?.map(({ metadata }) => metadata.name),
    refused,
  };
}

/** Version of the API of a DataScienceCluster, if there is one. */
function versionOf(objects: readonly PlainObject[]): string | undefined {
  const cluster = objects.find(({ kind }) => kind === "DataScienceCluster");
  return cluster && text(cluster.apiVersion);
}

const isInitialization = ({ kind }: PlainObject): boolean => kind === "DSCInitialization";

async function initializationsIn(kubectl: Kubectl): Promise<string[]> {
  const served = await kubectl.served();
  const known = served.find(({ kind }) => kind === "DSCInitialization");
  if (known === undefined) return [];
  const found = (await ifAllowed(kubectl.get([`${known.resource}.${groupOf(known.apiVersion)}`]))) ?? [];
  return found.map(({ metadata }) => metadata.name);
}

/** The cluster's domain for Routes, as far as the user may see it. */
async function appsDomainOf(kubectl: Kubectl): Promise<string | undefined> {
  const settings = await kubectl.resourceName("config.openshift.io/v1", "Ingress");
  if (settings === undefined) return undefined;
  const [found] = (await ifAllowed(kubectl.get([settings, "cluster"]))) ?? [];
  const spec = isPlainObject(found?.spec) ? found.spec : {};
  return text(spec.appsDomain) || text(spec.domain) || undefined;
}

/** Hosts and ports of nodes that somebody else has, as far as the user may see. */
async function takenEntrances(kubectl: Kubectl, stack: string): Promise<Entrance[]> {
  const served = await kubectl.served();
  const found = await Promise.all(
    kindsWithEntrances.map(async (kind) => {
      const known = served.find(
        (it) => it.kind === kind && /^(v1|networking.k8s.io|route)/.test(it.apiVersion),
      );
      if (known === undefined) return [];
      const resource =
        known.apiVersion === "v1" ? known.resource : `${known.resource}.${groupOf(known.apiVersion)}`;
      return (await ifAllowed(kubectl.get([resource, "--all-namespaces"]))) ?? [];
    }),
  );
  return found
    .flat()
    .filter((object) => labelsOf(object)["mlops-platform/stack"] !== stack)
    .flatMap(({ kind, metadata, spec }) =>
      entrancesOf(kind, text(metadata.namespace), metadata.name, spec ?? null),
    );
}

function namespacesAmong(objects: readonly KubernetesObject[], wanted: { patch: boolean }): string[] {
  return objects
    .filter(({ manifest, patch }) => manifest.kind === "Namespace" && patch === wanted.patch)
    .map(({ manifest }) => manifest.metadata.name);
}

function namesOf(objects: readonly KubernetesObject[]): string[] {
  const own = objects.filter(({ manifest }) => manifest.kind === "Namespace");
  const names = [
    ...own.map(({ manifest }) => manifest.metadata.name),
    ...objects.flatMap(({ namespace }) => namespace ?? []),
  ];
  return [...new Set(names)];
}

function needsOf(objects: readonly KubernetesObject[], later: ReadonlySet<string>): Need[] {
  return objects.map(({ urn, manifest, namespace, patch }) => {
    const spec = isPlainObject(manifest.spec) ? manifest.spec : {};
    return {
      apiVersion: manifest.apiVersion,
      kind: manifest.kind,
      namespace: namespace ?? "",
      patch,
      later: later.has(urn),
      storageClass: text(spec.storageClassName) || undefined,
      ingressClass: text(spec.ingressClassName) || undefined,
    };
  });
}

/** What Pulumi does with an object; to wait until it is ready is to list and watch. */
const VERBS = ["create", "get", "list", "watch", "patch", "delete"];

/** Asks the API server, as the user, about everything that the stack will do; all questions in one call. */
async function refusedRights(kubectl: Kubectl, needs: readonly Need[]): Promise<Right[]> {
  const served = await kubectl.served();
  const rights = needs.flatMap(({ apiVersion, kind, namespace, patch }) => {
    const found = served.find((it) => it.kind === kind && groupOf(it.apiVersion) === groupOf(apiVersion));
    const verbs = patch ? ["get", "patch"] : VERBS;
    return found === undefined
      ? []
      : verbs.map((verb): Right => ({
          verb,
          group: groupOf(apiVersion),
          resource: found.resource,
          namespace,
        }));
  });
  const asked = [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
  const reviews = asked.map((right) => ({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: right },
  }));
  const answers = await kubectl.text(
    ["create", "--filename=-", "--output=jsonpath={.status.allowed}{'\\n'}"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: reviews }),
  );
  const allowed = answers.trim().split("\n");
  return asked.filter((_, at) => allowed[at]?.trim() !== "true");
}
