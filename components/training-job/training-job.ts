// TrainingJob: a program that trains a model and registers it with the tracking server. It runs once for each version
// of its image, code and settings, and again where what it registered is gone with the tracking server's storage.
import * as pulumi from "@pulumi/pulumi";
import { Claimable } from "../access";
import { ManagedNamespace, podLabels } from "../network";
import { TRACKING_VARIABLES, TrackingLocation } from "../tracking-server";
import {
  Code,
  codeMounts,
  ContainerArgs,
  job,
  Placement,
  PodSecurity,
  Resources,
  Scratch,
  scratchMounts,
  secretVariables,
} from "../workload";

export interface TrainingJobArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** Image of the container, with a tag or a digest. */
  image: string;
  /** What the container runs. @default the image's own */
  command?: pulumi.Input<string>[];
  /** Arguments of that. @default the image's own */
  args?: pulumi.Input<string>[];
  /** Files that the program is made of, in the folder `/code`. @default all is in the image */
  code?: Code;
  /**
   * Where it logs its runs and registers its model: the variables of MLflow's clients (MLFLOW_TRACKING_URI,
   * MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD). A new generation of the credential trains once more.
   */
  tracking: Claimable<TrackingLocation>;
  /** Variables of its own. @default none */
  settings?: Readonly<Record<string, pulumi.Input<string>>>;
  /** What each pod is given, and what it may use at most. */
  resources: Resources;
  /** GPUs, and the nodes that it runs on. @default anywhere */
  placement?: Placement;
  /** Folders that it may write to, by path, and what each may hold. @default { "/tmp": "256Mi" } */
  scratch?: Scratch;
  /** Seconds after which it is given up, retries included. @default 1800 */
  deadline?: number;
  /** How often it is tried again. @default 2 */
  retries?: number;
  /** What has to be done before it starts. @default nothing */
  after?: readonly pulumi.Resource[];
}

const DEADLINE_SECONDS = 1800;
const RETRIES = 2;

/**
 * @example
 * const training = new TrainingJob("iris-train", {
 *   namespace,
 *   security: target.security,
 *   image: "registry.example.com/team/iris-train:1.0.0",
 *   tracking: tracking.grant("iris-train", { experiments: ["iris"], models: ["iris"], access: "edit" }),
 *   resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "4Gi" } },
 * });
 * // A server that takes `after: training.ready` starts when the model is there.
 */
export class TrainingJob extends pulumi.ComponentResource {
  /** What has to be done until the model is registered. */
  readonly ready: readonly pulumi.Resource[];

  constructor(
    private readonly component: string,
    private readonly args: TrainingJobArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:training-job:TrainingJob", component, {}, opts);
    const { namespace, security, placement, deadline = DEADLINE_SECONDS, retries = RETRIES } = args;
    const labels = podLabels(component);
    const claim = args.tracking.claim({ namespace, pods: labels });
    const training = job(
      component,
      {
        namespace,
        security,
        labels,
        placement,
        deadline,
        retries,
        container: this.container(secretVariables(claim.secretName, TRACKING_VARIABLES)),
        runsAgainWhen: { tracking: claim.storage },
        annotations: claim.annotations,
      },
      { parent: this, dependsOn: [...namespace.ready, ...claim.ready, ...(args.after ?? [])] },
    );
    claim.usedBy(training);
    this.ready = [training];
    this.registerOutputs({ job: training.metadata.name });
  }

  private container(tracking: NonNullable<ContainerArgs["env"]>): ContainerArgs {
    const { image, command, args, settings = {}, resources, scratch = { "/tmp": "256Mi" } } = this.args;
    const twice = Object.keys(tracking).filter((variable) => variable in settings);
    if (twice.length > 0) {
      throw new pulumi.RunError(
        `The settings of ${this.component} have ${twice.join(", ")}, which it gets from the tracking server. ` +
          `Leave them out.`,
      );
    }
    return {
      name: "training",
      image,
      command,
      args,
      // MLflow notes down who made a run. The pod's user id has no name that it could look up.
      env: { LOGNAME: this.component, ...settings, ...tracking },
      mounts: {
        ...scratchMounts(scratch),
        ...codeMounts(this.component, this.args, { parent: this }),
      },
      resources,
    };
  }
}
