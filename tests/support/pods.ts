// Pod templates of rendered objects, and what is wrong with them: Pod Security `restricted` as the API server
// checks it, and this project's own rules on top.
import type { KubernetesObject } from "../../tools/graph/objects";
import { at, isPlainObject, objectsIn, text, type Plain, type PlainObject } from "../../tools/graph/values";

export interface PodTemplate {
  /** `namespace/Kind/name` of the object that makes the pods. */
  owner: string;
  spec: PlainObject;
  /** OpenShift AI adds a proxy that checks callers: it shows the API server the pod's own token. */
  isProxied: boolean;
}

const PROXY = "security.opendatahub.io/enable-auth";

export function podTemplates(rendered: readonly KubernetesObject[]): PodTemplate[] {
  return rendered.flatMap((object) => {
    const { manifest, namespace, patch } = object;
    const { kind, metadata } = manifest;
    const holder =
      kind === "CronJob" ? at(manifest, "spec", "jobTemplate") : kind === "Pod" ? undefined : manifest;
    const spec =
      kind === "Pod"
        ? manifest.spec
        : kind === "InferenceService"
          ? servingPod(object, rendered)
          : at(holder, "spec", "template", "spec");
    return isPlainObject(spec) && !patch
      ? [
          {
            owner: `${namespace ?? ""}/${kind}/${metadata.name}`,
            spec,
            isProxied: at(metadata, "annotations", PROXY) === "true",
          },
        ]
      : [];
  });
}

/** The container of a ServingRuntime that serves, by KServe's convention. */
const SERVING_CONTAINER = "kserve-container";

/**
 * The pod that KServe makes: its ServingRuntime's, with what the predictor says itself on top. The init container that
 * fetches the model has the security context of the one that serves, which is judged for both.
 */
function servingPod(
  { manifest, namespace }: KubernetesObject,
  rendered: readonly KubernetesObject[],
): PlainObject {
  const predictor = at(manifest, "spec", "predictor");
  const { model, ...own } = isPlainObject(predictor) ? predictor : {};
  const runtime = rendered.find(
    (other) =>
      other.manifest.kind === "ServingRuntime" &&
      other.namespace === namespace &&
      other.manifest.metadata.name === at(model, "runtime"),
  );
  const base = runtime?.manifest.spec;
  if (!isPlainObject(base) || !isPlainObject(model))
    throw new Error(`InferenceService ${manifest.metadata.name} has no model, or no ServingRuntime here`);
  const containers = objectsIn(base.containers).map((container) =>
    container.name === SERVING_CONTAINER ? { ...container, ...onlyContainer(model) } : container,
  );
  return { ...base, ...own, containers };
}

/** A predictor's model says both what is served and how its container differs from the runtime's. */
function onlyContainer(model: PlainObject): PlainObject {
  const { env, image, args, command, ports, resources, securityContext, volumeMounts } = model;
  const fields = { env, image, args, command, ports, resources, securityContext, volumeMounts };
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

export function containersOf(spec: PlainObject): PlainObject[] {
  return ["containers", "initContainers", "ephemeralContainers"].flatMap((key) => objectsIn(spec[key]));
}

const RESTRICTED_VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** Every rule of the Pod Security Standard `restricted` that these pods break. */
export function restrictedViolations(spec: PlainObject): string[] {
  const pod = at(spec, "securityContext");
  const found: string[] = [];
  const rule = (holds: boolean, problem: string): void => {
    if (!holds) found.push(problem);
  };

  for (const key of ["hostNetwork", "hostPID", "hostIPC"]) rule(spec[key] !== true, `${key} is on`);
  for (const volume of objectsIn(spec.volumes))
    rule(
      Object.keys(volume).every((key) => key === "name" || RESTRICTED_VOLUMES.includes(key)),
      `volume ${text(volume.name)} is of a forbidden type`,
    );
  rule(at(pod, "sysctls") === undefined, "sysctls are set");
  rule(at(pod, "runAsUser") !== 0, "runs as root");

  for (const container of containersOf(spec)) {
    const name = text(container.name);
    const own = at(container, "securityContext");
    const effective = (...keys: string[]): Plain | undefined => at(own, ...keys) ?? at(pod, ...keys);
    rule(at(own, "privileged") !== true, `${name}: privileged`);
    rule(at(own, "allowPrivilegeEscalation") === false, `${name}: allowPrivilegeEscalation is not false`);
    rule(effective("runAsNonRoot") === true, `${name}: runAsNonRoot is not true`);
    rule(at(own, "runAsUser") !== 0, `${name}: runs as root`);
    rule(
      ["RuntimeDefault", "Localhost"].includes(text(effective("seccompProfile", "type"))),
      `${name}: no seccomp profile`,
    );
    rule(strings(at(own, "capabilities", "drop")).includes("ALL"), `${name}: does not drop all capabilities`);
    rule(
      strings(at(own, "capabilities", "add")).every((added) => added === "NET_BIND_SERVICE"),
      `${name}: adds capabilities`,
    );
    rule(["", "Default"].includes(text(at(own, "procMount"))), `${name}: procMount is set`);
    rule(
      ["", "RuntimeDefault", "Localhost"].includes(text(effective("appArmorProfile", "type"))),
      `${name}: AppArmor is off`,
    );
    // A level only tells pods apart, and is what OpenShift gives them.
    const labelled = ["user", "role", "type"].filter(
      (key) => at(effective("seLinuxOptions"), key) !== undefined,
    );
    rule(labelled.length === 0, `${name}: SELinux options are set`);
    rule(
      objectsIn(container.ports).every(({ hostPort }) => hostPort === undefined),
      `${name}: takes a port of the node`,
    );
  }
  return found;
}

/** What this project asks of every pod beyond `restricted`. */
export function houseRuleViolations(spec: PlainObject, { isProxied = false } = {}): string[] {
  const found: string[] = [];
  if (spec.automountServiceAccountToken !== isProxied)
    found.push(`automountServiceAccountToken is not ${isProxied}`);
  if (spec.enableServiceLinks !== false) found.push("enableServiceLinks is not false");
  for (const container of containersOf(spec)) {
    const name = text(container.name);
    if (at(container, "securityContext", "readOnlyRootFilesystem") !== true)
      found.push(`${name}: the root filesystem is writable`);
    for (const [kind, resource] of [
      ["requests", "cpu"],
      ["requests", "memory"],
      ["limits", "memory"],
    ] as const)
      if (at(container, "resources", kind, resource) === undefined)
        found.push(`${name}: no ${resource} in resources.${kind}`);
    if (!isPinned(text(container.image)))
      found.push(`${name}: the image "${text(container.image)}" is not pinned`);
  }
  return found;
}

/** With a digest, or with a tag that is not a moving one. A colon before the last slash is a port. */
export function isPinned(image: string): boolean {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return true;
  const tag = /^[^@]*:([^/:@]+)$/.exec(image)?.[1];
  return tag !== undefined && tag !== "latest";
}

/** The environment of every container, as `container NAME=value`. */
export function plainEnvironment(spec: PlainObject): { name: string; value: string }[] {
  return containersOf(spec)
    .flatMap((container) => objectsIn(container.env))
    .filter(({ value }) => value !== undefined)
    .map(({ name, value }) => ({ name: text(name), value: text(value) }));
}

export function strings(value: Plain | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
