// Exposure: how a service is reached from outside the cluster. The same args on every Target; a field is
// honoured, or needs nothing there, or is refused with an error that says what to do instead.
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace, PodEndpoint } from "../network";

export interface ExposureArgs {
  /**
   * Host name that clients use: `mlflow.example.com`. Where the cluster has a domain for its ways in, a name without a
   * dot is completed by it. @default there `<component>-<namespace>` under that domain; elsewhere it is required
   */
  host?: string;
  /** Largest request body, as a Kubernetes quantity: `500Mi`. @default the ingress controller's own */
  bodySize?: string;
  /**
   * Seconds that the service may take to read a request or to answer, and that a WebSocket may be silent.
   * @default the ingress controller's own
   */
  timeout?: number;
  /**
   * Requests reach the service as they arrive, instead of being written to the ingress controller's disk as a whole
   * first: for large uploads. @default the ingress controller's own way
   */
  streaming?: boolean;
  /** Requests a second that one client address may send to each pod of the ingress controller. @default unlimited */
  rateLimit?: number;
  /** Origins whose pages may call the service: `https://app.example.com`. @default none */
  cors?: readonly string[];
}

/** What pages of an allowed origin may send, whichever ingress controller answers them. */
export const CORS_METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"];
export const CORS_HEADERS = ["Authorization", "Content-Type", "X-API-Key"];

/** What is exposed: a Service and the pods behind it. */
export interface Backend {
  /** Namespace of the Service. */
  namespace: ManagedNamespace;
  /** Name of the Service. */
  service: pulumi.Input<string>;
  /** Port of the Service. */
  servicePort: number;
  /** The pods behind it. */
  endpoint: PodEndpoint;
  /** It sends CORS headers for the origins that the way in leaves to it. @default false */
  sendsCors?: boolean;
  /** It takes TLS only, with the certificate that OpenShift gives to its Service. @default false: plain HTTP */
  encrypted?: boolean;
}

/** A way in that was made. */
export interface Exposed {
  /** `https://mlflow.example.com` */
  readonly url: pulumi.Output<string>;
  /** What makes the way in; nothing has to wait for it. */
  readonly resources: readonly pulumi.Resource[];
}

/** A port of every node, behind which a Service listens. */
export interface NodePort {
  /** Number of the port: 30000 to 32767. */
  readonly port: number;
  /** Show the service the addresses of its clients; nodes without one of its pods then don't answer. */
  readonly preserveClient: boolean;
}

/** One host, ready to be put in front of a component. */
export interface Exposure {
  /** A host that follows from the component is known once that is exposed, in `to`. */
  readonly host: pulumi.Output<string>;
  /** The host as an address: `https://mlflow.example.com`. */
  readonly url: pulumi.Output<string>;
  /** Origins that the application itself has to allow, since this way in can't answer for it. */
  readonly corsByApplication: readonly string[];
  /** The port that the Service has to have on every node. @default none */
  readonly nodePort?: NodePort;
  /** Opens the way in: the Ingress or Route, its certificate, and the edge from the ingress controller. */
  to(name: string, backend: Backend, opts: pulumi.CustomResourceOptions): Exposed;
}

/** Refuses a service that leaves its clients' pages without CORS headers, where it alone could send them. */
export function checkCors(name: string, { corsByApplication }: Exposure, { sendsCors }: Backend): void {
  if (corsByApplication.length === 0 || sendsCors) return;
  throw new pulumi.RunError(
    `The exposure of ${name} asks for CORS (${corsByApplication.join(", ")}), which has to be sent by ${name} itself ` +
      `here, and ${name} does not send it. Leave \`cors\` out, or expose ${name} through an Ingress.`,
  );
}

/** Refuses a service that takes TLS only, where nothing on the way in could tell whose certificate it has. */
export function checkPlain(name: string, { encrypted }: Backend): void {
  if (!encrypted) return;
  throw new pulumi.RunError(
    `${name} takes TLS only, with a certificate of OpenShift's own authority, which only a Route can check. Expose it ` +
      `through a Route, or leave its exposure out.`,
  );
}

/** The Target's way of exposing. */
export type Expose = (args: ExposureArgs) => Exposure;
