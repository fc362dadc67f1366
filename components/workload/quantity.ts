// Quantities: amounts of memory and disk as Kubernetes writes them, for sums.
import * as pulumi from "@pulumi/pulumi";

const UNITS: Readonly<Record<string, number>> = { "": 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** `64Mi` in bytes. */
export function bytes(quantity: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]i)?$/.exec(quantity) ?? [];
  const factor = UNITS[unit];
  if (number === undefined || factor === undefined) {
    throw new pulumi.RunError(
      `"${quantity}" is not an amount of memory or disk. Give a number of Ki, Mi, Gi or Ti, such as 64Mi.`,
    );
  }
  return Math.ceil(Number(number) * factor);
}

/** At least this many bytes, in whole Mi. */
export function mebibytes(amount: number): string {
  return `${Math.ceil(amount / 2 ** 20)}Mi`;
}
