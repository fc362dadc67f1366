// The OpenShift Target: user ids from the namespace's range (SCC restricted-v2), Routes, OpenShift AI's registry.
import { routeExposure } from "../components/exposure";
import { OpenShiftAiModelRegistry } from "../components/model-registry";
import { ClusterPeer, NAMESPACE_NAME } from "../components/network";
import { StackConfig } from "./config";
import { apiServer, Target } from "./target";

/** The router's namespace carries this label whatever the network plugin. */
const router: ClusterPeer = { namespaceLabels: { "network.openshift.io/policy-group": "ingress" } };

export function openshift(config: StackConfig): Target {
  const expose = routeExposure({ router, certificate: config.tls });
  return {
    // restricted-v2 fills in the ids: a pod that asks for one of its own is refused.
    security: {
      context: () => ({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } }),
    },
    expose,
    entrance: ({ host }) => (host === undefined ? undefined : expose({ host })),
    dns: {
      namespaceLabels: { [NAMESPACE_NAME]: "openshift-dns" },
      podLabels: { "dns.operator.openshift.io/daemonset-dns": "default" },
      // The Service listens on 53, its pods on 5353; network plugins differ in which one they see.
      ports: [53, 5353],
    },
    scrapers: { namespaceLabels: { [NAMESPACE_NAME]: config.monitoring.namespace } },
    modelRegistry: (name, { namespace, database, artifacts, caBundle, inPlace, resources, rolloutTimeout }) =>
      new OpenShiftAiModelRegistry(name, {
        namespace,
        database,
        artifacts,
        caBundle,
        inPlace,
        resources,
        rolloutTimeout,
        // The operator knows the image that goes with it; another one is the config's explicit choice.
        image: config.images.modelRegistry,
        router,
        apiServer: apiServer(config.apiServer),
      }),
  };
}
