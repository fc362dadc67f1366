// The minikube Target: fixed user ids, an ingress controller from minikube's addons, the Kubeflow registry.
import { ingressExposure, nodePortExposure } from "../components/exposure";
import { KubeflowModelRegistry } from "../components/model-registry";
import { NAMESPACE_NAME } from "../components/network";
import { common, Target, TargetKind, TargetSettings } from "./target";

/** Above 10000, so that it is nobody's id on the node; the images' own users are not needed. */
const ID = 10001;

/** Where the ingress controllers are, by their class. */
export const INGRESS_NAMESPACES = { nginx: "ingress-nginx", traefik: "traefik" } as const;

/** What the minikube Target is told of its cluster. */
export interface MinikubeSettings extends TargetSettings {
  /** The ingress controller. @default nginx, where minikube's addon puts it */
  ingress?: {
    /** @default "nginx" */
    readonly class?: keyof typeof INGRESS_NAMESPACES;
    /** Namespace of its pods. @default `ingress-nginx`; with class traefik `traefik` */
    readonly namespace?: string;
    /** With class traefik: seconds that its entry point gives a client to send a request. @default 60 */
    readonly readTimeout?: number;
  };
}

export const minikubeTarget: TargetKind<MinikubeSettings> = {
  title: "minikube",
  defaults: {
    tls: { source: "selfSigned" },
    monitoring: { enabled: false, namespace: "monitoring" },
    apiServerPort: 8443,
  },
  create: minikube,
};

/**
 * A cluster on a laptop, and what is like it: pods run under a fixed user id, and an ingress controller is the way in.
 * Without settings it is minikube with its addons.
 */
export function minikube(settings: MinikubeSettings = {}): Target {
  const { certificate, ...rest } = common(settings, minikubeTarget.defaults);
  const { class: ingressClass = "nginx", namespace, readTimeout } = settings.ingress ?? {};
  const security = {
    context: () => ({
      runAsNonRoot: true,
      runAsUser: ID,
      runAsGroup: ID,
      fsGroup: ID,
      // Only a volume that is not the pod's yet is walked through at start.
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    }),
  };
  const expose = ingressExposure({
    class: ingressClass,
    readTimeout,
    controller: { namespaceLabels: { [NAMESPACE_NAME]: namespace ?? INGRESS_NAMESPACES[ingressClass] } },
    certificate,
  });
  return {
    ...rest,
    security,
    expose,
    entrance: ({ host, nodePort }) => {
      if (host !== undefined) return expose({ host });
      return nodePort === undefined ? undefined : nodePortExposure({ port: nodePort });
    },
    dns: {
      namespaceLabels: { [NAMESPACE_NAME]: "kube-system" },
      podLabels: { "k8s-app": "kube-dns" },
      ports: [53],
    },
    modelRegistry: (name, { host, ...args }) =>
      new KubeflowModelRegistry(name, {
        ...args,
        security,
        ...(host === undefined ? {} : { exposure: expose({ host }) }),
      }),
  };
}
