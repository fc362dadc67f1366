/**
 * Kubernetes quantities in the spellings that the configuration accepts, as comparable numbers:
 * cores for cpu, bytes for memory and storage.
 */

import { bytes as bytesOf } from "../../components/workload/quantity";

export const cpuPattern = /^(?:[1-9]\d{0,5}m|0\.\d{1,3}|[1-9]\d{0,3}(?:\.\d{1,3})?)$/;
export const bytesPattern = /^[1-9]\d{0,8}(?:\.\d{1,3})?(?:Mi|Gi|Ti)$/;

/** "250m" and "0.25" are both a quarter of a core. NaN for any other spelling. */
export function cores(quantity: string): number {
  if (!cpuPattern.test(quantity)) return NaN;
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
}

/** "512Mi" in bytes. NaN for any other spelling. */
export function bytes(quantity: string): number {
  return bytesPattern.test(quantity) ? bytesOf(quantity) : NaN;
}
