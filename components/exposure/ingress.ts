// Ingress exposure: for clusters whose way in is an ingress controller (minikube's addons, and most others).
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ClusterPeer, Edge } from "../network";
import { CertificateSource, edgeCertificate } from "./certificate";
import { Backend, checkPlain, CORS_HEADERS, CORS_METHODS, Expose, Exposed, ExposureArgs } from "./exposure";

/** What a cluster's Ingresses have in common. */
export interface IngressContext {
  /** Ingress class of the controller. */
  class: "nginx" | "traefik";
  /** Seconds that Traefik's entry point gives a client to send a request, as it is configured. @default 60 */
  readTimeout?: number;
  /** The controller's pods. */
  controller: ClusterPeer;
  /** Where the certificates of hosts come from. */
  certificate: CertificateSource;
}

/** Exposes through Ingress objects of one class. */
export function ingressExposure(context: IngressContext): Expose {
  return ({ host, ...rest }) => {
    if (host === undefined) {
      throw new pulumi.RunError(
        "An exposure has no host, and an Ingress takes none from the cluster. Give it one: mlflow.example.com.",
      );
    }
    const args = { ...rest, host };
    const settings = context.class === "nginx" ? nginxSettings(args) : traefikSettings(args, context);
    return {
      host: pulumi.output(host),
      url: pulumi.output(`https://${host}`),
      corsByApplication: [],
      to: (name, backend, opts) => expose(name, { ...args, ...context, settings, backend }, opts),
    };
  };
}

/** With a host, which an Ingress has to have. */
type IngressArgs = ExposureArgs & { host: string };

/** How a class is told about an exposure: annotations on the Ingress, and objects that these name. */
interface Settings {
  annotations: Record<string, pulumi.Input<string>>;
  middlewares: readonly Middleware[];
}

/** A Traefik Middleware: its name's ending, and its spec. */
interface Middleware {
  suffix: string;
  spec: Record<string, unknown>;
}

function expose(
  name: string,
  args: IngressArgs & IngressContext & { settings: Settings; backend: Backend },
  opts: pulumi.CustomResourceOptions,
): Exposed {
  const { backend, host, settings } = args;
  checkPlain(name, backend);
  const certificate = edgeCertificate(name, { ...args, namespace: backend.namespace }, opts);
  const edge = new Edge(
    `ingress-to-${backend.endpoint.name}`,
    { from: "ingress-controller", source: args.controller, to: backend.endpoint },
    opts,
  );
  const middlewares = settings.middlewares.map(({ suffix, spec }) =>
    middleware(`${name}-${suffix}`, spec, backend, opts),
  );
  const ingressName = `${name}-ingress`;
  const ingress = new k8s.networking.v1.Ingress(
    ingressName,
    {
      metadata: {
        name: ingressName,
        namespace: backend.namespace.name,
        annotations: { ...settings.annotations, ...middlewareAnnotation(middlewares) },
      },
      spec: {
        ingressClassName: args.class,
        tls: [{ hosts: [host], ...(certificate ? { secretName: certificate.secretName } : {}) }],
        rules: [
          {
            host,
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: backend.service, port: { number: backend.servicePort } } },
                },
              ],
            },
          },
        ],
      },
    },
    pulumi.mergeOptions(opts, {
      dependsOn: [...(certificate?.ready ?? []), ...edge.policies, ...middlewares],
      // It was called as its component once. Controllers refuse a second Ingress of the same host.
      aliases: [{ name }],
      deleteBeforeReplace: true,
    }),
  );
  return { url: pulumi.output(`https://${host}`), resources: [ingress] };
}

/**
 * How far a browser may be ahead of the service: over HTTP/2, which tells it how much to send before it hears from nginx,
 * nginx's own 64 KiB are a few hundred KiB/s to somebody far away.
 */
const STREAM_BUFFER = "1m";

