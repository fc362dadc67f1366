// DataVolume: the disk of a stateful server. A PersistentVolumeClaim of its own (not a StatefulSet's
// template), so that it can grow, and so that an existing one can be adopted by name.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace } from "../network";

export interface DataVolumeArgs {
  /** Namespace of the claim. */
  namespace: ManagedNamespace;
  /** Requested size, as a Kubernetes quantity: `20Gi`. May grow later, never shrink. */
  size: string;
  /** Storage class of the volume. @default the cluster's default class */
  storageClass?: string;
  /** `ReadWriteMany` for pods on several nodes. Fixed once the volume exists. @default "ReadWriteOnce" */
  accessMode?: "ReadWriteOnce" | "ReadWriteMany";
  /**
   * Name of a claim that is there already, with its data. It is used as it is: never resized, never deleted.
   * @default a new claim
   */
  existingClaim?: string;
  /** Refuse deletion and replacement. @default true */
  protect?: boolean;
}

/**
 * @example
 * const models = new DataVolume("models", { namespace, size: "10Gi", accessMode: "ReadWriteMany" });
 * // A server mounts it: `model: { volume: models.claimName }`.
 */
export class DataVolume extends pulumi.ComponentResource {
  /** Name of the claim. */
  readonly claimName: pulumi.Output<string>;
  /** Changes exactly when the disk is another one; what was set up on the old disk has to be set up again. */
  readonly uid: pulumi.Output<string>;

  constructor(name: string, args: DataVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:workload:DataVolume", name, {}, opts);
    const claim = args.existingClaim
      ? this.adopted(name, args.existingClaim, args.namespace)
      : this.created(name, args);
    this.claimName = claim.metadata.name;
    this.uid = claim.metadata.uid;
    this.registerOutputs({ claimName: this.claimName, uid: this.uid });
  }

  private created(name: string, args: DataVolumeArgs): k8s.core.v1.PersistentVolumeClaim {
    return new k8s.core.v1.PersistentVolumeClaim(
      name,
      {
        metadata: { name, namespace: args.namespace.name },
        spec: {
          accessModes: [args.accessMode ?? "ReadWriteOnce"],
          resources: { requests: { storage: args.size } },
          ...(args.storageClass ? { storageClassName: args.storageClass } : {}),
        },
      },
      { parent: this, protect: args.protect ?? true, dependsOn: [...args.namespace.bounds] },
    );
  }

  private adopted(
    name: string,
    claim: string,
    namespace: ManagedNamespace,
  ): k8s.core.v1.PersistentVolumeClaim {
    const id = pulumi.interpolate`${namespace.name}/${claim}`;
    return k8s.core.v1.PersistentVolumeClaim.get(`${name}-adopted`, id, { parent: this });
  }
}
