/**
 * Rule: what must hold between keys, beyond what the schema says of each one. Rules read the given values, not
 * the parsed ones, so that they report their problems beside those of the schema.
 */
import { isTargetName } from "../../targets";
import type { Given } from "../given";
import type { Problem } from "../problem";

export type Rule = (given: Given) => Problem[];

/** What only OpenShift has is refused on any other kind of cluster. A target that is none is a problem of its own. */
export function isNotOpenShift(given: Given): boolean {
  const target = given.at("target");
  return isTargetName(target) && target !== "openshift";
}
