// What the facts about a cluster mean for a stack: errors for what would fail or wait forever, warnings for what
// works less well. Each names what is missing, what that means and the way out.
import type { StackConfig } from "../../stacks/config";
import type { Entrance } from "./entrances";
import { groupOf } from "./state";

/** One object that the stack will make. */
export interface Need {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for what belongs to no namespace. */
  readonly namespace: string;
  /** Only changes an object that is there. */
  readonly patch: boolean;
  /** Made after an operator that the stack installs, which may bring its kind. */
  readonly later?: boolean;
  readonly storageClass?: string;
  readonly ingressClass?: string;
}

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
}

export interface Facts {
  readonly stack: string;
  readonly config: Pick<StackConfig, "namespacePrefix" | "target"> & {
    readonly monitoring: { readonly enabled: boolean };
  };
  readonly embedded: boolean;
  readonly needs: readonly Need[];
  /** Namespaces that are the stack's own: it makes and deletes them. */
  readonly created: readonly string[];
  /** Namespaces that it patches: it makes those that are not there, and deletes none. */
  readonly patched: readonly string[];
  /** Those of the stack's namespaces that exist, with the stack that their label names. */
  readonly namespaces: readonly { name: string; stack: string; inState: boolean }[];
  /** Version of the API in which the stack has set OpenShift AI up, and the one in which it is about to. */
  readonly openShiftAi: { readonly recorded: string | undefined; readonly wanted: string | undefined };
  /** Subscriptions that the stack has and gives up, while what their operators look after stays. */
  readonly givenUp: readonly string[];
  /** Initializations of OpenShift AI that are there, though the stack is about to make its own. */
  readonly initializations: readonly string[];
  /** What completes hosts; empty where nothing is to be completed. Undefined: the user can't see it, or it is not there. */
  readonly appsDomain: string | undefined;
  /** Hosts and ports of nodes that the stack asks for, and those that others have. */
  readonly wanted: readonly Entrance[];
  readonly taken: readonly Entrance[];
  /** `group/kind` of everything that the cluster serves. */
  readonly served: readonly string[];
  // Undefined: the user may not look.
  readonly daemonSets: readonly string[] | undefined;
  readonly storageClasses: readonly { name: string; isDefault: boolean }[] | undefined;
  readonly ingressClasses: readonly string[] | undefined;
  /** What the user may not do. */
  readonly refused: readonly Right[];
}

export interface CheckResult {
  readonly severity: "error" | "warning";
  readonly message: string;
}

export function judge(facts: Facts): CheckResult[] {
  const onOwnCluster = [unknownKinds, rights, storage, ingress, network, metrics, monitoring];
  return [
    foreignNamespaces,
    missingNamespaces,
    generations,
    operatorsGivenUp,
    initializedBefore,
    shortHosts,
    takenEntrances,
    ...(facts.embedded ? [] : onOwnCluster),
  ].flatMap((check) => check(facts));
}

const error = (message: string): CheckResult => ({ severity: "error", message });
const warning = (message: string): CheckResult => ({ severity: "warning", message });

function foreignNamespaces({ stack, created, namespaces, config }: Facts): CheckResult[] {
  const another = `another prefix keeps the two apart: \`pulumi config set namespacePrefix ${config.namespacePrefix}${stack}-\``;
  return namespaces
    .filter(({ name, inState }) => created.includes(name) && !inState)
    .map((namespace) => {
      const { name } = namespace;
      if (namespace.stack === "")
        return error(
          `the namespace ${name} exists, and no stack of this project made it. To use it as it is: ` +
            `\`pulumi config set --path 'namespaces["<its name here>"].existing' true\`; or ${another}.`,
        );
      if (namespace.stack === stack)
        return error(
          `the namespace ${name} is labelled as one of stack ${stack}, but the state of this stack does not know it. ` +
            `After an interrupted run: \`make recover\`. If somebody else has a stack of the same name here, ${another}.`,
        );
      return error(`the namespace ${name} belongs to the stack ${namespace.stack}; ${another}.`);
    });
}

function missingNamespaces({ needs, created, patched, namespaces }: Facts): CheckResult[] {
  const there = new Set([...created, ...patched, ...namespaces.map(({ name }) => name), ""]);
  return [...new Set(needs.map(({ namespace }) => namespace))]
    .filter((namespace) => !there.has(namespace))
    .map((namespace) =>
      error(
        `the namespace ${namespace} does not exist (or you may not see it), and the configuration says that it does: ` +
          "create it, or let the stack make it (`createNamespace` of the consumer).",
      ),
    );
}

