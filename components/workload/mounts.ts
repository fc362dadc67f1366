// Mounts: what a container finds in its file system, said once, at the container; the pod's volumes follow.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { withChecksum } from "../network";
import { bytes } from "./quantity";

type Volume = k8s.types.input.core.v1.Volume;

/** Where the files of a mount come from. */
export type MountSource = Readonly<
  | { secret: pulumi.Input<string> }
  | { configMap: pulumi.Input<string> }
  | { claim: pulumi.Input<string>; readOnly?: boolean }
  /** A file `token` that proves to the API server, or who asks it, which ServiceAccount the pod runs as; kept fresh. */
  | { token: { audience?: string } }
  /** A writable directory that lasts as long as the pod; the value bounds its size: `64Mi`. */
  | { scratch: string }
  /** The same in memory, which counts against the container's limit: shared memory of its processes. */
  | { memory: string }
>;

/** Mounts by absolute path: `{ "/data": { claim: ... }, "/tmp": { scratch: "64Mi" } }`. */
export type Mounts = Readonly<Record<string, MountSource>>;

/** Writable directories by path, with the size that bounds each: `{ "/tmp": "64Mi" }`. */
export type Scratch = Readonly<Record<string, string>>;

/** The same as mounts of a container. */
export function scratchMounts(scratch: Scratch): Mounts {
  return Object.fromEntries(Object.entries(scratch).map(([path, size]) => [path, { scratch: size }]));
}

type Mounting = readonly { mounts?: Mounts }[];

/** The volumes that the containers of one pod need. Containers that mount the same path share its volume. */
export function volumes(containers: Mounting): Volume[] {
  return [...sources(containers)].map(([path, source]) => ({
    name: volumeName(path),
    ...volumeSource(source),
  }));
}

/** What the scratch volumes of one pod may hold together. */
export function scratchBytes(containers: Mounting): number {
  return [...sources(containers).values()].reduce(
    (sum, source) => sum + ("scratch" in source ? bytes(source.scratch) : 0),
    0,
  );
}

function sources(containers: Mounting): Map<string, MountSource> {
  const byPath = new Map<string, MountSource>();
  for (const [path, source] of containers.flatMap(({ mounts }) => Object.entries(mounts ?? {}))) {
    const other = byPath.get(path);
    if (other !== undefined && differ(other, source)) {
      throw new pulumi.RunError(
        `Two containers of one pod mount ${path} from different sources. Mount one of them at another path.`,
      );
    }
    byPath.set(path, source);
  }
  return byPath;
}

/** As far as it is known before anything is created. */
function differ(one: MountSource, other: MountSource): boolean {
  const [[kind, value], [otherKind, otherValue]] = [firstOf(one), firstOf(other)];
  const known = typeof value === "string" && typeof otherValue === "string";
  return kind !== otherKind || (known && value !== otherValue);
}

/** What kind of source it is, and which one of that kind. */
function firstOf(source: MountSource): [string?, unknown?] {
  return Object.entries<unknown>(source)[0] ?? [];
}

export function volumeMounts(mounts: Mounts): k8s.types.input.core.v1.VolumeMount[] {
  return Object.entries(mounts).map(([mountPath, source]) => ({
    name: volumeName(mountPath),
    mountPath,
    ...(isReadOnly(source) ? { readOnly: true } : {}),
  }));
}

function isReadOnly(source: MountSource): boolean {
  if ("claim" in source) return source.readOnly ?? false;
  return !("scratch" in source || "memory" in source);
}

/** Seconds that a token works; the kubelet renews its file in time. */
const TOKEN_SECONDS = 3600;

/** The longest name of a volume. */
const NAME_LENGTH = 63;

/** Paths that a name can tell apart from all others. */
const PLAIN_PATH = /^(\/[a-z0-9]+(-[a-z0-9]+)*)+$/;

/** `/credentials/admin` -> `credentials-admin`, `/etc/my-ca` -> `etc-my--ca`; any other path gets a checksum. */
function volumeName(path: string): string {
  if (PLAIN_PATH.test(path)) {
    const name = path.slice(1).replaceAll("-", "--").replaceAll("/", "-");
    if (name.length <= NAME_LENGTH) return name;
  }
  const readable = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return withChecksum(readable, NAME_LENGTH, path);
}

function volumeSource(source: MountSource): Omit<Volume, "name"> {
  if ("secret" in source) {
    // Readable by the pod's group (its fsGroup), by nobody else.
    return { secret: { secretName: source.secret, defaultMode: 0o440 } };
  }
  if ("configMap" in source) return { configMap: { name: source.configMap } };
  if ("claim" in source) return { persistentVolumeClaim: { claimName: source.claim } };
  if ("token" in source) {
    const token = { path: "token", expirationSeconds: TOKEN_SECONDS, ...source.token };
    return { projected: { defaultMode: 0o440, sources: [{ serviceAccountToken: token }] } };
  }
  if ("memory" in source) return { emptyDir: { medium: "Memory", sizeLimit: source.memory } };
  return { emptyDir: { sizeLimit: source.scratch } };
}
