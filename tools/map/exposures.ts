// Exposures of a stack: the hosts, and ports of the nodes, by which one gets in from outside, and where they lead.
import { APPS_DOMAIN } from "../graph/placeholders";
import { objectOr, objectsIn, text, type Plain } from "../graph/values";
import type { KubernetesObject } from "../graph/objects";
import type { StackNetwork } from "../network/stack";
import type { RenderedStack } from "../render/stack";
import type { Family } from "./family";
import type { MapNode, Scene } from "./nodes";
import type { Unlinked } from "./wiring";

/** Stands for the domain that an OpenShift cluster gives to its Routes. */
export const APPS = "apps.<cluster>";

export interface Exposure {
  /** `https://iris-api.example.com`, or what stands for an address that only its owner knows. */
  readonly address: string;
  /** `Route`, `Ingress`, `NodePort`, or `made by its operator` */
  readonly kind: string;
  /** Id of the node that answers. */
  readonly node: string;
  /** The port of its pods. */
  readonly port: number;
  /** Names of the Edges that open the way. */
  readonly edges: readonly string[];
}

/** Stands for an address that an operator chooses. */
const OPERATORS = "<chosen by the operator>";

interface ExposureArgs {
  readonly rendered: RenderedStack;
  readonly the: StackNetwork;
  readonly family: Family;
  readonly scene: Scene;
  readonly connections: readonly Unlinked[];
}

/** Where an exposure leads: the name of a Service, and its port by number or name. */
interface Backend {
  readonly service: string;
  readonly port: Plain | undefined;
}

export function exposuresOf(args: ExposureArgs): Exposure[] {
  const declared = args.rendered.objects.flatMap((object) =>
    entrancesOf(object).map(({ address, backend }) => ({
      address,
      kind: object.manifest.kind === "Service" ? "NodePort" : object.manifest.kind,
      ...destinationOf(object, backend, args),
    })),
  );
  const inward = args.connections.filter(({ from }) => from === args.the.ingress.name);
  const made = inward
    .filter(
      ({ toNode, port }) => !declared.some((exposure) => exposure.node === toNode && exposure.port === port),
    )
    .map(({ toNode, port }) => ({
      address: OPERATORS,
      kind: "made by its operator",
      node: toNode,
      port,
    }));
  return [...declared, ...made]
    .map((exposure) => ({
      ...exposure,
      edges: inward
        .filter(({ toNode, port }) => toNode === exposure.node && port === exposure.port)
        .flatMap(({ reasons }) => reasons.map(({ edge }) => edge)),
    }))
    .sort((one, other) => (one.address + one.node < other.address + other.node ? -1 : 1));
}

/** The addresses that an object opens, and where they lead. */
export function entrancesOf({ manifest }: KubernetesObject): { address: string; backend: Backend }[] {
  const spec = objectOr(manifest.spec);
  const url = (tls: Plain | undefined, host: Plain | undefined): string =>
    `${tls === undefined ? "http" : "https"}://${text(host).replace(APPS_DOMAIN, APPS)}`;
  switch (manifest.kind) {
    case "Ingress":
      return objectsIn(spec.rules).flatMap(({ host, http }) =>
        objectsIn(objectOr(http).paths).map(({ backend, path }) => {
          const { name, port } = objectOr(objectOr(backend).service);
          const { number, name: portName } = objectOr(port);
          const below = text(path) === "/" ? "" : text(path);
          return {
            address: url(spec.tls, host) + below,
            backend: { service: text(name), port: number ?? portName },
          };
        }),
      );
    case "Route":
      return [
        {
          address: url(spec.tls, spec.host) + text(spec.path),
          backend: { service: text(objectOr(spec.to).name), port: objectOr(spec.port).targetPort },
        },
      ];
    case "Service":
      return objectsIn(spec.ports).flatMap(({ nodePort, port }) =>
        typeof nodePort === "number"
          ? [
              {
                address: `http://<any node>:${nodePort}`,
                backend: { service: manifest.metadata.name, port },
              },
            ]
          : [],
      );
    default:
      return [];
  }
}

function destinationOf(
  object: KubernetesObject,
  backend: Backend,
  { rendered, the, family, scene, connections }: ExposureArgs,
): { node: string; port: number } {
  const service = rendered.objects.find(
    ({ manifest, namespace }) =>
      manifest.kind === "Service" &&
      namespace === object.namespace &&
      manifest.metadata.name === backend.service,
  );
  const pod = service && podBehind(service, the);
  if (service !== undefined && pod !== undefined) {
    const ports = objectsIn(objectOr(service.manifest.spec).ports);
    const wanted = ports.find(({ port, name, targetPort }) =>
      [port, name, targetPort].includes(backend.port ?? null),
    );
    const target = wanted?.targetPort ?? wanted?.port ?? backend.port;
    const port = pod.ports.find(({ name, port: number }) => name === target || number === target)?.port;
    if (port !== undefined) return { node: scene.nodeOf(pod).id, port };
  }
  // The Service is an operator's: it leads where the controller may go, in the component that made the exposure.
  const component = family.topOf(family.get(object.urn)).urn;
  const own = new Set(scene.nodes.filter(isPartOf(component)).map(({ id }) => id));
  const reached = connections.find(({ from, toNode }) => from === the.ingress.name && own.has(toNode));
  if (reached === undefined) {
    const { kind, metadata } = object.manifest;
    throw new Error(`${kind} ${metadata.name} leads nowhere: the ingress controller may reach nothing there`);
  }
  return { node: reached.toNode, port: reached.port };
}

function podBehind({ manifest, namespace }: KubernetesObject, { own }: StackNetwork) {
  const selector = Object.entries(objectOr(objectOr(manifest.spec).selector));
  return own.find(
    (pod) =>
      pod.namespace === namespace &&
      selector.length > 0 &&
      selector.every(([key, value]) => pod.labels[key] === text(value)),
  );
}

function isPartOf(component: string): (node: MapNode) => boolean {
  return (node) => node.component === component;
}
