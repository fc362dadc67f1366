// Route exposure: for OpenShift, whose router is the way in. TLS ends at the edge; plain HTTP is redirected.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ClusterPeer, Edge } from "../network";
import { CertificateSource, EdgeCertificate, edgeCertificate } from "./certificate";
import { Backend, checkCors, Expose, Exposed, Exposure, ExposureArgs } from "./exposure";

export interface RouteContext {
  /** The router's pods. */
  router: ClusterPeer;
  certificate: CertificateSource;
}

/** The router reads certificates as this account. */
const ROUTER_ACCOUNT = { kind: "ServiceAccount", name: "router", namespace: "openshift-ingress" };

/** The router counts the HTTP requests of a client over this many seconds (its TCP connections over 3). */
const RATE_WINDOW_SECONDS = 10;

/** Exposes through Routes. */
export function routeExposure(context: RouteContext): Expose {
  return (args) => {
    const exposure: Exposure = {
      host: args.host,
      url: `https://${args.host}`,
      // The router can't answer for an application.
      corsByApplication: args.cors ?? [],
      to: (name, backend, opts) => {
        checkCors(name, exposure, backend);
        return expose(name, { ...args, ...context, backend }, opts);
      },
    };
    return exposure;
  };
}

function expose(
  name: string,
  args: ExposureArgs & RouteContext & { backend: Backend },
  opts: pulumi.CustomResourceOptions,
): Exposed {
  const { backend, host } = args;
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
      // Empty annotations would be dropped by the API server, and seem to be missing ever after.
      metadata: { name, namespace: namespace.name, ...annotations(args) },
      spec: {
        host,
        to: { kind: "Service", name: backend.service, weight: 100 },
        port: { targetPort: backend.endpoint.port },
        tls: {
          termination: "edge",
          insecureEdgeTerminationPolicy: "Redirect",
          ...(certificate ? { externalCertificate: { name: certificate.secretName } } : {}),
        },
      },
    },
    pulumi.mergeOptions(opts, { dependsOn: [...(certificate?.ready ?? []), ...readable, ...edge.policies] }),
  );
  return { url: `https://${host}`, resources: [route] };
}

/** The router has no limit on bodies, so that any `bodySize` is satisfied, and passes them on as they arrive. */
function annotations(args: ExposureArgs): { annotations?: Record<string, string> } {
  const values: Record<string, string> = {};
  if (args.timeout !== undefined) values["haproxy.router.openshift.io/timeout"] = `${args.timeout}s`;
  if (args.rateLimit !== undefined) {
    values["haproxy.router.openshift.io/rate-limit-connections"] = "true";
    values["haproxy.router.openshift.io/rate-limit-connections.rate-http"] = String(
      args.rateLimit * RATE_WINDOW_SECONDS,
    );
  }
  return Object.keys(values).length === 0 ? {} : { annotations: values };
}

/** A Route that names a certificate's Secret is accepted only when the router may read just that Secret. */
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
