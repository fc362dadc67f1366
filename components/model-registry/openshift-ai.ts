// OpenShiftAiModelRegistry: a ModelRegistry custom resource, from which the operator of OpenShift AI makes
// the server, its authenticating proxy and its Route.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Claim } from "../access";
import { AddressEndpoint, ClusterPeer, Edge, Labels, PodEndpoint, serviceEndpoint } from "../network";
import { dashboardProject, RegistryOperator } from "../openshift-ai";
import { SqlConnection } from "../sql-database";
import { Resources, rolloutTimeouts } from "../workload";
import {
  admitClients,
  ClientArgs,
  ModelRegistry,
  ModelRegistryArgs,
  publishArtifacts,
  RegistryAccess,
} from "./model-registry";

export interface OpenShiftAiModelRegistryArgs extends ModelRegistryArgs {
  /** Who looks after it. */
  operator: RegistryOperator;
  /** Image of the registry's server. @default the operator's own image */
  image?: string;
  /** Of the server; the operator decides about its proxy. */
  resources: Resources;
  /** The API server: the proxy asks it who may use the registry. */
  apiServer: AddressEndpoint;
  /** The router's pods: they reach the proxy. */
  router: ClusterPeer;
}

/** Port of the authenticating proxy, and the only one that the Service offers. */
const PROXY_PORT = 8443;

/** OpenShift puts the authorities of its Services' certificates into every namespace. */
const SERVICE_AUTHORITIES = { configMap: "openshift-service-ca.crt", key: "service-ca.crt" };

const PASSWORD_KEY = "password";
const CA_KEY = "ca.crt";

export class OpenShiftAiModelRegistry extends pulumi.ComponentResource implements ModelRegistry {
  readonly endpoint: PodEndpoint;
  readonly url: pulumi.Output<string>;
  readonly externalUrl = undefined;
  readonly artifactsSecretName: pulumi.Output<string>;

  private readonly registry: k8s.apiextensions.CustomResource;

  constructor(
    private readonly component: string,
    private readonly args: OpenShiftAiModelRegistryArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:model-registry:OpenShiftAiModelRegistry", component, {}, opts);
    const pods = operatorLabels(component);
    this.endpoint = serviceEndpoint(component, { namespace: args.namespace.name, pods, port: PROXY_PORT });
    const { endpoint } = this;
    const claim = args.database.claim({
      namespace: args.namespace,
      pods,
      data: ({ password, tls }) => ({
        [PASSWORD_KEY]: password,
        ...(tls?.caBundle === undefined ? {} : { [CA_KEY]: tls.caBundle }),
      }),
    });
    const edges = [
      new Edge(
        `${component}-to-api-server`,
        { from: component, source: { namespace: args.namespace.name, labels: pods }, to: args.apiServer },
        { parent: this },
      ),
      new Edge(
        `ingress-to-${component}`,
        { from: "ingress-controller", source: args.router, to: endpoint },
        { parent: this },
      ),
    ];
    admitClients(component, { namespace: args.namespace, endpoint }, { parent: this });
    this.registry = new k8s.apiextensions.CustomResource(
      component,
      {
        apiVersion: "modelregistry.opendatahub.io/v1beta1",
        kind: "ModelRegistry",
        metadata: {
          name: component,
          namespace: args.namespace.name,
          annotations: { "pulumi.com/waitFor": "condition=Available" },
        },
        spec: registrySpec(args, claim),
      },
      {
        parent: this,
        customTimeouts: rolloutTimeouts(args.rolloutTimeout),
        dependsOn: [
          ...args.operator.ready,
          ...args.namespace.ready,
          ...claim.ready,
          ...edges.flatMap((edge) => edge.policies),
        ],
      },
    );
    claim.usedBy(this.registry);
    dashboardProject(component, args.namespace, { parent: this });
    this.url = pulumi.interpolate`https://${endpoint.host}:${PROXY_PORT}`;
    this.artifactsSecretName = publishArtifacts(component, args, { parent: this }).metadata.name;
    this.registerOutputs({ url: this.url, artifactsSecretName: this.artifactsSecretName });
  }

  /** The proxy lets those in whose account may get the registry's Service: it asks the API server. */
  letIn(client: string, { namespace, pods, serviceAccount }: ClientArgs): RegistryAccess {
    const edge = new Edge(
      `${client}-to-${this.component}`,
      { from: client, source: { namespace: namespace.name, labels: pods }, to: this.endpoint },
      { parent: this },
    );
    const metadata = { name: `${client}-uses-${this.component}`, namespace: this.args.namespace.name };
    const role = new k8s.rbac.v1.Role(
      metadata.name,
      {
        metadata,
        rules: [
          { apiGroups: [""], resources: ["services"], resourceNames: [this.component], verbs: ["get"] },
        ],
      },
      { parent: this },
    );
    const binding = new k8s.rbac.v1.RoleBinding(
      metadata.name,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: serviceAccount, namespace: namespace.name }],
      },
      { parent: this },
    );
    return {
      url: this.url,
      needsToken: true,
      authorities: SERVICE_AUTHORITIES,
      ready: [this.registry, role, binding, ...edge.policies],
    };
  }
}

/** The labels that the operator puts on a registry's pods. */
function operatorLabels(component: string): Labels {
  return { app: component, component: "model-registry" };
}

/**
 * The spec of a ModelRegistry v1beta1, as far as the platform sets it; github.com/opendatahub-io/model-registry-operator
 * as released with OpenShift AI 2.25, which has the first of the proxies only, and 3.4.
 */
interface ModelRegistrySpec {
  readonly rest: { readonly resources: Resources; readonly image?: string };
  readonly oauthProxy?: Readonly<Record<string, never>>;
  readonly kubeRBACProxy?: Readonly<Record<string, never>>;
  readonly mysql: {
    readonly host: pulumi.Input<string>;
    readonly port: pulumi.Input<number>;
    readonly database: string;
    readonly username: pulumi.Input<string>;
    readonly passwordSecret: SecretKey;
    readonly sslRootCertificateSecret?: SecretKey;
    readonly verifyServerCert?: boolean;
  };
}

interface SecretKey {
  readonly name: pulumi.Input<string>;
  readonly key: string;
}

function registrySpec(
  { operator, resources, image }: OpenShiftAiModelRegistryArgs,
  claim: Claim<SqlConnection>,
): ModelRegistrySpec {
  return {
    rest: { resources, ...(image === undefined ? {} : { image }) },
    [operator.proxy]: {},
    mysql: mysqlSpec(claim),
  };
}

function mysqlSpec({ connection, secretName }: Claim<SqlConnection>): ModelRegistrySpec["mysql"] {
  const { host, port, schema, user, tls } = connection;
  return {
    host,
    port,
    database: schema,
    // Given in the config it came as a secret, but the resource has no place for a secret name.
    username: pulumi.unsecret(pulumi.output(user)),
    passwordSecret: { name: secretName, key: PASSWORD_KEY },
    ...(tls?.caBundle === undefined ? {} : { sslRootCertificateSecret: { name: secretName, key: CA_KEY } }),
    ...(tls === undefined ? {} : { verifyServerCert: true }),
  };
}
