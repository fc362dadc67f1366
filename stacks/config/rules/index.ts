/**
 * All rules, by what they are about.
 */
import type { Given } from "../given";
import type { Problem } from "../problem";
import { capacityRules } from "./capacity";
import { choiceRules } from "./choices";
import { consumerRules } from "./consumers";
import { openshiftAiRules } from "./openshift-ai";
import { pipelineRules } from "./video-pipeline";

const rules = [...choiceRules, ...openshiftAiRules, ...pipelineRules, ...consumerRules, ...capacityRules];

/** Everything that is wrong between keys. */
export function brokenRules(given: Given): Problem[] {
  return rules.flatMap((rule) => rule(given));
}
