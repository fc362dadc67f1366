// Resources: what a container asks for and what it may use at most.

/** Kubernetes quantities: cpu `250m` or `1`, memory `512Mi`. */
export interface Resources {
  /** What the scheduler sets aside. */
  readonly requests: { readonly cpu: string; readonly memory: string };
  /** Without a CPU limit a container may use what is idle. */
  readonly limits: { readonly memory: string; readonly cpu?: string };
}
