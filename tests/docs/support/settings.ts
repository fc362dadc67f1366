// `pulumi config` as the documentation uses it: what a stack's configuration is after the commands of a page.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { RawConfig } from "../../../stacks/config";
import { isMap } from "../../../stacks/config/raw";
import { EncryptedValue } from "../../../stacks/config/secret";

/** A stack's file, or keys of its `config` alone, as text. */
export function stackText(text: string): string {
  return /^config:/m.test(text) ? text : `config:\n${text.replace(/^/gm, "  ")}`;
}

export type Path = readonly (string | number)[];

/** A command that changes the configuration. */
export interface Change {
  readonly path: Path;
  readonly secret: boolean;
  /** What is stored; undefined takes the key away. */
  readonly value: unknown;
}

const certificate = readFileSync(path.join(__dirname, "../../unit/fixtures/ca.pem"), "utf8");

/** The change that these words make, or nothing where they are another command. */
export function changeOf(words: readonly string[]): Change | undefined {
  const [program, config, verb, ...rest] = words;
  if (program !== "pulumi" || config !== "config" || (verb !== "set" && verb !== "rm")) return undefined;
  const redirection = rest.findIndex((word) => word.startsWith("<"));
  const [given, files] =
    redirection === -1 ? [rest, []] : [rest.slice(0, redirection), rest.slice(redirection)];
  const flags = given.filter((word) => word.startsWith("--"));
  const unknown = flags.filter((flag) => !["--path", "--secret", "--plaintext"].includes(flag));
  if (unknown.length > 0)
    throw new Error(`pulumi config has no option ${unknown.join(", ")} that is used here`);
  const [key, value, ...more] = given.filter((word) => !word.startsWith("--"));
  // Keys of other programs and of Pulumi's providers are theirs to judge.
  if (key !== undefined && /^[\w-]+:/.test(key) && !key.startsWith("mlops-platform:")) return undefined;
  if (key === undefined || more.length > 0) throw new Error(`pulumi config ${verb} takes a key and a value`);
  const secret = flags.includes("--secret");
  if (verb === "set" && value === undefined && files.length === 0 && !secret)
    throw new Error(`pulumi config set ${key} has no value`);
  const stored = secret ? new EncryptedValue() : (value ?? certificate);
  return {
    path: flags.includes("--path") ? parsePath(key) : [key],
    secret,
    value: verb === "rm" ? undefined : stored,
  };
}

/** `minio.buckets["my.bucket"].quota` -> its keys. */
export function parsePath(text: string): Path {
  const keys = [...text.matchAll(/(?:^|\.)([^.[\]]+)|\["([^"]*)"\]|\[(\d+)\]/g)];
  if (keys.map(([all]) => all).join("") !== text) throw new Error(`${text} is no path of keys`);
  return keys.map(({ 1: plain, 2: quoted, 3: index }) => plain ?? quoted ?? Number(index));
}

/** The configuration after a change. As Pulumi does, an element of a list can be set only next to the last. */
export function applied({ values, secretKeys }: RawConfig, { path: keys, secret, value }: Change): RawConfig {
  const [key] = keys;
  return {
    values: place(values, keys, value) as RawConfig["values"],
    secretKeys: secret && typeof key === "string" ? new Set([...secretKeys, key]) : secretKeys,
  };
}

function place(container: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (typeof key === "number") {
    const list: readonly unknown[] = Array.isArray(container) ? (container as unknown[]) : [];
    if (key > list.length) throw new Error(`[${key}] is beyond the end of the list`);
    const changed = place(list[key], rest, value);
    return [...list.slice(0, key), ...(changed === undefined ? [] : [changed]), ...list.slice(key + 1)];
  }
  const map = isMap(container) ? container : {};
  const changed = place(map[key], rest, value);
  const others = Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
  return changed === undefined ? others : { ...others, [key]: changed };
}
