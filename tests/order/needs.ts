// What each object of a stack needs before it is made, and why: derived from what the objects say, never from the
// dependencies that the program gave them.
import { at, objectsIn } from "../../tools/graph/values";
import type { Resource } from "../../tools/graph/graph";
import { credentialNeeds } from "./credentials";
import { networkNeeds } from "./network";
import { operatorNeeds } from "./operators";
import { kindOf, nameOf, namespaceOf, type Pods, type Scene } from "./scene";
import { preparationNeeds } from "./preparation";

export interface Need {
  readonly of: Resource;
  readonly on: Resource;
  /** Completes the sentence "it waits, since ...". */
  readonly why: string;
}

export function needs(scene: Scene): Need[] {
  return [
    ...places(scene),
    ...references(scene),
    ...services(scene),
    ...watched(scene),
    ...networkNeeds(scene),
    ...credentialNeeds(scene),
    ...preparationNeeds(scene),
    ...operatorNeeds(scene),
  ].filter(({ of, on }) => of !== on);
}

/** Each of these objects needs each of those. */
export function each(
  of: Resource | readonly Resource[],
  on: readonly (Resource | undefined)[],
  why: string,
): Need[] {
  const all = Array.isArray(of) ? (of as readonly Resource[]) : [of as Resource];
  return all.flatMap((one) =>
    on.flatMap((other) => (other === undefined ? [] : [{ of: one, on: other, why }])),
  );
}

function places(scene: Scene): Need[] {
  const inNamespaces = scene.objects.flatMap((object) =>
    each(object, [scene.find("Namespace", "", namespaceOf(object))], "it is in that namespace"),
  );
  const patches = scene
    .ofKind("Namespace")
    .flatMap((object) =>
      each(object, [scene.find("Namespace", "", nameOf(object))], "it changes that namespace"),
    );
  // What uses up a quota is counted from the first on.
  const counted = [
    ...scene.pods.map(({ owner, pod }) => ({ owner, namespace: pod.namespace })),
    ...scene.ofKind("PersistentVolumeClaim").map((owner) => ({ owner, namespace: namespaceOf(owner) })),
  ];
  const bounds = counted.flatMap(({ owner, namespace }) =>
    ["ResourceQuota", "LimitRange"].flatMap((kind) =>
      each(owner, scene.ofKind(kind, namespace), "its namespace is bounded"),
    ),
  );
  return [...inNamespaces, ...patches, ...bounds];
}

function references(scene: Scene): Need[] {
  return scene.objects.flatMap((object) => each(object, scene.referencesOf(object), "it names that object"));
}

/** `pulumi up` waits until a Service has a pod to send requests to. */
function services(scene: Scene): Need[] {
  return scene
    .ofKind("Service")
    .flatMap((service) =>
      each(
        service,
        ownersOf(scene.selected(namespaceOf(service), at(service.inputs, "spec", "selector"))),
        "it is ready when that is",
      ),
    );
}

/** An alert on pods that are not made yet wakes somebody for nothing. */
function watched(scene: Scene): Need[] {
  return scene.ofKind("ServiceMonitor").flatMap((monitor) => {
    const namespace = namespaceOf(monitor);
    const ports = objectsIn(at(monitor.inputs, "spec", "endpoints")).map(({ port }) => port);
    const behind = scene.selected(namespace, at(monitor.inputs, "spec", "selector", "matchLabels"));
    const inFront = behind
      .flatMap((pods) => scene.servicesOf(pods))
      .filter(({ inputs }) =>
        objectsIn(at(inputs, "spec", "ports")).some(({ name }) => ports.includes(name)),
      );
    const alerts = scene.find("PrometheusRule", namespace, nameOf(monitor));
    return alerts ? each(alerts, [...inFront, ...ownersOf(behind)], "it watches that") : [];
  });
}

export function ownersOf(pods: readonly Pods[]): Resource[] {
  return pods.map(({ owner }) => owner);
}

/** As people call it: `Job minio/minio-sweep`. */
export function title(resource: Resource): string {
  const kind = kindOf(resource);
  if (kind === "") return `${resource.type} ${resource.name}`;

  const place = namespaceOf(resource);
  return `${kind} ${place === "" ? "" : `${place}/`}${resource.name}`;
}