/** As two resources of the same name, the new one would be in the way of the old one, halfway through a deployment. */
function generations({ openShiftAi: { recorded, wanted } }: Facts): CheckResult[] {
  if (recorded === undefined || wanted === undefined || recorded === wanted) return [];
  return [
    error(
      `openshiftAi.version is of another generation than the OpenShift AI that this stack has set up (${recorded}; it would ` +
        `be ${wanted}), and OpenShift AI is not updated from one to the other in place. Set the version back; or remove ` +
        "OpenShift AI first, with what runs on it (`pulumi config set --path openshiftAi.enabled false`, the model " +
        "registry and Triton off), and deploy with the new version after that.",
    ),
  ];
}

/** Nobody would look after what stays, nor let go of it when it is to be removed. */
function operatorsGivenUp({ givenUp }: Facts): CheckResult[] {
  if (givenUp.length === 0) return [];
  return [
    error(
      `openshiftAi.operators says that somebody else installs ${givenUp.join(", ")}, but this stack did: that would remove ` +
        "what looks after OpenShift AI, which stays. Set `install` back; or remove OpenShift AI as a whole " +
        "(`pulumi config set --path openshiftAi.enabled false`, the model registry and Triton off), and let them " +
        "install the operators after that.",
    ),
  ];
}

/** There can be one, and the operator makes it by itself unless it is told not to. It may be gone when its turn comes. */
function initializedBefore({ initializations }: Facts): CheckResult[] {
  return initializations.map((name) =>
    warning(
      `the cluster has the DSCInitialization ${name} already, and this stack is to make its own. If somebody has set OpenShift AI up: ` +
        "`pulumi config set --path openshiftAi.enabled false`. If its operator made it and nothing uses it: " +
        `\`kubectl delete dscinitialization ${name}\`, with DISABLE_DSC_CONFIG=true in the operator's Subscription ` +
        "(`spec.config.env`), so that it makes no other.",
    ),
  );
}

function shortHosts({ appsDomain }: Facts): CheckResult[] {
  if (appsDomain !== undefined) return [];
  return [
    error(
      "hosts of this stack end in the cluster's domain for Routes, and you may not read it, or this is no OpenShift: " +
        "name it (`pulumi config set appsDomain apps.cluster.example.com`), or ask an administrator for the right to get " +
        "ingresses.config.openshift.io.",
    ),
  ];
}

function takenEntrances({ wanted, taken }: Facts): CheckResult[] {
  return wanted.flatMap(({ what, owner }) => {
    const other = taken.find((entrance) => entrance.what === what);
    if (other === undefined) return [];
    return [
      error(
        `the ${what} belongs to the ${other.owner} already, and the ${owner} of this stack asks for it. Give this ` +
          `stack another one, or take it out of its file.`,
      ),
    ];
  });
}

const PROMETHEUS =
  "the Prometheus operator: install it, or `pulumi config set --path monitoring.enabled false`";

const OPENSHIFT_AI =
  "OpenShift AI: let this stack set it up (`pulumi config set --path openshiftAi.enabled true`), or install it";

const PROVIDED_BY: Readonly<Record<string, string>> = {
  ModelRegistry: OPENSHIFT_AI,
  InferenceService: OPENSHIFT_AI,
  Subscription: "OpenShift's Operator Lifecycle Manager: is the target of this stack the right one?",
  Route: "OpenShift: is the target of this stack the right one (`pulumi config set target minikube`)?",
  Certificate:
    "cert-manager: install it, or choose another certificate (`pulumi config set --path tls.source`)",
  ServiceMonitor: PROMETHEUS,
  PrometheusRule: PROMETHEUS,
};

function unknownKinds({ needs, served }: Facts): CheckResult[] {
  const missing = needs.filter(
    ({ apiVersion, kind, later }) => !later && !served.includes(`${groupOf(apiVersion)}/${kind}`),
  );
  return [...new Map(missing.map((need) => [need.kind, need])).values()].map(({ apiVersion, kind }) =>
    error(
      `the cluster does not know the kind ${kind} (${apiVersion}). It comes with ${PROVIDED_BY[kind] ?? "an operator that is not installed"}.`,
    ),
  );
}

