// The network that Kubernetes objects describe: namespaces, pods and policies, read from manifests with the
// defaults that the API server would fill in. What follows from them is in reachability.ts.
import { isPlainObject, text, type Plain, type PlainObject } from "../graph/values";

export type Labels = Record<string, string>;

export interface ContainerPort {
  /** What policies may call it by. */
  name: string;
  port: number;
  protocol: Protocol;
}

export type Protocol = "TCP" | "UDP" | "SCTP";

/** Pods that share a template, or a synthetic peer that stands for pods of someone else's namespace. */
export interface Pod {
  kind: "pod";
  /** `namespace/name` in lists and tables. */
  name: string;
  namespace: string;
  labels: Labels;
  ports: ContainerPort[];
  /** Where ipBlock rules see it. Default: an address that minikube could have given it. */
  ip?: string;
}

/** A place outside the cluster. */
export interface Address {
  kind: "address";
  name: string;
  ip: string;
}

export type Peer = Pod | Address;

export interface Network {
  /** Labels by namespace. Every namespace has its name as the label kubernetes.io/metadata.name. */
  namespaces: Map<string, Labels>;
  pods: Pod[];
  policies: Policy[];
}

export interface Policy {
  name: string;
  namespace: string;
  selector: Selector;
  ingress: Rule[] | undefined;
  egress: Rule[] | undefined;
}

/** Undefined peers or ports mean "any"; an empty list of either means the same in the API. */
export interface Rule {
  peers: PeerSelector[] | undefined;
  ports: PortRange[] | undefined;
}

export interface PeerSelector {
  pods: Selector | undefined;
  namespaces: Selector | undefined;
  block: { cidr: string; except: string[] } | undefined;
}

/** A number, a container port's name, or undefined for every port of the protocol. */
export interface PortRange {
  protocol: Protocol;
  port: number | string | undefined;
  endPort: number | undefined;
}

export type Selector = (labels: Labels) => boolean;

/** Reads namespaces, pod templates and policies; other kinds do not matter to the network. */
export function readNetwork(manifests: readonly PlainObject[], extraPods: readonly Pod[] = []): Network {
  const network: Network = { namespaces: new Map(), pods: [...extraPods], policies: [] };
  for (const manifest of manifests) {
    const kind = text(manifest.kind);
    const { name, namespace, labels } = metadataOf(manifest);
    if (kind === "Namespace") network.namespaces.set(name, labels);
    if (kind === "NetworkPolicy") network.policies.push(readPolicy(manifest));
    const template = podTemplateOf(manifest);
    // The Job controller labels its pods with the Job's name.
    const added: Labels = kind === "Job" ? { "job-name": name, "batch.kubernetes.io/job-name": name } : {};
    if (template !== undefined)
      network.pods.push({
        kind: "pod",
        name: `${namespace}/${kind.toLowerCase()}/${name}`,
        namespace,
        labels: { ...metadataOf(template).labels, ...added },
        ports: containerPorts(template),
      });
  }
  for (const namespace of new Set(network.pods.map((pod) => pod.namespace))) {
    const labels = network.namespaces.get(namespace) ?? {};
    network.namespaces.set(namespace, { ...labels, "kubernetes.io/metadata.name": namespace });
  }
  return network;
}

function readPolicy(manifest: PlainObject): Policy {
  const { name, namespace } = metadataOf(manifest);
  const spec = objectAt(manifest, "spec");
  const ingress = listAt(spec, "ingress");
  const egress = listAt(spec, "egress");
  // Left out, policyTypes is Ingress always, and Egress only when there are egress rules.
  const types = listAt(spec, "policyTypes") ?? ["Ingress", ...(egress === undefined ? [] : ["Egress"])];
  return {
    name,
    namespace,
    selector: readSelector(spec.podSelector) ?? (() => true),
    ingress: types.includes("Ingress") ? (ingress ?? []).map((rule) => readRule(rule, "from")) : undefined,
    egress: types.includes("Egress") ? (egress ?? []).map((rule) => readRule(rule, "to")) : undefined,
  };
}

