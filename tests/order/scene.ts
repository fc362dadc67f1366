// The objects of a stack as those who work with them find them: by kind and name, by label, by what they are part of.
// Nothing here looks at a dependency: what has to wait for what is derived, and then compared.
import type { StackConfig } from "../../stacks/config";
import type { Graph, Resource } from "../../tools/graph/graph";
import { kubernetesKind } from "../../tools/graph/providers";
import {
  at,
  isPlainObject,
  objectsIn,
  type Plain,
  type PlainObject,
  strings,
  text,
} from "../../tools/graph/values";
import { predictorName } from "../../components/triton-server/kserve";
import { clusterServices, foreignNamespaces } from "../../tools/network/peers";
import { readNetwork, type Labels, type Network, type Pod } from "../../tools/network/network";

/** Pods that share a template, and the resource that makes them. */
export interface Pods {
  readonly owner: Resource;
  readonly pod: Pod;
}

/** Where a kind's fields name other objects of the same namespace. */
const REFERENCES: readonly (readonly [RegExp, string])[] = [
  [/configMap(KeyRef|Ref)?\.name$/, "ConfigMap"],
  [/(secretName|[sS]ecret(KeyRef|Ref)?\.name|^secrets\[\d+\]\.name)$/, "Secret"],
  [/externalCertificate\.name$/, "Secret"],
  [/(basicAuth\.\w+|credentials)\.name$/, "Secret"],
  [/claimName$/, "PersistentVolumeClaim"],
  [/serviceAccountName$/, "ServiceAccount"],
  [/model\.runtime$/, "ServingRuntime"],
  [/backend\.service\.name$/, "Service"],
];

/** Labels that the operator of OpenShift AI gives to the pods of a ModelRegistry. */
const registryLabels = (name: string): Labels => ({ app: name, component: "model-registry" });

/** And those of the catalog, which comes with the cluster's model registries; from 3.x on it has a database. */
const CATALOG: Labels = { app: "model-catalog", component: "model-catalog" };
const CATALOG_AND_DATABASE = ["model-catalog", "model-catalog-postgres"].map((name) => ({
  ...CATALOG,
  "app.kubernetes.io/name": name,
}));

export class Scene {
  readonly objects: readonly Resource[];
  readonly pods: readonly Pods[];
  readonly network: Network;
  /** The cluster's own pods that come in from outside, and that collect metrics. */
  readonly ingress: Pod;
  readonly collector: Pod;
  private readonly byName = new Map<string, Resource>();
  private readonly byUrn: ReadonlyMap<string, Resource>;

  constructor(
    readonly graph: Graph,
    readonly config: StackConfig,
  ) {
    this.byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
    this.objects = graph.resources.filter(({ inputs }) => kubernetesKind(inputs) !== undefined);
    for (const object of this.objects) {
      const key = keyOf(kindOf(object), namespaceOf(object), nameOf(object));
      // Several resources may patch one object; the one that makes it is the one to wait for.
      if (!isPatch(object)) this.byName.set(key, object);
      else if (!this.byName.has(key)) this.byName.set(key, object);
    }
    const services = clusterServices(config);
    const named = (name: string): Pod => services.find((pod) => pod.name === name)!;
    this.ingress = named("ingress-controller");
    this.collector = named("metrics-collector");
    this.pods = this.objects.flatMap((owner) => {
      const labels = podLabelsOf(owner);
      const namespace = catalogNamespaceOf(owner) ?? namespaceOf(owner);
      const pod = { name: nameOf(owner), namespace, ports: [], kind: "pod" as const };
      return labels.map((each) => ({ owner, pod: { ...pod, labels: each } }));
    });
    const manifests = this.objects.map(({ inputs, outputs }) => ({
      ...inputs,
      metadata: outputs.metadata ?? {},
    }));
    this.network = readNetwork(manifests, [...services, ...this.pods.map(({ pod }) => pod)]);
    for (const [namespace, labels] of foreignNamespaces)
      this.network.namespaces.set(namespace, { ...this.network.namespaces.get(namespace), ...labels });
  }

  find(kind: string, namespace: string, name: string): Resource | undefined {
    return this.byName.get(keyOf(kind, namespace, name));
  }

  parentOf(resource: Resource): Resource | undefined {
    return this.byUrn.get(resource.parent ?? "");
  }

  ofKind(kind: string, namespace?: string): Resource[] {
    return this.objects.filter(
      (object) => kindOf(object) === kind && (namespace === undefined || namespaceOf(object) === namespace),
    );
  }

