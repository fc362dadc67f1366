// ManagedNamespace: a namespace in which nothing is allowed that was not wired: Pod Security `restricted`,
// default deny both ways (DNS excepted), a ResourceQuota and a LimitRange.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { allowDns, DnsPeer } from "./dns";

/** Upper bounds for everything in one namespace together. An absent field is unbounded. */
export interface Quota {
  /** Sum of CPU requests, as a Kubernetes quantity: `2`. */
  cpu?: string;
  /** Sum of memory requests: `4Gi`. */
  memory?: string;
  /** Sum of requested volume sizes: `50Gi`. */
  storage?: string;
  /** Number of pods that have not finished. */
  pods?: number;
}

export interface ManagedNamespaceArgs {
  /** Name in the cluster. */
  name: string;
  /**
   * The namespace is there already (created by an administrator, say): it is labelled, never deleted.
   * @default false
   */
  existing?: boolean;
  /** Refuse deletion, since stored data would go with it. Has no meaning for an existing namespace. @default true */
  protect?: boolean;
  /** Upper bounds for everything in it together. */
  quota: Quota;
  /** Where DNS queries are answered: the one way that is open from the start. */
  dns: DnsPeer;
  /** Names of image pull secrets that exist in the namespace. @default none */
  pullSecrets?: readonly string[];
  /** A dockerconfigjson document, put into the namespace as a pull secret. @default none */
  pullCredentials?: pulumi.Output<string>;
}

/** What runs without saying how much it needs (pods that an operator makes) gets these. */
const DEFAULT_REQUEST = { cpu: "50m", memory: "64Mi" };
const DEFAULT_LIMIT = { memory: "256Mi" };

/**
 * @example
 * const namespace = new ManagedNamespace("mlops", {
 *   name: "mlops",
 *   quota: { cpu: "8", memory: "16Gi", pods: 60 },
 *   dns: target.dns,
 *   protect: false,
 * });
 */
export class ManagedNamespace extends pulumi.ComponentResource {
  /** The namespace's name, known once it exists. */
  readonly name: pulumi.Output<string>;
  /** What has to be in force before a pod starts here. */
  readonly ready: readonly pulumi.Resource[];
  /** What has to be in force before a volume is made here, since it counts. */
  readonly bounds: readonly pulumi.Resource[];
  /** References to the pull secrets for pods of this namespace. */
  readonly pullSecrets: readonly { name: pulumi.Input<string> }[];

  constructor(name: string, args: ManagedNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:network:ManagedNamespace", name, {}, opts);
    const metadata = { name: args.name, labels: podSecurity };
    const namespace = args.existing
      ? new k8s.core.v1.NamespacePatch(
          name,
          // Somebody else may have set the same labels, to something weaker.
          { metadata: { ...metadata, annotations: { "pulumi.com/patchForce": "true" } } },
          { parent: this },
        )
      : new k8s.core.v1.Namespace(name, { metadata }, { parent: this, protect: args.protect ?? true });
    this.name = namespace.metadata.name;

    const pullSecret = args.pullCredentials && this.pullSecret(name, args.pullCredentials);
    this.pullSecrets = [
      ...(args.pullSecrets ?? []).map((secret) => ({ name: secret })),
      ...(pullSecret ? [{ name: pullSecret.metadata.name }] : []),
    ];
    this.bounds = [this.quota(name, args.quota), this.limits(name)];
    this.ready = [
      this.defaultDeny(name),
      allowDns(
        `${name}-allow-dns`,
        { policy: "allow-dns", pods: { namespace: this.name, labels: {} }, dns: args.dns },
        { parent: this },
      ),
      ...this.bounds,
      ...(pullSecret ? [pullSecret] : []),
    ];
    this.registerOutputs({ name: this.name });
  }

  private defaultDeny(name: string): k8s.networking.v1.NetworkPolicy {
    return new k8s.networking.v1.NetworkPolicy(
      `${name}-default-deny`,
      {
        metadata: { name: "default-deny", namespace: this.name },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      { parent: this },
    );
  }

  private quota(name: string, quota: Quota): k8s.core.v1.ResourceQuota {
    const hard = {
      "requests.cpu": quota.cpu,
      "requests.memory": quota.memory,
      "requests.storage": quota.storage,
      pods: quota.pods?.toString(),
    };
    return new k8s.core.v1.ResourceQuota(
      `${name}-quota`,
      {
        metadata: { name: "quota", namespace: this.name },
        spec: { hard: definedOnly(hard) },
      },
      { parent: this },
    );
  }

  private limits(name: string): k8s.core.v1.LimitRange {
    return new k8s.core.v1.LimitRange(
      `${name}-defaults`,
      {
        metadata: { name: "defaults", namespace: this.name },
        spec: { limits: [{ type: "Container", defaultRequest: DEFAULT_REQUEST, default: DEFAULT_LIMIT }] },
      },
      { parent: this },
    );
  }

  private pullSecret(name: string, credentials: pulumi.Output<string>): k8s.core.v1.Secret {
    return new k8s.core.v1.Secret(
      `${name}-pull-credentials`,
      {
        metadata: { namespace: this.name },
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": pulumi.secret(credentials) },
      },
      { parent: this },
    );
  }
}

const podSecurity = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/enforce-version": "latest",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
};

function definedOnly(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
