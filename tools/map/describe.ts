// A connection in one line, as the lists of who may reach whom have it.
import type { Unlinked } from "./wiring";

export function describeConnection({ from, to, port, protocol }: Unlinked): string {
  return `${from} -> ${to} ${port}/${protocol}`;
}
