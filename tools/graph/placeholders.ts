// Placeholders for what only a real run generates: deterministic, different for each resource, in the shape
// that the resource promises (length, alphabet, encoding), and marked as placeholders wherever that fits.
import { createHash } from "node:crypto";
import type { PlainObject } from "./values";

export const MARK = "PLACEHOLDER";

/** Stands for the domain that a cluster gives to Routes, which only the cluster knows. */
export const APPS_DOMAIN = `apps.${MARK.toLowerCase()}.example`;

/** So many characters must stay for the part that tells two placeholders apart. */
const DISTINCT = 8;

/** `length` bytes that depend on nothing but the seed. */
export function seededBytes(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 32 < length; block++)
    blocks.push(createHash("sha256").update(`${block}:${seed}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

export function seededHex(seed: string, characters: number): string {
  return seededBytes(seed, Math.ceil(characters / 2))
    .toString("hex")
    .slice(0, characters);
}

const CLASSES = [
  { allow: "upper", atLeast: "minUpper", alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
  { allow: "lower", atLeast: "minLower", alphabet: "abcdefghijklmnopqrstuvwxyz" },
  { allow: "numeric", atLeast: "minNumeric", alphabet: "0123456789" },
  { allow: "special", atLeast: "minSpecial", alphabet: "!@#$%&*()-_=+[]{}<>:?" },
];

/** A string that a RandomPassword or RandomString with these inputs could have produced. */
export function randomText(inputs: PlainObject, seed: string): string {
  const length = Number(inputs.length);
  const classes = CLASSES.map((kind) => ({
    ...kind,
    allowed: inputs[kind.allow] !== false,
    alphabet:
      kind.allow === "special" && typeof inputs.overrideSpecial === "string" && inputs.overrideSpecial !== ""
        ? inputs.overrideSpecial
        : kind.alphabet,
    least: Number(inputs[kind.atLeast] ?? 0),
  }));
  const allowed = classes.filter((kind) => kind.allowed);
  if (allowed.length === 0) throw new Error("a random string needs at least one class of characters");
  const required = classes.flatMap((kind) => Array<string>(kind.least).fill(kind.alphabet));
  if (!(length >= 1) || required.length > length)
    throw new Error(
      `a random string of length ${length} cannot hold its ${required.length} required characters`,
    );

  const [upper, lower] = classes;
  const mark = upper?.allowed ? MARK : lower?.allowed ? MARK.toLowerCase() : "";
  const prefix = mark.length + DISTINCT + required.length <= length ? mark : "";
  const free = length - prefix.length - required.length;
  const everything = allowed.map((kind) => kind.alphabet).join("");
  const alphabets = [...Array<string>(free).fill(everything), ...required];
  const bytes = seededBytes(seed, alphabets.length);
  return prefix + alphabets.map((alphabet, at) => alphabet[(bytes[at] ?? 0) % alphabet.length]).join("");
}

/** `length` bytes, beginning with the mark when there is room for it. */
export function randomBytes(length: number, seed: string): Buffer {
  const mark = Buffer.from(MARK);
  if (length < mark.length + DISTINCT) return seededBytes(seed, length);
  return Buffer.concat([mark, seededBytes(seed, length - mark.length)]);
}

export function uuid(seed: string): string {
  const hex = seededHex(seed, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Text framed as PEM, for what is public anyway: certificates, requests and public keys. */
export function pem(label: string, seed: string): string {
  const body = Buffer.from(`${MARK} ${seed}`).toString("base64");
  const lines = body.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** Stands for a private key. Deliberately not PEM: no scanner should mistake it for a leaked key. */
export function privateKey(seed: string): string {
  return `${MARK}-private-key-${seededHex(seed, 32)}`;
}