function readRule(rule: Plain, peersKey: "from" | "to"): Rule {
  const peers = isPlainObject(rule) ? listAt(rule, peersKey) : undefined;
  const ports = isPlainObject(rule) ? listAt(rule, "ports") : undefined;
  return {
    peers: peers === undefined || peers.length === 0 ? undefined : peers.map(readPeer),
    ports: ports === undefined || ports.length === 0 ? undefined : ports.map(readPort),
  };
}

function readPeer(peer: Plain): PeerSelector {
  const fields = isPlainObject(peer) ? peer : {};
  const block = fields.ipBlock;
  if ([fields.podSelector, fields.namespaceSelector, block].every((field) => field === undefined))
    throw new Error(
      "a policy has a peer without podSelector, namespaceSelector or ipBlock, which the API refuses",
    );
  return {
    pods: readSelector(fields.podSelector),
    namespaces: readSelector(fields.namespaceSelector),
    block: isPlainObject(block)
      ? { cidr: text(block.cidr), except: (listAt(block, "except") ?? []).map(text) }
      : undefined,
  };
}

function readPort(port: Plain): PortRange {
  const fields = isPlainObject(port) ? port : {};
  const { endPort } = fields;
  return {
    protocol: readProtocol(fields.protocol),
    port: typeof fields.port === "number" || typeof fields.port === "string" ? fields.port : undefined,
    endPort: typeof endPort === "number" ? endPort : undefined,
  };
}

/** Undefined when absent; an empty selector is present and selects everything. */
function readSelector(selector: Plain | undefined): Selector | undefined {
  if (!isPlainObject(selector)) return undefined;
  const wanted = Object.entries(objectAt(selector, "matchLabels"));
  const expressions = (listAt(selector, "matchExpressions") ?? []).filter(isPlainObject);
  return (labels) =>
    wanted.every(([key, value]) => labels[key] === value) &&
    expressions.every((expression) => matchesExpression(expression, labels));
}

function matchesExpression({ key, operator, values }: PlainObject, labels: Labels): boolean {
  const value = labels[text(key)];
  const listed = value !== undefined && Array.isArray(values) && values.includes(value);
  switch (operator) {
    case "In":
      return listed;
    case "NotIn":
      return !listed;
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      throw new Error(`a selector has the unknown operator ${JSON.stringify(operator)}`);
  }
}

function podTemplateOf(manifest: PlainObject): PlainObject | undefined {
  const spec = objectAt(manifest, "spec");
  switch (manifest.kind) {
    case "Pod":
      return manifest;
    case "CronJob":
      return objectAt(objectAt(objectAt(spec, "jobTemplate"), "spec"), "template");
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "ReplicaSet":
    case "Job":
      return objectAt(spec, "template");
    default:
      return undefined;
  }
}

function containerPorts(template: PlainObject): ContainerPort[] {
  const spec = objectAt(template, "spec");
  const sidecars = (listAt(spec, "initContainers") ?? []).filter(
    (container) => isPlainObject(container) && container.restartPolicy === "Always",
  );
  return [...(listAt(spec, "containers") ?? []), ...sidecars]
    .filter(isPlainObject)
    .flatMap((container) => listAt(container, "ports") ?? [])
    .filter(isPlainObject)
    .map(({ name, containerPort, protocol }) => ({
      name: text(name),
      port: Number(containerPort),
      protocol: readProtocol(protocol),
    }));
}

function readProtocol(protocol: Plain | undefined): Protocol {
  if (protocol === "UDP" || protocol === "SCTP") return protocol;
  return "TCP";
}

function metadataOf(manifest: PlainObject): { name: string; namespace: string; labels: Labels } {
  const metadata = objectAt(manifest, "metadata");
  const labels = Object.entries(objectAt(metadata, "labels")).map(([key, value]) => [key, text(value)]);
  return {
    name: text(metadata.name),
    namespace: text(metadata.namespace) || "default",
    labels: Object.fromEntries(labels) as Labels,
  };
}

function objectAt(parent: PlainObject, key: string): PlainObject {
  const value = parent[key];
  return isPlainObject(value) ? value : {};
}

function listAt(parent: PlainObject, key: string): Plain[] | undefined {
  const value = parent[key];
  return Array.isArray(value) ? value : undefined;
}
