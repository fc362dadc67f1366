/**
 * Reads the configuration as it was given, before the schema sees it: from the running Pulumi program, or
 * from the text of a Pulumi.<stack>.yaml, whose secrets are encrypted and stay so.
 */
import * as pulumi from "@pulumi/pulumi";
import { isConfigSecret } from "@pulumi/pulumi/runtime/config";
import { parse } from "yaml";
import { ConfigError } from "./problem";
import { EncryptedValue } from "./secret";

// Pulumi's declarations leave this function out, though it is how its own Config class tells secrets.
declare module "@pulumi/pulumi/runtime/config" {
  function isConfigSecret(key: string): boolean;
}

export interface RawConfig {
  /** Top-level key -> value, parsed where it is a map or a list. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The top-level keys that hold a secret somewhere. Pulumi knows no finer. */
  readonly secretKeys: ReadonlySet<string>;
}

const namespace = "mlops-platform:";

/** The configuration that Pulumi started this program with. */
export function readPulumiConfig(): RawConfig {
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(namespace));
  return {
    values: Object.fromEntries(own.map(([key, text]) => [key.slice(namespace.length), structured(text)])),
    secretKeys: new Set(
      own
        .map(([key]) => key)
        .filter(isConfigSecret)
        .map((key) => key.slice(namespace.length)),
    ),
  };
}

/** Pulumi hands maps and lists over as JSON. Other values stay text: JSON would turn "1e3" into 1000. */
function structured(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The configuration in the text of a Pulumi.<stack>.yaml. Keys of other namespaces are left out. */
export function readStackFile(text: string): RawConfig {
  const document = parseYaml(text);
  if (document === null) return { values: {}, secretKeys: new Set() };
  const config = isMap(document) ? (document.config ?? {}) : document;
  if (!isMap(config)) throw unreadable('it must be a map whose "config" is a map');
  const bare = Object.keys(config).find((key) => !key.includes(":"));
  if (bare !== undefined)
    throw unreadable(`the key ${JSON.stringify(bare)} must be written ${JSON.stringify(namespace + bare)}`);

  const secretKeys = new Set<string>();
  const own = Object.entries(config).filter(([key]) => key.startsWith(namespace));
  const values = own.map(([key, value]) => {
    const name = key.slice(namespace.length);
    return [name, withoutCiphertext(value, () => secretKeys.add(name))] as const;
  });
  return { values: Object.fromEntries(values), secretKeys };
}

function parseYaml(text: string): unknown {
  try {
    // Warnings would be printed, and they quote the file.
    return parse(text, { maxAliasCount: 100, logLevel: "error" });
  } catch (error) {
    // Only the first line: the others quote the file, and with it maybe a secret.
    throw unreadable(String(error instanceof Error ? error.message : error).split("\n")[0] ?? "");
  }
}

function unreadable(reason: string): ConfigError {
  return new ConfigError([
    { path: [], message: `cannot be read: ${reason}`, fix: "correct the stack's file (Pulumi.<stack>.yaml)" },
  ]);
}

function withoutCiphertext(value: unknown, found: () => void): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutCiphertext(item, found));
  if (!isMap(value)) return value;
  if (isCiphertext(value)) {
    found();
    return new EncryptedValue();
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutCiphertext(item, found)]),
  );
}

/** `over` on top of `base`: maps are merged, anything else is replaced, and null takes a key away. */
export function mergeRaw(base: RawConfig, over: RawConfig): RawConfig {
  return {
    values: mergeMaps(base.values, over.values),
    secretKeys: new Set([...base.secretKeys, ...over.secretKeys]),
  };
}

type Values = Readonly<Record<string, unknown>>;

function mergeMaps(base: Values, over: Values): Values {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const before = merged.get(key);
    if (value === null) merged.delete(key);
    else merged.set(key, isMap(before) && isMap(value) ? mergeMaps(before, value) : value);
  }
  return Object.fromEntries(merged);
}

/** How a stack's file has an encrypted value. */
export function isCiphertext(value: Values): boolean {
  return typeof value.secure === "string" && Object.keys(value).length === 1;
}

/** A plain map, as YAML and JSON make them. */
export function isMap(value: unknown): value is Values {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
