// How long a rollout may take. The cluster decides first, and says why; the provider stops waiting a little later.
import * as pulumi from "@pulumi/pulumi";

/** Seconds that a rollout may take unless told otherwise. */
export const ROLLOUT_TIMEOUT = 600;

/** Seconds in which the cluster's verdict arrives: the provider reports it, but only when its own time is over. */
const MARGIN = 15;

/** The provider's patience with a workload whose rollout may take this many seconds. */
export function rolloutTimeouts(seconds: number = ROLLOUT_TIMEOUT): pulumi.CustomTimeouts {
  const patience = `${seconds + MARGIN}s`;
  return { create: patience, update: patience };
}
