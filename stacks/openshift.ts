// The OpenShift Target: user ids from the namespace's range (SCC restricted-v2), Routes, and what OpenShift AI runs.
import { routeExposure } from "../components/exposure";
import { OpenShiftAiModelRegistry } from "../components/model-registry";
import { ClusterPeer, NAMESPACE_NAME } from "../components/network";
import { OpenShiftAi, recipes } from "../components/openshift-ai";
import { PodSecurity } from "../components/workload";
import { StackConfig } from "./config";
import { apiServer, Operators, OperatorsArgs, Target } from "./target";

/** The router's namespace carries this label whatever the network plugin. */
const router: ClusterPeer = { namespaceLabels: { "network.openshift.io/policy-group": "ingress" } };

/** restricted-v2 fills in the ids: a pod that asks for one of its own is refused. */
const security: PodSecurity = {
  context: () => ({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } }),
};

export function openshift(config: StackConfig): Target {
  const expose = routeExposure({ router, certificate: config.tls, appsDomain: config.appsDomain });
  return {
    security,
    expose,
    entrance: ({ host }) => (host === undefined ? undefined : expose({ host })),
    dns: {
      namespaceLabels: { [NAMESPACE_NAME]: "openshift-dns" },
      podLabels: { "dns.operator.openshift.io/daemonset-dns": "default" },
      // The Service listens on 53, its pods on 5353; network plugins differ in which one they see.
      ports: [53, 5353],
    },
    scrapers: { namespaceLabels: { [NAMESPACE_NAME]: config.monitoring.namespace } },
    apiServer: apiServer(config.apiServer),
    operators: (name, args) => operators(name, config, args),
    modelRegistry: (name, { operator, ...args }) =>
      new OpenShiftAiModelRegistry(name, {
        ...args,
        operator: operator ?? installedBefore(config).registries,
        // The operator knows the image that goes with it; another one is the config's explicit choice.
        image: config.images.modelRegistry,
        router,
        apiServer: apiServer(config.apiServer),
      }),
  };
}

/** OpenShift AI as the config has it: set up by this stack, or by somebody else before it. */
function operators(name: string, config: StackConfig, args: OperatorsArgs): Operators {
  const { enabled, version, components, operators, timeout } = config.openshiftAi;
  if (!enabled) return installedBefore(config);
  return new OpenShiftAi(name, {
    image: args.image,
    namespace: args.namespace(),
    ...(components.includes("modelRegistry") ? { registriesNamespace: args.registriesNamespace() } : {}),
    recipe: version,
    components,
    operators,
    timeout,
    security,
    caBundle: config.caBundle,
    apiServer: apiServer(config.apiServer),
  });
}

/** Nothing to wait for. */
function installedBefore({ openshiftAi: { version } }: StackConfig): Operators {
  const { registryProxy: proxy, servingMode: mode } = recipes[version];
  return { registries: { ready: [], proxy }, serving: { ready: [], mode } };
}
