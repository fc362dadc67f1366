// Names: Kubernetes limits their length, and people choose theirs without counting.
import { createHash } from "node:crypto";

/** Sixteen characters that stand for a text. */
export function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** A name of at most `length` characters; a longer one is cut, and told apart by a checksum. */
export function shortName(name: string, length: number): string {
  return name.length <= length ? name : withChecksum(name, length, name);
}

/** A name of at most `length` characters that ends in the checksum of `text`; no part of it starts or ends with a dash. */
export function withChecksum(name: string, length: number, text: string): string {
  const ending = checksum(text).slice(0, 8);
  return `${name.slice(0, length - ending.length - 1).replace(/[-.]+$/, "")}-${ending}`;
}
