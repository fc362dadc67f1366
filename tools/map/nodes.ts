// Nodes: what the map shows. Pods that run are nodes; Jobs that set up or clean up a service are folded into it, so that
// the picture shows who uses what and not how that was prepared.
import type { Graph, Resource } from "../graph/graph";
import { isPlainObject, text, type Plain } from "../graph/values";
import type { Peer, Pod } from "../network/network";
import type { Connection } from "../network/reachability";
import type { StackNetwork } from "../network/stack";
import type { RenderedStack } from "../render/stack";
import { Family, kindOf } from "./family";

/** How a node takes part: it keeps data, serves, runs to an end, only connects, or is not in the cluster's pods. */
export type Role = "store" | "service" | "job" | "client" | "entrance" | "cluster" | "outside";

export interface MapNode {
  /** Unique in a map: `mlops/iris-api`. */
  readonly id: string;
  readonly title: string;
  /** What it is, in words: `inference service`. */
  readonly kind: string;
  readonly role: Role;
  /** Id of the place that it is in. */
  readonly place: string;
  /** URN of the component that the program made it with. */
  readonly component: string | undefined;
  /** Ports on which somebody may reach it, or that it declares. */
  readonly ports: readonly number[];
  /** Names of everything that is folded into it, as they stand in the table. */
  readonly members: readonly string[];
}

/** A namespace, or a group of what is in none. */
export interface Place {
  readonly id: string;
  readonly title: string;
  readonly kind: "platform" | "foreign" | "cluster" | "outside";
}

/** A permitted connection, and the Edges that open it. */
export interface Opened {
  readonly connection: Connection;
  readonly edges: readonly Resource[];
}

export interface Scene {
  readonly places: readonly Place[];
  readonly nodes: readonly MapNode[];
  /** The nodes in which both ends are. */
  endsOf(opened: Opened): { readonly from: MapNode; readonly to: MapNode };
  /** Where pods of the platform are. */
  nodeOf(pod: Pod): MapNode;
}

