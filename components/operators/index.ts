// Operators: what Operator Lifecycle Manager installs, and how the rest of a stack waits for it.
export { GLOBAL_NAMESPACE, type OperatorPackage, packages } from "./catalog";
export { Operator, type OperatorArgs } from "./operator";
export { type ClusterObject, Conditions, type ConditionsArgs } from "./conditions";