function rights({ refused }: Facts): CheckResult[] {
  const where = ({ namespace }: Right) => (namespace === "" ? "in the cluster" : `in ${namespace}`);
  const what = ({ resource, group }: Right) => (group === "" ? resource : `${resource}.${group}`);
  const groups = new Map<string, Right[]>();
  for (const right of refused) groups.set(where(right), [...(groups.get(where(right)) ?? []), right]);
  return [...groups].map(([place, list]) => {
    const resources = [...new Set(list.map(what))].map((resource) => {
      const verbs = list.filter((right) => what(right) === resource).map(({ verb }) => verb);
      return `${verbs.join("/")} ${resource}`;
    });
    return error(
      `you may not do this ${place}: ${resources.join(", ")}. Ask an administrator for these rights, or for the ` +
        "namespaces themselves (then set `existing` for them).",
    );
  });
}

function storage({ needs, storageClasses }: Facts): CheckResult[] {
  const claims = needs.filter(({ kind }) => kind === "PersistentVolumeClaim");
  if (storageClasses === undefined || claims.length === 0) return [];
  const known = storageClasses.map(({ name }) => name);
  const list = known.length === 0 ? "it has none" : `it has: ${known.join(", ")}`;
  const unknown = [...new Set(claims.flatMap(({ storageClass }) => storageClass ?? []))].filter(
    (name) => !known.includes(name),
  );
  const needsDefault = claims.some(({ storageClass }) => storageClass === undefined);
  return [
    ...unknown.map((name) =>
      error(
        `the cluster has no storage class ${name} (${list}), so volumes would never exist: \`pulumi config set storageClass NAME\`.`,
      ),
    ),
    ...(needsDefault && !storageClasses.some(({ isDefault }) => isDefault)
      ? [
          error(
            `the cluster has no default storage class (${list}), so volumes would never exist: \`pulumi config set storageClass NAME\`.`,
          ),
        ]
      : []),
  ];
}

function ingress({ needs, ingressClasses }: Facts): CheckResult[] {
  if (ingressClasses === undefined) return [];
  const wanted = [...new Set(needs.flatMap(({ ingressClass }) => ingressClass ?? []))];
  return wanted
    .filter((name) => !ingressClasses.includes(name))
    .map((name) =>
      error(
        `the cluster has no ingress class ${name} (it has: ${ingressClasses.join(", ") || "none"}), so nothing would ` +
          "answer at the stack's hosts. On minikube: `minikube addons enable ingress`. Elsewhere: install a controller, " +
          "or `pulumi config set --path ingress.class NAME`.",
      ),
    );
}

/** DaemonSets of network plugins that enforce NetworkPolicies, whatever their settings. */
const ENFORCING =
  /^(calico-node|canal|cilium|antrea-agent|kube-router|weave-net|ovnkube-node|ovs-cni|sdn|azure-npm|anetd|kube-ovn-cni|netd-network-policy)$/;

function network({ daemonSets, config }: Facts): CheckResult[] {
  // OpenShift's own network always does.
  if (config.target === "openshift" || daemonSets?.some((name) => ENFORCING.test(name)) === true) return [];
  const found =
    daemonSets === undefined
      ? "you may not list DaemonSets, so that nobody knows whether this cluster's network plugin is one of those that enforce NetworkPolicies"
      : "no network plugin was found that is known to enforce NetworkPolicies (one that is no DaemonSet, as in k3s, can't be seen)";
  return [
    warning(
      `${found}. Without one every pod of the cluster can reach every service of this stack; only the credentials ` +
        "protect them. On minikube: `minikube start --cni calico`.",
    ),
  ];
}

function metrics({ served, needs }: Facts): CheckResult[] {
  if (served.includes("metrics.k8s.io/PodMetrics")) return [];
  const scales = needs.some(({ kind }) => kind === "HorizontalPodAutoscaler");
  const meaning = scales
    ? "so no workload scales with its load, and `kubectl top` shows nothing"
    : "so `kubectl top` shows nothing";
  return [
    warning(
      `there is no metrics server, ${meaning}. On minikube: \`minikube addons enable metrics-server\`.`,
    ),
  ];
}

/** Where it is on and missing, the kinds that the cluster does not know are errors already. */
function monitoring({ served, config }: Facts): CheckResult[] {
  if (config.monitoring.enabled) return [];
  return [
    served.includes("monitoring.coreos.com/ServiceMonitor")
      ? warning(
          "the cluster has the Prometheus operator, but nothing watches this stack: `pulumi config set --path " +
            "monitoring.enabled true` gives every workload its alerts and its dashboard.",
        )
      : warning("there is no Prometheus operator, so nobody collects the services' metrics."),
  ];
}
