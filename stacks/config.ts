/**
 * The configuration of a stack: read once, checked as a whole, and from then on typed and complete.
 */
export type { PlatformNamespace } from "./config/names";
export { parseConfig, type StackConfig } from "./config/parse";
export { ConfigError, type Problem } from "./config/problem";
export { isCiphertext, isMap, mergeRaw, readPulumiConfig, readStackFile, type RawConfig } from "./config/raw";
export { Secret } from "./config/secret";
export type { TargetName } from "./targets";
