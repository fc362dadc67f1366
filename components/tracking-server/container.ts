// The containers of the tracking server: MLflow itself, and the migration that ends before it starts.
import * as pulumi from "@pulumi/pulumi";
import { ADMIN_PATH, Claim } from "../access";
import { Exposure } from "../exposure";
import { PodEndpoint } from "../network";
import { S3Connection } from "../object-store";
import { SqlConnection } from "../sql-database";
import { ContainerArgs, EnvValue, Mounts, Resources, secretVariables } from "../workload";
import { addresses, POD_IP } from "./addresses";
import * as stores from "./stores";

export const ADMIN_USER = "platform-admin";
export const PORT_NAME = "http";

const CODE_PATH = "/server";
const CONFIG_PATH = "/config";

/** MLflow and its libraries take 300Mi, whatever is done with them. */
const MIGRATION_RESOURCES: Resources = {
  requests: { cpu: "100m", memory: "384Mi" },
  limits: { memory: "768Mi" },
};

/** A store that the server uses: the claim, and the authorities that vouch for it, mounted. */
export interface Store<Connection> {
  readonly claim: Claim<Connection>;
  readonly trust: Mounts;
}

/** What both containers are made of. */
export interface Parts {
  readonly image: string;
  /** ConfigMap with the Python files of `server/`. */
  readonly code: pulumi.Output<string>;
  readonly database: Store<SqlConnection>;
}

export interface ServerParts extends Parts {
  readonly artifacts: Store<S3Connection>;
  readonly endpoint: PodEndpoint;
  readonly exposure: Exposure | undefined;
  /** Secret whose `key` protects the server's forms; the same for all replicas. */
  readonly sessionSecret: pulumi.Output<string>;
  readonly resources: Resources;
  readonly scratch: string;
}

export function serverContainer(parts: ServerParts): ContainerArgs {
  const { image, code, database, artifacts, endpoint, resources } = parts;
  const { hosts, origins } = addresses(endpoint, parts.exposure);
  // It is answered whatever the Host, which is the pod's address here.
  const probe = { httpGet: { path: "/health", port: endpoint.port } };
  return {
    name: "mlflow",
    image,
    command: ["mlflow", "server"],
    args: [
      "--host=0.0.0.0",
      `--port=${endpoint.port}`,
      // Each takes 300Mi. Who needs more of them takes more replicas.
      "--workers=1",
      "--app-name=basic-auth",
      "--serve-artifacts",
      "--expose-prometheus=/tmp/metrics",
      // Seconds, and longer than proxies keep idle connections (nginx 60, Traefik 90): its own 5 close one at the moment at
      // which a proxy sends the next request on it, which then fails.
      "--uvicorn-opts=--timeout-keep-alive=120",
    ],
    env: {
      ...environment(parts),
      [POD_IP]: { field: "status.podIP" },
      MLFLOW_SERVER_ALLOWED_HOSTS: hosts,
      MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: origins,
      MLFLOW_AUTH_CONFIG_PATH: `${CONFIG_PATH}/${stores.USERS_FILE}`,
      // The migration made it: the server needs no password for somebody who is there.
      MLFLOW_AUTH_ADMIN_USERNAME: ADMIN_USER,
      MLFLOW_FLASK_SERVER_SECRET_KEY: { secret: parts.sessionSecret, key: "key" },
      // Its job runner starts ten processes of 170Mi each, for features that need a language model.
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
      ...secretVariables(artifacts.claim.secretName, stores.ARTIFACT_VARIABLES),
      ...stores.artifactTrust(artifacts.claim.connection),
    },
    ports: { [PORT_NAME]: endpoint.port },
    mounts: {
      [CODE_PATH]: { configMap: code },
      [CONFIG_PATH]: { secret: database.claim.secretName },
      "/tmp": { scratch: parts.scratch },
      ...database.trust,
      ...artifacts.trust,
    },
    resources,
    startup: { ...probe, periodSeconds: 3, failureThreshold: 100 },
    readiness: { ...probe, periodSeconds: 10, timeoutSeconds: 5 },
    liveness: { ...probe, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 5 },
  };
}

/** Needs the administrator's Secret, unlike the server. */
export function migrationContainer(parts: Parts, adminSecretName: pulumi.Input<string>): ContainerArgs {
  return {
    name: "migrate",
    image: parts.image,
    command: ["python", `${CODE_PATH}/migrate.py`],
    env: environment(parts),
    mounts: {
      [CODE_PATH]: { configMap: parts.code },
      [ADMIN_PATH]: { secret: adminSecretName },
      "/tmp": { scratch: "64Mi" },
      ...parts.database.trust,
    },
    resources: MIGRATION_RESOURCES,
  };
}

/** Of everything that runs MLflow's code. */
function environment({ database }: Parts): Record<string, EnvValue> {
  return {
    HOME: "/tmp",
    PYTHONPATH: CODE_PATH,
    PYTHONDONTWRITEBYTECODE: "1",
    MLFLOW_DISABLE_TELEMETRY: "true",
    // Without workspaces every user may make experiments and models, also those that are to be somebody else's.
    MLFLOW_ENABLE_WORKSPACES: "true",
    ...secretVariables(database.claim.secretName, stores.DATABASE_VARIABLES),
  };
}
