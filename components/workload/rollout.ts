// How long a rollout may take, and a goodbye. The cluster decides first, and says why; the provider stops waiting a
// little later.
import * as pulumi from "@pulumi/pulumi";

/** Seconds that a rollout may take unless told otherwise. */
export const ROLLOUT_TIMEOUT = 600;

/** Seconds in which the cluster's verdict arrives: the provider reports it, but only when its own time is over. */
const MARGIN = 15;

/** Seconds that the provider waits for a deletion unless told otherwise. */
const DELETION_TIMEOUT = 600;

/**
 * The provider's patience with a workload whose rollout may take this many seconds, and whose pods may take so many to
 * stop: a Deployment is gone when the last of them is.
 */
export function rolloutTimeouts(seconds: number = ROLLOUT_TIMEOUT, grace = 0): pulumi.CustomTimeouts {
  const patience = `${seconds + MARGIN}s`;
  const goodbye = grace + MARGIN;
  return {
    create: patience,
    update: patience,
    ...(goodbye > DELETION_TIMEOUT ? { delete: `${goodbye}s` } : {}),
  };
}
