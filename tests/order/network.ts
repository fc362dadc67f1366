// What objects need of the network: pods of the policies that let them connect and of those they connect to, the way in
// from outside of the policy that opens it.
import { at, objectsIn } from "../../tools/graph/values";
import type { Resource } from "../../tools/graph/graph";
import type { Policy, Rule } from "../../tools/network/network";
import { each, type Need } from "./needs";
import { namespaceOf, type Pods, type Scene } from "./scene";

export function networkNeeds(scene: Scene): Need[] {
  return [
    ...scene.pods.flatMap((pods) => connections(scene, pods)),
    ...waysOut(scene),
    ...waysIn(scene),
    ...collection(scene),
  ];
}

/** Where not everything is closed before, the first way out of some pods closes all others: that to names comes first. */
function waysOut(scene: Scene): Need[] {
  const isClosed = (namespace: string): boolean =>
    scene.network.policies.some(
      (policy) => policy.namespace === namespace && policy.selector({}) && policy.egress?.length === 0,
    );
  const out = scene.ofKind("NetworkPolicy").filter((policy) => egressPorts(policy).length > 0);
  const toNames = out.filter((policy) => egressPorts(policy).includes(53));
  return out
    .filter((policy) => !toNames.includes(policy) && !isClosed(namespaceOf(policy)))
    .flatMap((policy) =>
      each(
        policy,
        toNames.filter((other) => podsOf(other) === podsOf(policy)),
        "its pods find names through it",
      ),
    );
}

function egressPorts({ inputs }: Resource): unknown[] {
  return objectsIn(at(inputs, "spec", "egress"))
    .flatMap(({ ports }) => objectsIn(ports))
    .map(({ port }) => port);
}

function podsOf(policy: Resource): string {
  return JSON.stringify([namespaceOf(policy), at(policy.inputs, "spec", "podSelector", "matchLabels") ?? {}]);
}

/** What has to be in force before these pods start, and who has to answer them. */
function connections(scene: Scene, pods: Pods): Need[] {
  const { owner, pod } = pods;
  const own = scene.network.policies.filter(
    (policy) =>
      policy.namespace === pod.namespace && policy.selector(pod.labels) && policy.egress !== undefined,
  );
  const targets = own.flatMap(({ egress = [] }) => egress).flatMap((rule) => targetsOf(scene, rule));
  return [
    ...each(
      owner,
      own.map((policy) => resourceOf(scene, policy)),
      "it decides where its pods may connect to",
    ),
    ...targets.flatMap(({ target, port }) => [
      ...each(
        owner,
        admitting(scene, target, pods, port).map((policy) => resourceOf(scene, policy)),
        "it lets its pods in",
      ),
      ...each(owner, [target.owner, ...scene.servicesOf(target, port)], "its pods connect to that"),
    ]),
  ];
}

/** Pods of this stack to which a rule of egress leads. Jobs open connections, and take none. */
function targetsOf(scene: Scene, { peers = [], ports = [] }: Rule): { target: Pods; port: number }[] {
  const reached = scene.pods.filter(
    ({ owner, pod }) =>
      owner.inputs.kind !== "Job" &&
      peers.some(
        ({ pods, namespaces, block }) =>
          block === undefined &&
          (namespaces?.(scene.network.namespaces.get(pod.namespace) ?? {}) ?? false) &&
          (pods?.(pod.labels) ?? true),
      ),
  );
  return reached.flatMap((target) =>
    ports.flatMap(({ port }) => (typeof port === "number" ? [{ target, port }] : [])),
  );
}

/** Policies where `target` is that let in pods like these. */
function admitting(scene: Scene, target: Pods, from: Pick<Pods, "pod">, port?: number): Policy[] {
  return scene.network.policies.filter(
    ({ namespace, selector, ingress = [] }) =>
      namespace === target.pod.namespace &&
      selector(target.pod.labels) &&
      ingress.some(
        (rule) =>
          (port === undefined || (rule.ports?.some((range) => range.port === port) ?? true)) &&
          rule.peers?.some(
            ({ pods, namespaces }) =>
              (namespaces?.(scene.network.namespaces.get(from.pod.namespace) ?? {}) ?? false) &&
              (pods?.(from.pod.labels) ?? true),
          ),
      ),
  );
}

function resourceOf(scene: Scene, { namespace, name }: Policy): Resource | undefined {
  return scene.find("NetworkPolicy", namespace, name);
}

/** Nobody is sent to pods that don't let the router in. */
function waysIn(scene: Scene): Need[] {
  const routes = [...scene.ofKind("Route"), ...scene.ofKind("Ingress").filter(({ read }) => !read)];
  return [
    ...routes.flatMap((way) => {
      const behind = scene.referencesOf(way).flatMap((service) => podsBehind(scene, service));
      const policies = behind.flatMap((pods) => admitting(scene, pods, { pod: scene.ingress }));
      const ports = portsOf(scene, way);
      const open = policies.filter(({ ingress = [] }) =>
        ingress.some(({ ports: ranges = [] }) => ranges.some(({ port }) => ports.includes(port))),
      );
      return each(
        way,
        open.map((policy) => resourceOf(scene, policy)),
        "it opens the way in",
      );
    }),
    // Its operator makes the Route with it.
    ...scene.ofKind("ModelRegistry").flatMap((registry) =>
      podsBehind(scene, registry).flatMap((pods) =>
        each(
          registry,
          admitting(scene, pods, { pod: scene.ingress }).map((policy) => resourceOf(scene, policy)),
          "it opens the way in",
        ),
      ),
    ),
  ];
}

/** The Route says the pods' port, an Ingress that of the Service, which is the same. */
function portsOf(scene: Scene, way: Resource): unknown[] {
  const ofRoute = at(way.inputs, "spec", "port", "targetPort");
  if (ofRoute !== undefined) return [ofRoute];
  return scene
    .referencesOf(way)
    .flatMap((service) => at(service.inputs, "spec", "ports") ?? [])
    .map((port) => at(port, "port"));
}

function podsBehind(scene: Scene, service: Resource): Pods[] {
  const made = scene.pods.filter(({ owner }) => owner === service);
  return [...made, ...scene.selected(namespaceOf(service), at(service.inputs, "spec", "selector"))];
}

/** Metrics are collected where the collector is let in. */
function collection(scene: Scene): Need[] {
  return scene.ofKind("ServiceMonitor").flatMap((monitor) => {
    const labels = at(monitor.inputs, "spec", "selector", "matchLabels");
    return scene.selected(namespaceOf(monitor), labels).flatMap((pods) =>
      each(
        monitor,
        admitting(scene, pods, { pod: scene.collector }).map((policy) => resourceOf(scene, policy)),
        "it lets the collector in",
      ),
    );
  });
}
