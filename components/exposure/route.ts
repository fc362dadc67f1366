// Route exposure: for OpenShift, whose router is the way in. TLS ends at the edge; plain HTTP is redirected. Whoever
// deploys needs the right to create `routes/custom-host`: a preview shows the host, so the program sets it.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ClusterPeer, Edge, ManagedNamespace, shortName } from "../network";
import { clusterAppsDomain } from "./apps-domain";
import { CertificateSource, EdgeCertificate, edgeCertificate } from "./certificate";
import { Backend, checkCors, Expose, Exposed, Exposure, ExposureArgs } from "./exposure";

/** What a cluster's Routes have in common. */
export interface RouteContext {
  /** The router's pods. */
  router: ClusterPeer;
  /** Where the certificates of hosts come from. */
  certificate: CertificateSource;
  /** The domain that completes hosts. @default the cluster is asked, once a host needs it */
  appsDomain?: string;
}

/** The router reads certificates as this account. */
const ROUTER_ACCOUNT = { kind: "ServiceAccount", name: "router", namespace: "openshift-ingress" };

/** The router counts the HTTP requests of a client over this many seconds (its TCP connections over 3). */
const RATE_WINDOW_SECONDS = 10;

/** For a year browsers that were here ask by HTTPS only: nobody can redirect their first request elsewhere. */
const HSTS = "max-age=31536000";

/** The longest that a part of a host name may be. */
const LABEL_LENGTH = 63;

/** Exposes through Routes. */
export function routeExposure(context: RouteContext): Expose {
  let asked: pulumi.Output<string> | undefined;
  const domain = () =>
    (asked ??= context.appsDomain === undefined ? clusterAppsDomain() : pulumi.output(context.appsDomain));
  return (args) => {
    const { host, open } = hostOf(args.host, domain);
    const exposure: Exposure = {
      host,
      url: pulumi.interpolate`https://${host}`,
      // The router can't answer for an application.
      corsByApplication: args.cors ?? [],
      to: (name, backend, opts) => {
        checkCors(name, exposure, backend);
        open(name, backend.namespace);
        return expose(name, { ...args, ...context, exposure, backend }, opts);
      },
    };
    return exposure;
  };
}

/** The host that is asked for, and what tells it whom it belongs to. */
interface Host {
  readonly host: pulumi.Output<string>;
  readonly open: (name: string, namespace: ManagedNamespace) => void;
}

function hostOf(wanted: string | undefined, domain: () => pulumi.Output<string>): Host {
  if (wanted?.includes(".")) return { host: pulumi.output(wanted), open: () => undefined };
  if (wanted !== undefined) return { host: pulumi.interpolate`${wanted}.${domain()}`, open: () => undefined };
  // Components tell their own pods the host before they are exposed: it is a promise.
  let keep: (label: pulumi.Output<string>) => void = () => undefined;
  const label = pulumi.output(new Promise<pulumi.Output<string>>((resolve) => (keep = resolve)));
  return {
    host: pulumi.interpolate`${label}.${domain()}`,
    // As OpenShift names a Route without a host; it refuses those whose two names are too long for that.
    open: (name, namespace) =>
      keep(pulumi.output(namespace.name).apply((place) => shortName(`${name}-${place}`, LABEL_LENGTH))),
  };
}

function expose(
  name: string,
  args: ExposureArgs & RouteContext & { exposure: Exposure; backend: Backend },
  opts: pulumi.CustomResourceOptions,
): Exposed {
  const { backend } = args;
  const { host, url } = args.exposure;
  const { namespace } = backend;
  const certificate = edgeCertificate(
    name,
    { host, namespace, certificate: args.certificate, controller: args.router },
    opts,
  );
  const readable = certificate ? letRouterRead(name, certificate, backend, opts) : [];
  const edge = new Edge(
    `ingress-to-${backend.endpoint.name}`,
    { from: "ingress-controller", source: args.router, to: backend.endpoint },
    opts,
  );
  const route = new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "route.openshift.io/v1",
      kind: "Route",
      metadata: { name, namespace: namespace.name, annotations: annotations(args) },
      spec: {
        host,
        to: { kind: "Service", name: backend.service, weight: 100 },
        port: { targetPort: backend.endpoint.port },
        tls: {
          // To a service that takes TLS only the router encrypts anew: it knows the authority of OpenShift's Services.
          termination: backend.encrypted ? "reencrypt" : "edge",
          insecureEdgeTerminationPolicy: "Redirect",
          ...(certificate ? { externalCertificate: { name: certificate.secretName } } : {}),
        },
      },
    },
    pulumi.mergeOptions(opts, { dependsOn: [...(certificate?.ready ?? []), ...readable, ...edge.policies] }),
  );
  return { url, resources: [route] };
}

/** The router has no limit on bodies, so that any `bodySize` is satisfied, and passes them on as they arrive. */
function annotations(args: ExposureArgs): Record<string, string> {
  const values: Record<string, string> = {};
  const set = (key: string, value: string): void => {
    values[`haproxy.router.openshift.io/${key}`] = value;
  };
  set("hsts_header", HSTS);
  if (args.timeout !== undefined) {
    set("timeout", `${args.timeout}s`);
    // It has the last word on WebSockets, and is an hour unless told otherwise.
    set("timeout-tunnel", `${args.timeout}s`);
  }
  if (args.rateLimit !== undefined) {
    set("rate-limit-connections", "true");
    set("rate-limit-connections.rate-http", String(args.rateLimit * RATE_WINDOW_SECONDS));
  }
  return values;
}

/**
 * A Route that names a certificate's Secret (from OpenShift 4.19 on) is accepted only when the router may read just that
 * Secret.
 */
function letRouterRead(
  name: string,
  certificate: EdgeCertificate,
  backend: Backend,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = { name: `${name}-router-reads-certificate`, namespace: backend.namespace.name };
  const role = new k8s.rbac.v1.Role(
    metadata.name,
    {
      metadata,
      rules: [
        {
          apiGroups: [""],
          resources: ["secrets"],
          resourceNames: [certificate.secretName],
          verbs: ["get", "list", "watch"],
        },
      ],
    },
    opts,
  );
  const binding = new k8s.rbac.v1.RoleBinding(
    metadata.name,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [ROUTER_ACCOUNT],
    },
    opts,
  );
  return [role, binding];
}
