// The admission of OpenShift's SecurityContextConstraints `restricted-v2`, which every account may use: what it fills in
// where a pod says nothing, and what it refuses. It follows github.com/openshift/apiserver-library-go at a8019f39f667
// (September 2025: pkg/securitycontextconstraints, sccmatching/provider.go first of all) with the object as
// github.com/openshift/cluster-kube-apiserver-operator installs it at c813e820bb94 (August 2026).
//
// Each reason is given once, where OpenShift repeats those of the pod for every container. Not looked at, here as there:
// procMount, AppArmor, fsGroupChangePolicy, supplementalGroups and Windows; pods.ts judges those of them that Pod Security
// forbids. Left out: seccomp annotations, which fields replaced in Kubernetes 1.19.
import { at, isPlainObject, objectsIn, type Plain, type PlainObject, text } from "../../tools/graph/values";
import { strings } from "./pods";

const RESTRICTED_V2 = {
  allowedCapabilities: ["NET_BIND_SERVICE"],
  requiredDropCapabilities: ["ALL"],
  seccompProfile: "runtime/default",
  volumes: [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
  ],
};

/** Without those that depend on the node's kernel. */
const SAFE_SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_syncookies",
];

/** What OpenShift sets aside for the pods of a namespace. */
export interface Allocation {
  readonly uids: { readonly min: number; readonly max: number };
  /** The first of the namespace's groups: the others are for supplementalGroups. */
  readonly fsGroup: number;
  /** SELinux level of its processes and files: `s0:c26,c15`. */
  readonly level: string;
}

/** As a namespace's annotations say it. */
export function allocationOf(annotations: Readonly<Record<string, string>>): Allocation {
  const given = (name: string) => annotations[`openshift.io/sa.scc.${name}`] ?? "";
  const uids = block(given("uid-range"));
  const [groups = ""] = given("supplemental-groups").split(",");
  return { uids, fsGroup: groups === "" ? uids.min : block(groups).min, level: given("mcs") };
}

/** `start/size` or `first-last`. */
function block(range: string): { min: number; max: number } {
  const [, start, kind, end] = /^(\d+)([/-])(\d+)$/.exec(range) ?? [];
  if (start === undefined) throw new Error(`no block of ids: "${range}"`);
  return { min: Number(start), max: kind === "/" ? Number(start) + Number(end) - 1 : Number(end) };
}

export interface Verdict {
  /** Why the pod is refused; none for one that is admitted. */
  readonly reasons: readonly string[];
  /** The pod's spec as it is admitted. */
  readonly pod: PlainObject;
  /** Paths of what the admission filled in. */
  readonly added: readonly string[];
}

/** Judges a pod by its spec. */
export function admit(spec: PlainObject, allocation: Allocation): Verdict {
  const pod = structuredClone(spec);
  const admission = new Admission(allocation);
  admission.pod(pod);
  for (const kind of ["initContainers", "containers", "ephemeralContainers"])
    for (const container of objectsIn(pod[kind])) admission.container(pod, kind, container);
  return { reasons: admission.reasons, pod, added: admission.added };
}

/** First everything is filled in that is not there, then all of it is validated: a pod's own word is never changed. */
class Admission {
  readonly reasons: string[] = [];
  readonly added: string[] = [];

  constructor(private readonly allocation: Allocation) {}

  pod(pod: PlainObject): void {
    const { fsGroup, level } = this.allocation;
    const path = "securityContext";
    const context = contextOf(pod);
    this.fill(context, path, "fsGroup", fsGroup);
    this.fill(context, path, "seLinuxOptions", { level });
    this.fill(context, path, "seccompProfile", { type: "RuntimeDefault" });

    if (context.fsGroup !== fsGroup)
      this.refuse(`${path}.fsGroup`, `${show(context.fsGroup)} is not an allowed group`);
    this.seLinux(path, context.seLinuxOptions);
    this.seccomp(path, context.seccompProfile);
    for (const [key, what] of [
      ["hostNetwork", "Host network"],
      ["hostPID", "Host PID"],
      ["hostIPC", "Host IPC"],
    ] as const)
      if (pod[key] === true) this.refuse(key, `${what} is not allowed to be used`);
    for (const { name } of objectsIn(context.sysctls))
      if (!SAFE_SYSCTLS.includes(text(name)))
        this.refuse(`${path}.sysctls`, `unsafe sysctl "${text(name)}" is not allowed`);
    for (const volume of objectsIn(pod.volumes)) {
      // The API server makes an emptyDir of a volume that says nothing.
      const [kind = "emptyDir"] = Object.keys(volume).filter((key) => key !== "name");
      if (!RESTRICTED_V2.volumes.includes(kind))
        this.refuse(`volumes[${text(volume.name)}]`, `${kind} volumes are not allowed to be used`);
    }
  }