function nginxSettings(args: IngressArgs): Settings {
  const annotations: Record<string, string> = { "nginx.ingress.kubernetes.io/ssl-redirect": "true" };
  const set = (key: string, value: string): void => {
    annotations[`nginx.ingress.kubernetes.io/${key}`] = value;
  };
  if (args.bodySize !== undefined) set("proxy-body-size", nginxSize(args.host, args.bodySize));
  if (args.timeout !== undefined) {
    set("proxy-read-timeout", String(args.timeout));
    set("proxy-send-timeout", String(args.timeout));
  }
  if (args.streaming) {
    set("proxy-request-buffering", "off");
    set("client-body-buffer-size", STREAM_BUFFER);
  }
  if (args.rateLimit !== undefined) set("limit-rps", String(args.rateLimit));
  if (args.cors !== undefined && args.cors.length > 0) {
    set("enable-cors", "true");
    set("cors-allow-origin", args.cors.join(", "));
    set("cors-allow-methods", CORS_METHODS.join(", "));
    set("cors-allow-headers", CORS_HEADERS.join(", "));
    // nginx allows them unless told otherwise.
    set("cors-allow-credentials", "false");
  }
  return { annotations, middlewares: [] };
}

/** nginx knows `k`, `m` and `g`, all powers of 1024, and whole numbers of them. */
function nginxSize(host: string, quantity: string): string {
  const [, number, unit] = /^(\d+)([KMGT]i)?$/.exec(quantity) ?? [];
  if (number === undefined) {
    throw new pulumi.RunError(
      `The exposure of ${host} asks for a bodySize of ${quantity}. Give a whole number of Ki, Mi, Gi or Ti: 500Mi.`,
    );
  }
  if (unit === "Ti") return `${Number(number) * 1024}g`;
  return `${number}${(unit ?? "").charAt(0).toLowerCase()}`;
}

/** How long Traefik reads a request unless its entry point is configured otherwise. */
const TRAEFIK_READ_TIMEOUT_SECONDS = 60;

/**
 * Traefik has no limit on bodies, and passes them on as they arrive. Its timeouts belong to its entry points, out of an
 * Ingress's reach.
 */
function traefikSettings(args: IngressArgs, context: IngressContext): Settings {
  const { readTimeout = TRAEFIK_READ_TIMEOUT_SECONDS } = context;
  if (args.timeout !== undefined && args.timeout > readTimeout) {
    throw new pulumi.RunError(
      `The exposure of ${args.host} asks for ${args.timeout} s, but an Ingress can't change Traefik's timeouts, ` +
        `which are ${readTimeout} s for reading a request. Use the ingress class nginx, or raise ` +
        `respondingTimeouts.readTimeout of the entry point "websecure" and say so, or ask for ${readTimeout} s or less.`,
    );
  }
  const middlewares: Middleware[] = [];
  // In this order, so that pages can read that they were refused.
  if (args.cors !== undefined && args.cors.length > 0) {
    middlewares.push({
      suffix: "cors",
      spec: {
        headers: {
          accessControlAllowOriginList: args.cors,
          accessControlAllowMethods: CORS_METHODS,
          accessControlAllowHeaders: CORS_HEADERS,
          addVaryHeader: true,
        },
      },
    });
  }
  if (args.rateLimit !== undefined) {
    middlewares.push({
      suffix: "rate-limit",
      spec: { rateLimit: { average: args.rateLimit, burst: args.rateLimit } },
    });
  }
  return {
    annotations: { "traefik.ingress.kubernetes.io/router.entrypoints": "websecure" },
    middlewares,
  };
}

function middleware(
  name: string,
  spec: Record<string, unknown>,
  backend: Backend,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "traefik.io/v1alpha1",
      kind: "Middleware",
      metadata: { name, namespace: backend.namespace.name },
      spec,
    },
    opts,
  );
}

function middlewareAnnotation(
  middlewares: readonly k8s.apiextensions.CustomResource[],
): Record<string, pulumi.Output<string>> {
  if (middlewares.length === 0) return {};
  const references = middlewares.map(
    ({ metadata }) => pulumi.interpolate`${metadata.namespace}-${metadata.name}@kubernetescrd`,
  );
  return {
    "traefik.ingress.kubernetes.io/router.middlewares": pulumi
      .all(references)
      .apply((names) => names.join(",")),
  };
}
