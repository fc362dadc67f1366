/**
 * Rules about what only OpenShift has: its operators, and what they run.
 */
import { type ComponentName, recipeNames, recipes } from "../../../components/openshift-ai/recipes";
import { packages } from "../../../components/operators/catalog";
import type { Given } from "../given";
import { removeCommand, setCommand, type Path } from "../property-path";
import { isNotOpenShift, type Rule } from "./rule";

const openshiftOnly: readonly { path: Path; why: string }[] = [
  { path: ["appsDomain"], why: "elsewhere every host is given in full" },
  { path: ["openshiftAi"], why: "no other cluster has its operators" },
  { path: ["triton"], why: "OpenShift AI serves its models" },
];

const belongsToOpenShift: Rule = (given) =>
  openshiftOnly
    .filter(({ path }) => isNotOpenShift(given) && given.has(...path))
    .map(({ path, why }) => ({
      path,
      message: `applies to OpenShift only: ${why}`,
      fix: removeCommand(path),
    }));

const setsUp = (given: Given) => given.at("target") === "openshift" && given.isOn("openshiftAi", "enabled");

const COMPONENTS = ["openshiftAi", "components"];

/** The components that are named, or nothing where all of the version are meant. */
function named(given: Given): readonly unknown[] | undefined {
  const components = given.at(...COMPONENTS);
  return Array.isArray(components) ? components : undefined;
}

const versionHasComponents: Rule = (given) => {
  const version = recipeNames.find((name) => name === given.text("openshiftAi", "version"));
  if (version === undefined) return [];
  const known = Object.keys(recipes[version].components);
  const isElsewhere = (name: unknown) =>
    recipeNames.some((other) => String(name) in recipes[other].components);
  return (named(given) ?? []).flatMap((name, at) => {
    if (known.includes(String(name)) || !isElsewhere(name)) return [];
    return [
      {
        path: [...COMPONENTS, at],
        message: `is nothing that OpenShift AI ${version} has`,
        given: JSON.stringify(name),
        allowed: known.join(", "),
        fix: removeCommand([...COMPONENTS, at]),
      },
    ];
  });
};

/** What uses a component, and the key that turns the user off. */
const users: readonly { user: readonly string[]; component: ComponentName }[] = [
  { user: ["modelRegistry", "enabled"], component: "modelRegistry" },
  { user: ["triton", "enabled"], component: "serving" },
];

const componentsAreThere: Rule = (given) => {
  const components = named(given);
  if (!setsUp(given) || components === undefined) return [];
  const isMissing = (component: ComponentName) => !components.includes(component);
  const missing = users
    .filter(({ user, component }) => given.isOn(...user) && isMissing(component))
    .map(({ user, component }) => ({ component, reason: `${user.join(".")} is true` }));
  const needed =
    !isMissing("serverless") && isMissing("serving")
      ? [...missing, { component: "serving", reason: "serverless is among them" }]
      : missing;
  return needed.map(({ component, reason }) => ({
    path: COMPONENTS,
    message: `lacks ${component}, and ${reason}`,
    given: JSON.stringify(components),
    fix: setCommand([...COMPONENTS, components.length], { value: component }),
  }));
};

/** Told where to find an operator that is not installed, a person waits for it in vain. */
const packagesAreTaken: Rule = (given) => {
  const version = recipeNames.find((name) => name === given.text("openshiftAi", "version"));
  const path = ["openshiftAi", "operators", "packages"];
  if (version === undefined || !setsUp(given)) return [];
  const { operator, components } = recipes[version];
  const used = Object.entries(components).filter(([name]) => named(given)?.includes(name) ?? true);
  const taken = [operator, ...used.flatMap(([, component]) => component.operators)].map(({ name }) => name);
  const known = Object.values(packages).map(({ name }): string => name);
  return given
    .names(...path)
    .filter((name) => known.includes(name) && !taken.includes(name))
    .map((name) => ({
      path: [...path, name],
      message: `is no operator that OpenShift AI ${version} takes for its components`,
      allowed: taken.join(", "),
      fix: removeCommand([...path, name]),
    }));
};

/** Anybody could use it up. */
const openTritonIsLimited: Rule = (given) => {
  const isOpen = given.text("triton", "authentication") === "none" && given.has("triton", "host");
  const path = ["triton", "rateLimit"];
  if (!given.isOn("triton", "enabled") || !isOpen || given.has(...path)) return [];
  return [
    {
      path,
      message:
        "is required where triton.authentication is none and there is a host: anybody may call it then",
      fix: setCommand(path, { value: "50" }),
    },
  ];
};

export const openshiftAiRules: readonly Rule[] = [
  belongsToOpenShift,
  versionHasComponents,
  componentsAreThere,
  packagesAreTaken,
  openTritonIsLimited,
];
