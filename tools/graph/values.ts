// Property values as they cross the wire between a Pulumi program and its engine: what they look like
// when plain, which signatures mark secrets, references and assets, and how to take the signatures off.
import * as pulumi from "@pulumi/pulumi";

/** A property value with nothing special left in it: what JSON can say. */
export type Plain = null | boolean | number | string | Plain[] | PlainObject;
export type PlainObject = { [key: string]: Plain };

/** Stands in unwrapped inputs for a value that only the provider will know (in a preview). */
export const UNKNOWN = "<computed>";

/** How the wire marks an unknown value. */
export const WIRE_UNKNOWN = pulumi.runtime.unknownValue;

const { specialSigKey, specialSecretSig, specialAssetSig, specialArchiveSig, specialResourceSig } =
  pulumi.runtime;

/** Marks a value as secret, as a provider does for an output that it knows to be sensitive. */
export function wireSecret(value: Plain): PlainObject {
  return isWireSecret(value) ? value : { [specialSigKey]: specialSecretSig, value };
}

export function isPlainObject(value: Plain | undefined): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value when it is text, otherwise nothing. */
export function text(value: Plain | undefined): string {
  return typeof value === "string" ? value : "";
}

/** What a value holds at these keys, if it holds that much. */
export function at(value: Plain | undefined, ...keys: string[]): Plain | undefined {
  return keys.reduce<Plain | undefined>(
    (inner, key) => (isPlainObject(inner) ? inner[key] : undefined),
    value,
  );
}

/** The object itself; an empty one where there is none. */
export function objectOr(value: Plain | undefined): PlainObject {
  return isPlainObject(value) ? value : {};
}

/** The objects of a list; none when it is no list. */
export function objectsIn(value: Plain | undefined): PlainObject[] {
  return Array.isArray(value) ? value.filter(isPlainObject) : [];
}

function isWireSecret(value: Plain): value is PlainObject {
  return isPlainObject(value) && value[specialSigKey] === specialSecretSig;
}

/** A value without signatures, and the paths (`spec.tls.key`, `args[0]`) that were marked secret in it. */
export interface Unwrapped {
  value: PlainObject;
  secretPaths: string[];
}

/** Takes the signatures off a property map. */
export function unwrap(wire: PlainObject): Unwrapped {
  const secretPaths: string[] = [];

  const visit = (value: Plain, path: string): Plain => {
    if (value === WIRE_UNKNOWN) return UNKNOWN;
    if (Array.isArray(value)) return value.map((item, index) => visit(item, `${path}[${index}]`));
    if (!isPlainObject(value)) return value;
    switch (value[specialSigKey]) {
      case undefined:
        return visitEntries(value, path);
      case specialSecretSig:
        secretPaths.push(path);
        return visit(value.value ?? null, path);
      case specialResourceSig:
        return value.id || value.urn || null;
      case specialAssetSig:
        return value.text ?? value.path ?? value.uri ?? null;
      case specialArchiveSig:
        return value.path ?? value.uri ?? visit(value.assets ?? null, path);
      default:
        throw new Error(`property ${path} carries a wire signature that this tool does not know`);
    }
  };
  const visitEntries = (entries: PlainObject, path: string): PlainObject =>
    Object.fromEntries(
      Object.entries(entries).map(([key, item]) => [key, visit(item, path === "" ? key : `${path}.${key}`)]),
    );

  return { value: visitEntries(wire, ""), secretPaths };
}

/** Every string in a value, with the path that leads to it. */
export function* strings(value: Plain | undefined, path = ""): Generator<{ path: string; text: string }> {
  if (typeof value === "string") yield { path, text: value };
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* strings(item, `${path}[${index}]`);
  else if (isPlainObject(value))
    for (const [key, item] of Object.entries(value))
      yield* strings(item, path === "" ? key : `${path}.${key}`);
}
