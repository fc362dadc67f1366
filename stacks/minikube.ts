// The minikube Target: fixed user ids, an ingress controller from minikube's addons, the Kubeflow registry.
import { ingressExposure, nodePortExposure } from "../components/exposure";
import { KubeflowModelRegistry } from "../components/model-registry";
import { NAMESPACE_NAME } from "../components/network";
import { StackConfig } from "./config";
import { apiServer, Target } from "./target";

/** Above 10000, so that it is nobody's id on the node; the images' own users are not needed. */
const ID = 10001;

export function minikube(config: StackConfig): Target {
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
    class: config.ingress.class,
    readTimeout: config.ingress.readTimeout,
    controller: { namespaceLabels: { [NAMESPACE_NAME]: config.ingress.namespace } },
    certificate: config.tls,
  });
  return {
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
    apiServer: apiServer(config.apiServer),
    scrapers: { namespaceLabels: { [NAMESPACE_NAME]: config.monitoring.namespace } },
    modelRegistry: (name, { host, ...args }) =>
      new KubeflowModelRegistry(name, {
        ...args,
        security,
        ...(host === undefined ? {} : { exposure: expose({ host }) }),
      }),
  };
}
