// The OpenShift Target: user ids from the namespace's range (SCC restricted-v2), Routes, and what OpenShift AI runs.
import { routeExposure } from "../components/exposure";
import { OpenShiftAiModelRegistry } from "../components/model-registry";
import { ClusterPeer, NAMESPACE_NAME } from "../components/network";
import {
  componentsOf,
  defaultRecipe,
  OpenShiftAi,
  OpenShiftAiArgs,
  RecipeName,
  recipes,
} from "../components/openshift-ai";
import { PodSecurity } from "../components/workload";
import { common, Operators, OperatorsArgs, Target, TargetKind, TargetSettings } from "./target";

/** The router's namespace carries this label whatever the network plugin. */
const router: ClusterPeer = { namespaceLabels: { "network.openshift.io/policy-group": "ingress" } };

/** restricted-v2 fills in the ids: a pod that asks for one of its own is refused. */
const security: PodSecurity = {
  context: () => ({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } }),
};

/** What the OpenShift Target is told of its cluster. */
export interface OpenShiftSettings extends TargetSettings {
  /** The domain that completes hosts without a dot. @default the cluster is asked, once a host needs it */
  appsDomain?: string;
  /** What OpenShift AI does here. @default somebody else has set it up */
  openshiftAi?: OpenShiftAiSettings;
  /** PEM text of authorities that its pods trust besides the cluster's. @default none */
  caBundle?: string;
  /** Images that operators would choose by themselves. @default theirs */
  images?: {
    /** Image of model registries. @default the one that goes with their operator */
    readonly modelRegistry?: string;
  };
}

/** How OpenShift AI is set up, or that others have done it. */
export interface OpenShiftAiSettings extends Partial<
  Pick<OpenShiftAiArgs, "components" | "operators" | "timeout">
> {
  /** Whether this program sets it up; a cluster has one. @default false */
  enabled?: boolean;
  /** Its generation. @default "2.25" */
  version?: RecipeName;
}

export const openshiftTarget: TargetKind<OpenShiftSettings> = {
  title: "OpenShift",
  defaults: {
    tls: { source: "cluster" },
    monitoring: { enabled: true, namespace: "openshift-user-workload-monitoring" },
    apiServerPort: 6443,
  },
  create: openshift,
};

/** An OpenShift cluster: pods run under ids of their namespace, Routes are the way in, operators do some of the work. */
export function openshift(settings: OpenShiftSettings = {}): Target {
  const { certificate, ...rest } = common(settings, openshiftTarget.defaults);
  const { apiServer } = rest;
  const { appsDomain, openshiftAi = {}, caBundle, images } = settings;
  const expose = routeExposure({ router, certificate, appsDomain });
  return {
    ...rest,
    security,
    expose,
    entrance: ({ host }) => (host === undefined ? undefined : expose({ host })),
    dns: {
      namespaceLabels: { [NAMESPACE_NAME]: "openshift-dns" },
      podLabels: { "dns.operator.openshift.io/daemonset-dns": "default" },
      // The Service listens on 53, its pods on 5353; network plugins differ in which one they see.
      ports: [53, 5353],
    },
    operators: (name, args) =>
      openshiftAi.enabled
        ? setUp(name, { ...openshiftAi, caBundle, apiServer }, args)
        : setUpBefore(openshiftAi),
    modelRegistry: (name, { operator, ...args }) =>
      new OpenShiftAiModelRegistry(name, {
        ...args,
        operator: operator ?? setUpBefore(openshiftAi).registries,
        // The operator knows the image that goes with it; another one is the settings' explicit choice.
        image: images?.modelRegistry,
        router,
        apiServer,
      }),
  };
}

function setUp(
  name: string,
  settings: OpenShiftAiSettings & Pick<OpenShiftAiArgs, "caBundle" | "apiServer">,
  args: OperatorsArgs,
): Operators {
  const { version = defaultRecipe, components = componentsOf(version), operators = {}, ...rest } = settings;
  return new OpenShiftAi(name, {
    image: args.image,
    namespace: args.namespace(),
    ...(components.includes("modelRegistry") ? { registriesNamespace: args.registriesNamespace() } : {}),
    recipe: version,
    components,
    operators,
    timeout: rest.timeout,
    security,
    caBundle: rest.caBundle,
    apiServer: rest.apiServer,
  });
}

/** By somebody else: nothing to wait for. */
function setUpBefore({ version = defaultRecipe }: OpenShiftAiSettings): Operators {
  const { registryProxy: proxy, servingMode: mode } = recipes[version];
  return { registries: { ready: [], proxy }, serving: { ready: [], mode } };
}
