// What custom resources need: the Job that saw their kind served, by an operator or by a component of OpenShift AI; and the
// order in which Operator Lifecycle Manager and OpenShift AI want theirs.
import { recipes } from "../../components/openshift-ai/recipes";
import type { Resource } from "../../tools/graph/graph";
import { each, type Need } from "./needs";
import { environmentOf, groupOf, namespaceOf, type Scene } from "./scene";

/** Kinds that clusters of a target have before the platform comes. */
const THERE = ["operators.coreos.com", "route.openshift.io", "config.openshift.io", "monitoring.coreos.com"];

/** Kinds that a part of OpenShift AI brings, and what the Job says that sees it work. */
const BROUGHT: Readonly<Record<string, string>> = {
  "modelregistry.opendatahub.io": "model registry of OpenShift AI",
  "serving.kserve.io": "model serving of OpenShift AI",
};

export function operatorNeeds(scene: Scene): Need[] {
  return [
    ...scene.objects
      .filter((object) => isCustom(object) && !isThere(object))
      .flatMap((object) => each(object, providersOf(scene, groupOf(object)), "it saw the kind served")),
    ...scene
      .ofKind("Subscription")
      .flatMap((subscription) =>
        each(
          subscription,
          scene.ofKind("OperatorGroup", namespaceOf(subscription)),
          "its namespace gets operators by it",
        ),
      ),
    ...scene
      .ofKind("DataScienceCluster")
      .flatMap((cluster) => each(cluster, scene.ofKind("DSCInitialization"), "its operator starts with it")),
    // Its operator looks for the others as soon as it is told to start.
    ...scene
      .ofKind("DSCInitialization")
      .flatMap((object) => each(object, installers(scene), "it takes that operator")),
  ];
}

/** Whether clusters have this kind before the platform comes. */
export function isThere(object: Resource): boolean {
  return THERE.includes(groupOf(object));
}

/** Groups with a dot are custom, but for those of Kubernetes itself. */
export function isCustom(object: Resource): boolean {
  const group = groupOf(object);
  return group.includes(".") && !group.endsWith(".k8s.io");
}

/** The Jobs that wait until kinds of this group are served: each kind has to have one. */
export function providersOf(scene: Scene, group: string): Resource[] {
  const part = BROUGHT[group];
  return scene.ofKind("Job").filter((job) => {
    const { SUBJECT, DEFINITIONS = "" } = Object.fromEntries(environmentOf(job));
    if (part !== undefined) return SUBJECT === part;
    return DEFINITIONS.split(" ").some((definition) => groupOfDefinition(definition) === group);
  });
}

/** `knativeservings.operator.knative.dev/v1beta1` is in the group `operator.knative.dev`. */
function groupOfDefinition(definition: string): string {
  return definition.replace(/\/.*$/, "").split(".").slice(1).join(".");
}

/** Operators that OpenShift AI takes: its own, and what the components in use ask for. */
function installers(scene: Scene): Resource[] {
  const { openshiftAi } = scene.config;
  if (!openshiftAi.enabled) return [];
  const recipe = recipes[openshiftAi.version];
  const used = openshiftAi.components.flatMap((name) => recipe.components[name]?.operators ?? []);
  const names = new Set([recipe.operator, ...used].map(({ name }) => name));
  return scene.ofKind("Job").filter((job) => names.has(environmentOf(job).get("OPERATOR") ?? ""));
}