  /** What the object names in its fields; what an operator makes of one of ours stands for that one. */
  referencesOf(object: Resource): Resource[] {
    const namespace = namespaceOf(object);
    const found = [...references(object.inputs, namespace)].flatMap(
      ({ kind, namespace: where, name }) =>
        this.find(kind, where, name) ?? this.makerOf(kind, where, name) ?? [],
    );
    return [...new Set(found)].filter((other) => other !== object);
  }

  /** Pods that a selector selects. */
  selected(namespace: string, selector: Plain | undefined): Pods[] {
    const wanted = Object.entries(isPlainObject(selector) ? selector : {});
    return this.pods.filter(
      ({ pod }) =>
        pod.namespace === namespace &&
        wanted.length > 0 &&
        wanted.every(([label, value]) => pod.labels[label] === value),
    );
  }

  /** Services in front of these pods, with this port or any. */
  servicesOf({ pod }: Pods, port?: number): Resource[] {
    return this.ofKind("Service", pod.namespace).filter(
      (service) =>
        this.selected(pod.namespace, at(service.inputs, "spec", "selector")).some(
          (pods) => pods.pod === pod,
        ) &&
        (port === undefined ||
          objectsIn(at(service.inputs, "spec", "ports")).some((own) => own.port === port)),
    );
  }

  /** KServe makes a Service for each InferenceService. */
  private makerOf(kind: string, namespace: string, name: string): Resource | undefined {
    if (kind !== "Service") return undefined;
    return this.ofKind("InferenceService", namespace).find(
      (server) => predictorName(nameOf(server)) === name,
    );
  }
}

interface Reference {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function* references(inputs: PlainObject, namespace: string): Generator<Reference> {
  for (const { path, text: name } of strings(inputs))
    for (const [field, kind] of REFERENCES) if (field.test(path)) yield { kind, namespace, name };
  yield* typed(inputs.spec, namespace);
  yield* typed(inputs.subjects, namespace);
  yield* typed(inputs.roleRef, namespace);
}

/** References that say the kind, and maybe the namespace. */
function* typed(value: Plain | undefined, namespace: string): Generator<Reference> {
  if (Array.isArray(value)) for (const item of value) yield* typed(item, namespace);
  if (!isPlainObject(value)) return;
  const { kind, name } = value;
  if (typeof kind === "string" && typeof name === "string")
    yield {
      kind,
      namespace: kind.startsWith("Cluster") ? "" : text(value.namespace) || namespace,
      name,
    };
  for (const item of Object.values(value)) yield* typed(item, namespace);
}

export function kindOf({ inputs }: Resource): string {
  return text(inputs.kind);
}

export function nameOf({ outputs }: Resource): string {
  return text(at(outputs, "metadata", "name"));
}

export function namespaceOf({ outputs }: Resource): string {
  return text(at(outputs, "metadata", "namespace"));
}

/** `monitoring.coreos.com`; empty for the core of Kubernetes. */
export function groupOf({ inputs }: Resource): string {
  const version = text(inputs.apiVersion);
  return version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
}

export function isPatch({ type, read }: Resource): boolean {
  return read || type.endsWith("Patch");
}

/** Environment variables of its containers that are plain text, by name. */
export function environmentOf({ inputs }: Resource): Map<string, string> {
  const containers = objectsIn(at(inputs, "spec", "template", "spec", "containers"));
  return new Map(
    containers.flatMap(({ env }) => objectsIn(env)).map(({ name, value }) => [text(name), text(value)]),
  );
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

/** The labels of each kind of pod that an object has somebody make. */
function podLabelsOf(object: Resource): readonly Labels[] {
  const labels = (value: Plain | undefined): Labels =>
    Object.fromEntries(
      Object.entries(isPlainObject(value) ? value : {}).map(([key, label]) => [key, text(label)]),
    );
  switch (kindOf(object)) {
    case "Deployment":
    case "StatefulSet":
    case "Job":
      return [labels(at(object.inputs, "spec", "template", "metadata", "labels"))];
    case "InferenceService":
      return [labels(at(object.inputs, "spec", "predictor", "labels"))];
    case "ModelRegistry":
      return [registryLabels(nameOf(object))];
    case "DataScienceCluster":
      if (catalogNamespaceOf(object) === undefined) return [];
      return text(object.inputs.apiVersion).endsWith("/v1") ? [CATALOG] : CATALOG_AND_DATABASE;
    default:
      return [];
  }
}

/** Where a DataScienceCluster has its model catalog, if it has one. */
function catalogNamespaceOf({ inputs }: Resource): string | undefined {
  const registries = at(inputs, "spec", "components", "modelregistry", "registriesNamespace");
  return registries === undefined ? undefined : text(registries);
}