  container(pod: PlainObject, kind: string, container: PlainObject): void {
    const { uids } = this.allocation;
    const place = `${kind}[${text(container.name)}]`;
    const path = `${place}.securityContext`;
    const own = contextOf(container);
    const inherited = contextOf(pod);
    const effective = (key: string): Plain | undefined => own[key] ?? inherited[key];

    if (effective("runAsUser") === undefined) this.fill(own, path, "runAsUser", uids.min);
    if (effective("runAsNonRoot") === undefined && Number(effective("runAsUser")) > 0)
      this.fill(own, path, "runAsNonRoot", true);
    this.dropCapabilities(path, own);
    this.fill(own, path, "allowPrivilegeEscalation", false);

    const uid = effective("runAsUser");
    if (typeof uid !== "number" || uid < uids.min || uid > uids.max)
      this.refuse(`${path}.runAsUser`, `${show(uid)} must be in the ranges: [${uids.min}, ${uids.max}]`);
    this.seLinux(path, effective("seLinuxOptions"));
    this.seccomp(path, effective("seccompProfile"));
    if (own.privileged === true) this.refuse(`${path}.privileged`, "Privileged containers are not allowed");
    for (const capability of strings(at(own, "capabilities", "add")))
      if (!RESTRICTED_V2.allowedCapabilities.includes(capability))
        this.refuse(`${path}.capabilities.add`, `${capability} capability may not be added`);
    if (own.allowPrivilegeEscalation !== false)
      this.refuse(
        `${path}.allowPrivilegeEscalation`,
        "Allowing privilege escalation for containers is not allowed",
      );
    for (const { hostPort } of objectsIn(container.ports))
      if (Number(hostPort ?? 0) > 0)
        this.refuse(`${place}.ports.hostPort`, `${show(hostPort)} Host ports are not allowed to be used`);
  }

  /** What has to be dropped is added to what the container drops itself. */
  private dropCapabilities(path: string, context: PlainObject): void {
    const capabilities = isPlainObject(context.capabilities) ? context.capabilities : {};
    const dropped = strings(capabilities.drop);
    const missing = RESTRICTED_V2.requiredDropCapabilities.filter((name) => !dropped.includes(name));
    if (missing.length === 0) return;
    context.capabilities = { ...capabilities, drop: [...dropped, ...missing].sort() };
    this.added.push(`${path}.capabilities.drop`);
  }

  private seLinux(path: string, options: Plain | undefined): void {
    const wanted: Readonly<Record<string, string>> = { level: this.allocation.level };
    for (const key of ["level", "role", "type", "user"]) {
      const expected = wanted[key] ?? "";
      if (sortedLevel(text(at(options, key))) !== sortedLevel(expected))
        this.refuse(`${path}.seLinuxOptions.${key}`, `${show(at(options, key))} must be ${expected}`.trim());
    }
  }

  private seccomp(path: string, profile: Plain | undefined): void {
    const given = seccompName(profile);
    if (given !== RESTRICTED_V2.seccompProfile)
      this.refuse(
        `${path}.seccompProfile`,
        `${given} is not an allowed seccomp profile. Valid values are [${RESTRICTED_V2.seccompProfile}]`,
      );
  }

  private fill(context: PlainObject, path: string, key: string, value: Plain): void {
    if (context[key] !== undefined && context[key] !== null) return;
    context[key] = value;
    this.added.push(`${path}.${key}`);
  }

  private refuse(path: string, reason: string): void {
    this.reasons.push(`${path}: ${reason}`);
  }
}

/** The security context of a pod or a container, which has one from now on. */
function contextOf(owner: PlainObject): PlainObject {
  const context = isPlainObject(owner.securityContext) ? owner.securityContext : {};
  owner.securityContext = context;
  return context;
}

/** The order of categories means nothing: `s0:c6,c0` is `s0:c0,c6`. */
function sortedLevel(level: string): string {
  const [sensitivity, categories] = level.split(":", 2);
  return categories === undefined ? level : `${sensitivity}:${categories.split(",").sort().join(",")}`;
}

function seccompName(profile: Plain | undefined): string {
  switch (at(profile, "type")) {
    case "RuntimeDefault":
      return "runtime/default";
    case "Unconfined":
      return "unconfined";
    case "Localhost":
      return `localhost/${text(at(profile, "localhostProfile"))}`;
    default:
      return "";
  }
}

const show = (value: Plain | undefined): string => (value === undefined ? "nothing" : JSON.stringify(value));
