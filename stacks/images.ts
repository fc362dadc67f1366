// Images: the one table of what runs. Every entry is pinned, and can be replaced in the config (`images`).

/** What runs unless another image is given. */
export const defaultImages = {
  /** MinIO's own images are gone from the registries; silo is a maintained fork with the same settings. */
  objectStore: "docker.io/pgsty/silo:RELEASE.2026-09-16T00-00-00Z",
  sqlDatabase: "docker.io/library/mysql:8.4.10",
  documentDatabase: "docker.io/library/mongo:8.0.26",
  modelRegistry: "ghcr.io/kubeflow/hub/server:v0.3.9",
  /** `-full`: with clients for MySQL and S3, metrics and basic authentication. */
  tracking: "ghcr.io/mlflow/mlflow:v3.17.2-full",
  /** The client of the cluster's API, with which operators are installed: every cluster of OpenShift may pull it. */
  cli: "registry.redhat.io/openshift4/ose-cli-rhel9:v4.19",
  triton: "nvcr.io/nvidia/tritonserver:26.08-py3",
  /** A person's images under tags that move: crime prediction is off unless the config turns it on. */
  crimeBackend: "docker.io/imen835/mlops-crime:backend-latest",
  crimeFrontend: "docker.io/imen835/mlops-crime:frontend-latest",
} as const;

/** What an image is for. */
export type ImageName = keyof typeof defaultImages;

export interface ImageSettings {
  /** A registry, with or without a path, that mirrors all the others. */
  readonly mirror?: string;
  readonly overrides: Readonly<Partial<Record<ImageName, string>>>;
}

/** The reference of an image: the config's own, or the default one, fetched through the mirror if there is one. */
export function imageReference(name: ImageName, { mirror, overrides }: ImageSettings): string {
  const override = overrides[name];
  if (override !== undefined) return override;
  return mirror === undefined ? defaultImages[name] : throughMirror(defaultImages[name], mirror);
}

/** `docker.io/library/mysql:8.4.10` -> `registry.corp/mirror/library/mysql:8.4.10` */
function throughMirror(image: string, mirror: string): string {
  return `${mirror}/${image.slice(image.indexOf("/") + 1)}`;
}
