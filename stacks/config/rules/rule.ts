/**
 * Rule: what must hold between keys, beyond what the schema says of each one. Rules read the given values, not
 * the parsed ones, so that they report their problems beside those of the schema.
 */
import type { Given } from "../given";
import type { Problem } from "../problem";

export type Rule = (given: Given) => Problem[];
