// ModelSource: where a server's model comes from, and what follows for its pods: settings, credentials, files,
// permissions and the start order. Four kinds; the server is told in variables, and needs to know only its own.
import * as pulumi from "@pulumi/pulumi";
import { Claimable } from "../access";
import { ModelRegistry } from "../model-registry";
import { ManagedNamespace, podLabels } from "../network";
import { S3_VARIABLES, S3Location } from "../object-store";
import { TRACKING_VARIABLES, TrackingLocation } from "../tracking-server";
import { ContainerArgs, EnvValue, Mounts, secretVariables, Use } from "../workload";
import { authorities, AUTHORITIES_FILE } from "./authorities";
import { download } from "./download";

/**
 * The server loads its model from a tracking server. Variables: MODEL_URI, and those of MLflow's clients
 * (MLFLOW_TRACKING_URI, MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD).
 */
export interface TrackedModel {
  /** Access to the tracking server: read is enough. */
  tracking: Claimable<TrackingLocation>;
  /** `models:/iris@champion` */
  uri: string;
}

/**
 * The server asks a model registry where its model is, and loads it from the object store. Variables: MODEL_REGISTRY_URL,
 * MODEL_NAME, MODEL_VERSION, and those of S3 clients (AWS_ACCESS_KEY_ID and its like). A registry that asks who calls
 * adds MODEL_REGISTRY_TOKEN_FILE, whose content is the bearer token of a request and changes every hour, and
 * MODEL_REGISTRY_CA_FILE.
 */
export interface RegisteredModel {
  /** The registry that knows the model. */
  registry: ModelRegistry;
  /** Name of the registered model. */
  name: string;
  /** Name of its version. */
  version: string;
  /** Access to the bucket in which the registry's models are: read is enough. */
  artifacts: Claimable<S3Location>;
}

/** The files of the model are downloaded before the server starts. Variable: MODEL_URI, the folder with them. */
export interface StoredModel {
  /** Access to the bucket that holds the files: read is enough. */
  bucket: Claimable<S3Location>;
  /** Folder of the bucket, below what the Grant gives access to: `iris/3`. @default all of that */
  folder?: string;
  /** An image with `mc` and a shell: the object store's own. */
  client: string;
  /** What the files may take on the node's disk; a larger model is refused: `2Gi`. */
  size: string;
  /** Where the server finds them. @default "/models" */
  path?: string;
}

/**
 * The files of the model are in a volume that somebody filled. Variables: MODEL_URI, the folder with them, and an empty
 * MLFLOW_TRACKING_URI. All replicas read one volume: on several nodes it has to be of a kind that allows that.
 */
export interface MountedModel {
  /** Name of the PersistentVolumeClaim; it is mounted read-only. */
  volume: pulumi.Input<string>;
  /** Where it is mounted. @default "/models" */
  path?: string;
  /** Folder of the volume: `iris`. @default all of it */
  folder?: string;
}

/** Where a server's model comes from. */
export type ModelSource = TrackedModel | RegisteredModel | StoredModel | MountedModel;

/** What a model source adds to the server's pods. */
export interface ModelConnection {
  /** Plain settings, for the ConfigMap. */
  readonly settings: Readonly<Record<string, pulumi.Input<string>>>;
  /** Keys of Secrets. */
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly mounts: Mounts;
  readonly initContainers: ContainerArgs[];
  readonly uses: readonly Use[];
  readonly ready: readonly pulumi.Resource[];
}

const NOTHING: ModelConnection = {
  settings: {},
  env: {},
  mounts: {},
  initContainers: [],
  uses: [],
  ready: [],
};
const MODELS_PATH = "/models";
const TOKEN_PATH = "/credentials/registry";
const REGISTRY_AUTHORITIES_PATH = "/etc/registry-authorities";

/** Connects a server to its model. */
export function connectModel(
  component: string,
  args: { namespace: ManagedNamespace; model?: ModelSource },
  opts: { parent: pulumi.Resource },
): ModelConnection {
  const { model, namespace } = args;
  if (model === undefined) return NOTHING;
  if ("tracking" in model) return tracked(component, namespace, model);
  if ("registry" in model) return registered(component, namespace, model, opts);
  if ("bucket" in model) return stored(component, namespace, model, opts);
  return mounted(model);
}

function tracked(
  component: string,
  namespace: ManagedNamespace,
  { tracking, uri }: TrackedModel,
): ModelConnection {
  const claim = tracking.claim({ namespace, pods: podLabels(component) });
  return {
    ...NOTHING,
    settings: { MODEL_URI: uri },
    env: secretVariables(claim.secretName, TRACKING_VARIABLES),
    uses: [claim],
  };
}

function registered(
  component: string,
  namespace: ManagedNamespace,
  { registry, name, version, artifacts }: RegisteredModel,
  opts: { parent: pulumi.Resource },
): ModelConnection {
  const pods = podLabels(component);
  const claim = artifacts.claim({ namespace, pods });
  const store = authorities(component, { namespace, connection: claim.connection }, opts);
  const access = registry.letIn(component, { namespace, pods, serviceAccount: component });
  return {
    ...NOTHING,
    settings: {
      MODEL_REGISTRY_URL: access.url,
      MODEL_NAME: name,
      MODEL_VERSION: version,
      ...(access.needsToken ? { MODEL_REGISTRY_TOKEN_FILE: `${TOKEN_PATH}/token` } : {}),
      ...(access.authorities
        ? { MODEL_REGISTRY_CA_FILE: `${REGISTRY_AUTHORITIES_PATH}/${access.authorities.key}` }
        : {}),
      ...(Object.keys(store).length > 0 ? { AWS_CA_BUNDLE: AUTHORITIES_FILE } : {}),
    },
    env: secretVariables(claim.secretName, S3_VARIABLES),
    mounts: {
      ...(access.needsToken ? { [TOKEN_PATH]: { token: {} } } : {}),
      ...(access.authorities
        ? { [REGISTRY_AUTHORITIES_PATH]: { configMap: access.authorities.configMap } }
        : {}),
      ...store,
    },
    uses: [claim],
    ready: access.ready,
  };
}

function stored(
  component: string,
  namespace: ManagedNamespace,
  { bucket, folder = "", client, size, path = MODELS_PATH }: StoredModel,
  opts: { parent: pulumi.Resource },
): ModelConnection {
  if (folder.startsWith("/")) {
    throw new pulumi.RunError(
      `The model of ${component} is in the folder "${folder}" of its bucket. Leave out the leading slash.`,
    );
  }
  const claim = bucket.claim({ namespace, pods: podLabels(component) });
  const image = client;
  const store = authorities(component, { namespace, connection: claim.connection }, opts);
  return {
    ...NOTHING,
    settings: { MODEL_URI: path },
    mounts: { [path]: { scratch: size } },
    initContainers: [
      download(component, { namespace, claim, image, folder, path, size, authorities: store }, opts),
    ],
    uses: [claim],
  };
}

function mounted({ volume, path = MODELS_PATH, folder }: MountedModel): ModelConnection {
  return {
    ...NOTHING,
    settings: { MODEL_URI: folder === undefined ? path : `${path}/${folder}`, MLFLOW_TRACKING_URI: "" },
    mounts: { [path]: { claim: volume, readOnly: true } },
  };
}
