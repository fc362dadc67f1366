// OpenShift AI: its operators, and what they are told to run.
export {
  OpenShiftAi,
  type OpenShiftAiArgs,
  type Operated,
  type OperatorSettings,
  type PackageSettings,
  type RegistryOperator,
  type ServingOperator,
} from "./openshift-ai";
export { dashboardProject, ON_DASHBOARD } from "./project";
export {
  type ComponentName,
  componentNames,
  componentsOf,
  defaultRecipe,
  type RecipeName,
  recipeNames,
  recipes,
} from "./recipes";