export interface SceneArgs {
  readonly rendered: RenderedStack;
  readonly the: StackNetwork;
  readonly family: Family;
  /** Policies by Edge. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
  readonly opened: readonly Opened[];
}

/** A node without its ports and members, which are known when everybody is sorted. */
type Sketch = Omit<MapNode, "ports" | "members">;

/** What the keys of the platform's own labels begin with. */
const OWN_LABELS = "mlops-platform/";

const OUTSIDE: Place = { id: "outside", title: "outside the cluster", kind: "outside" };

export function sceneOf(args: SceneArgs): Scene {
  const pods = sketchPods(args);
  const sketchOf = (peer: Peer, edges: readonly Resource[] = []): Sketch => {
    if (peer.kind === "address") return addressSketch(peer.name, edges, args);
    return pods.get(peer) ?? foreignSketch(peer);
  };
  const nodes = new Map<string, MapNode>();
  const add = (peer: Peer, sketch: Sketch, more: readonly (number | undefined)[]): void => {
    const known = nodes.get(sketch.id);
    if (known !== undefined && known.component !== sketch.component)
      throw new Error(`two components have pods called ${sketch.id}`);
    const { ports = [], members = [] } = known ?? {};
    const all = [...ports, ...more].filter((port) => port !== undefined);
    nodes.set(sketch.id, {
      ...sketch,
      ports: [...new Set(all)].sort((one, other) => one - other),
      members: [...new Set([...members, peer.name])].sort(),
    });
  };
  for (const [pod, sketch] of pods) {
    const ports = pod.ports.map(({ port }) => port);
    add(pod, sketch, ports);
  }
  for (const { connection, edges } of args.opened) {
    add(connection.from, sketchOf(connection.from), []);
    add(connection.to, sketchOf(connection.to, edges), [connection.port]);
  }
  const at = (sketch: Sketch): MapNode => {
    const node = nodes.get(sketch.id);
    if (node === undefined) throw new Error(`${sketch.id} is not on the map`);
    return node;
  };
  return {
    places: placesOf([...nodes.values()], args.rendered.graph),
    nodes: [...nodes.values()],
    nodeOf: (pod) => at(sketchOf(pod)),
    endsOf: ({ connection, edges }) => ({
      from: at(sketchOf(connection.from)),
      to: at(sketchOf(connection.to, edges)),
    }),
  };
}

function placesOf(nodes: readonly MapNode[], { resources }: Graph): Place[] {
  const managed = resources
    .filter(({ type }) => type === "mlops:network:ManagedNamespace")
    .map(({ outputs }) => text(outputs.name));
  return [...new Set(nodes.map(({ place }) => place))].sort().map((id): Place => {
    if (id === OUTSIDE.id) return OUTSIDE;
    const cluster = nodes.some(({ place, role }) => place === id && role === "cluster");
    return { id, title: id, kind: managed.includes(id) ? "platform" : cluster ? "cluster" : "foreign" };
  });
}

/** Every pod of the platform, connected or not. */
function sketchPods(args: SceneArgs): Map<Pod, Sketch> {
  const sketches = new Map<Pod, Sketch>();
  const jobs: { pod: Pod; component: Resource }[] = [];
  for (const pod of args.the.own) {
    const [, kind = ""] = pod.name.split("/");
    if (kind.startsWith("pods with ")) sketches.set(pod, expectedSketch(pod, args));
    else {
      const component = args.family.topOf(resourceOf(pod, args));
      if (/^(cron)?job$/.test(kind)) jobs.push({ pod, component });
      else sketches.set(pod, serverSketch(pod, component));
    }
  }
  const servers = [...sketches.values()];
  for (const { pod, component } of jobs) {
    const own = servers.filter(
      (server) => server.component === component.urn && server.place === pod.namespace,
    );
    const server = own.find(({ title }) => title === component.name) ?? own[0];
    sketches.set(pod, server ?? jobSketch(pod, component));
  }
  return sketches;
}

function serverSketch({ name: fullName, namespace }: Pod, component: Resource): Sketch {
  const [, kind, name = fullName] = fullName.split("/");
  return {
    id: `${namespace}/${name}`,
    title: name,
    kind: kindOf(component),
    role: kind === "statefulset" ? "store" : "service",
    place: namespace,
    component: component.urn,
  };
}

/** Jobs of a component that has no pods of its own. */
function jobSketch({ namespace }: Pod, component: Resource): Sketch {
  return {
    id: `${namespace}/${component.name}`,
    title: component.name,
    kind: kindOf(component),
    role: "job",
    place: namespace,
    component: component.urn,
  };
}

/** Pods that nobody here makes: an operator's, or whoever wears a label of the platform to be let in. */
function expectedSketch(pod: Pod, { family, edges, rendered }: SceneArgs): Sketch {
  const labels = Object.entries(pod.labels);
  const invitation = labels.find(([key]) => key.startsWith(OWN_LABELS));
  if (invitation !== undefined) {
    return {
      id: pod.name,
      title: "any pod with the label",
      kind: `${invitation[0].slice(OWN_LABELS.length)}=${invitation[1]}`,
      role: "client",
      place: pod.namespace,
      component: undefined,
    };
  }
  const about = new Set(
    rendered.objects
      .filter(({ manifest }) => manifest.kind === "NetworkPolicy" && selects(manifest.spec ?? null, pod))
      .map(({ manifest, namespace }) => `${namespace ?? ""}/${manifest.metadata.name}`),
  );
  // Callers have Edges to them, too; the component whose operator makes them has its name among their labels.
  const candidates = [...edges]
    .filter(([, policies]) => policies.some((policy) => about.has(policy)))
    .map(([edge]) => family.topOf(family.get(edge)));
  const component = candidates.find(({ name }) => Object.values(pod.labels).includes(name)) ?? candidates[0];
  const title = labels[0]?.[1] ?? pod.name;
  return {
    id: `${pod.namespace}/${title}`,
    title,
    kind: component === undefined ? "of an operator" : kindOf(component),
    role: "service",
    place: pod.namespace,
    component: component?.urn,
  };
}

/** Whether the spec of a policy is about exactly the pods with these labels. */
function selects(spec: Plain, { labels }: Pod): boolean {
  const selector = isPlainObject(spec) && isPlainObject(spec.podSelector) ? spec.podSelector.matchLabels : {};
  const wanted = Object.entries(isPlainObject(selector) ? selector : {});
  return (
    wanted.length === Object.keys(labels).length &&
    wanted.every(([key, value]) => labels[key] === text(value))
  );
}

/** Pods of the cluster's own services, and of the applications that the configuration names. */
function foreignSketch({ name, namespace }: Pod): Sketch {
  const application = /^consumer (.*)$/.exec(name)?.[1];
  return {
    id: `${namespace}/${name}`,
    title: application ?? name.replaceAll("-", " "),
    kind: application === undefined ? "of the cluster" : "your application",
    role: application === undefined ? "cluster" : "client",
    place: namespace,
    component: undefined,
  };
}

/** A service outside is the component that stands for it: it makes the Grants, and with them the Edges. */
function addressSketch(name: string, edges: readonly Resource[], { family }: SceneArgs): Sketch {
  const base = { role: "outside", place: OUTSIDE.id } as const;
  const grant = edges.find((edge) => family.parentOf(edge)?.type === "mlops:access:Grant");
  if (grant !== undefined) {
    const component = family.topOf(grant);
    return {
      ...base,
      id: `outside/${component.name}`,
      title: component.name,
      kind: kindOf(component),
      component: component.urn,
    };
  }
  const [title, kind] =
    name === "api-server" ? ["API server", "of Kubernetes"] : [name.replace(/^addresses /, ""), "addresses"];
  return { ...base, id: `outside/${name}`, title, kind, component: undefined };
}

function resourceOf(pod: Pod, { rendered, family }: SceneArgs): Resource {
  const [namespace, kind, name] = pod.name.split("/");
  const found = rendered.objects.find(
    (object) =>
      object.namespace === namespace &&
      object.manifest.kind.toLowerCase() === kind &&
      object.manifest.metadata.name === name,
  );
  if (found === undefined) throw new Error(`no object has the pods ${pod.name}`);
  return family.get(found.urn);
}
