// KubeflowModelRegistry: the Kubeflow model registry server, as a workload of this platform.
import { isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { Claim, SecretData, trustMounts } from "../access";
import { Exposure } from "../exposure";
import { Edge, PodEndpoint, podLabels } from "../network";
import { SqlConnection } from "../sql-database";
import { ContainerArgs, Mounts, PodSecurity, Resources, Workload } from "../workload";
import {
  admitClients,
  ClientArgs,
  ModelRegistry,
  ModelRegistryArgs,
  publishArtifacts,
  RegistryAccess,
} from "./model-registry";

export interface KubeflowModelRegistryArgs extends ModelRegistryArgs {
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** Image of the registry's server, with a tag or a digest. */
  image: string;
  /** What each pod is given, and what it may use at most. */
  resources: Resources;
  /** Makes the REST API reachable from outside. It has no authentication of its own. @default not reachable */
  exposure?: Exposure;
}

const PORT = 8080;
const DSN = "MR_EMBEDMD_DATABASE_DSN";
const CA_FILE = "/etc/database-ca/ca.crt";

/**
 * @example
 * new KubeflowModelRegistry("model-registry", {
 *   namespace,
 *   security: target.security,
 *   image: "ghcr.io/kubeflow/hub/server:v0.3.9",
 *   resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
 *   database: database.grant("model-registry", { schema: "model_registry" }),
 *   artifacts: store.grant("model-registry", { bucket: "model-registry-bucket", access: "readWrite" }),
 *   inPlace,
 * });
 */
export class KubeflowModelRegistry extends pulumi.ComponentResource implements ModelRegistry {
  readonly endpoint: PodEndpoint;
  readonly url: pulumi.Output<string>;
  readonly externalUrl: pulumi.Output<string> | undefined;
  readonly artifactsSecretName: pulumi.Output<string>;
  private readonly workload: Workload;

  constructor(component: string, args: KubeflowModelRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:model-registry:KubeflowModelRegistry", component, {}, opts);
    const claim = args.database.claim({
      namespace: args.namespace,
      pods: podLabels(component),
      data: dsn,
    });
    const caBundle = claim.connection.tls?.caBundle;
    const trust = trustMounts(
      `${component}-database-ca`,
      { namespace: args.namespace, caBundle, file: CA_FILE },
      { parent: this },
    );
    this.workload = new Workload(
      component,
      {
        namespace: args.namespace,
        security: args.security,
        container: container(args, claim, trust),
        rolloutTimeout: args.rolloutTimeout,
        service: { name: component, port: PORT, portName: "http" },
        exposure: args.exposure,
        uses: [claim],
      },
      { parent: this },
    );
    const { endpoint, url, exposed } = this.workload;
    admitClients(component, { namespace: args.namespace, endpoint }, { parent: this });
    this.endpoint = endpoint;
    this.url = url;
    this.externalUrl = exposed?.url;
    this.artifactsSecretName = publishArtifacts(component, args, { parent: this }).metadata.name;
    this.registerOutputs({ url: this.url, artifactsSecretName: this.artifactsSecretName });
  }

  /** The server asks nobody who he is: the network decides. */
  letIn(client: string, { namespace, pods }: ClientArgs): RegistryAccess {
    const { endpoint, ready } = this.workload;
    const edge = new Edge(
      `${client}-to-${endpoint.name}`,
      { from: client, source: { namespace: namespace.name, labels: pods }, to: endpoint },
      { parent: this },
    );
    return { url: this.url, needsToken: false, ready: [...ready, ...edge.policies] };
  }
}

function container(
  args: KubeflowModelRegistryArgs,
  claim: Claim<SqlConnection>,
  trust: Mounts,
): ContainerArgs {
  const probe = (path: string) => ({ httpGet: { path: `/readyz/${path}`, port: PORT } });
  return {
    name: "server",
    image: args.image,
    command: ["/model-registry"],
    args: [
      "proxy",
      "--hostname=0.0.0.0",
      `--port=${PORT}`,
      "--datastore-type=embedmd",
      "--embedmd-database-type=mysql",
      ...(claim.connection.tls?.caBundle === undefined
        ? []
        : [`--embedmd-database-ssl-root-cert=${CA_FILE}`, "--embedmd-database-ssl-verify-server-cert=true"]),
    ],
    env: { [DSN]: { secret: claim.secretName, key: DSN } },
    ports: { http: PORT },
    mounts: {
      "/tmp": { scratch: "64Mi" },
      ...trust,
    },
    resources: args.resources,
    // The schema is migrated at the first start: "dirty" until that is done.
    startup: { ...probe("isDirty"), periodSeconds: 3, failureThreshold: 100 },
    readiness: { ...probe("health"), periodSeconds: 10, timeoutSeconds: 5 },
    liveness: { ...probe("isDirty"), periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 4 },
  };
}

/** The one form in which the server takes its database. With private authorities it adds its own `tls`. */
function dsn({ host, port, schema, user, password, tls }: SqlConnection): SecretData {
  const encryption = tls !== undefined && tls.caBundle === undefined ? "&tls=true" : "";
  const address = pulumi.output(host).apply((name) => (isIP(name) === 6 ? `[${name}]` : name));
  return {
    [DSN]: pulumi.interpolate`${user}:${password}@tcp(${address}:${port})/${schema}?charset=utf8mb4${encryption}`,
  };
}
