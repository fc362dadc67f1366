// The one Job builder: a step in the cluster that has to succeed before what depends on it starts.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Placement } from "./placement";
import { ContainerArgs, podTemplate, PodSecurity } from "./pod";
import { Labels, ManagedNamespace, shortName } from "../network";

export interface JobArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** Labels of its pods. */
  labels: Labels;
  /** The container that does the work. */
  container: ContainerArgs;
  /** The account that it runs as; without a token, whichever it is. @default the namespace's default account */
  serviceAccount?: pulumi.Input<string>;
  /** Where it runs. @default anywhere */
  placement?: Placement;
  /**
   * What the outcome depends on besides the pod's own definition (the volume's uid, the content of a list).
   * A change runs the Job again.
   * @default nothing
   */
  runsAgainWhen?: Record<string, pulumi.Input<string>>;
  /** Annotations of its pods: of a {@link Use}, for instance. A change runs it again, too. @default none */
  annotations?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Seconds after which the Job is given up, retries included. @default 600 */
  deadline?: number;
  /** How often it is tried again. 0: its first failure is final, but for one of the cluster's making (a drained node). @default 6 */
  retries?: number;
}

/** What `runsAgainWhen` is written as: `inputs.mlops-platform/volume: <uid>`. */
const INPUT_PREFIX = "inputs.mlops-platform/";

/** Pods are labelled with their Job's name: at most 63 characters, of which the auto-naming takes nine. */
const NAME_LENGTH = 54;

/** A pod that the cluster took away did not fail: another one takes its place. */
const NOT_ITS_FAULT: k8s.types.input.batch.v1.PodFailurePolicyRule = {
  action: "Ignore",
  onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
};

/**
 * Auto-named, so that a changed Job runs anew beside the finished one; a failed one runs again at the next
 * deployment. It never lives shorter than the stack: a Job that deletes itself would look like drift.
 */
export function job(name: string, args: JobArgs, opts: pulumi.CustomResourceOptions): k8s.batch.v1.Job {
  const inputs = Object.entries(args.runsAgainWhen ?? {}).map(
    ([key, value]): [string, pulumi.Input<string>] => [`${INPUT_PREFIX}${key}`, value],
  );
  const annotations = { ...args.annotations, ...Object.fromEntries(inputs) };
  const deadline = args.deadline ?? 600;
  return new k8s.batch.v1.Job(
    shortName(name, NAME_LENGTH),
    {
      metadata: {
        namespace: args.namespace.name,
        labels: args.labels,
        annotations: { "pulumi.com/replaceUnready": "true" },
      },
      spec: {
        backoffLimit: args.retries ?? 6,
        ...(args.retries === 0 ? { podFailurePolicy: { rules: [NOT_ITS_FAULT] } } : {}),
        activeDeadlineSeconds: deadline,
        template: podTemplate({
          namespace: args.namespace,
          security: args.security,
          labels: args.labels,
          containers: [args.container],
          serviceAccount: args.serviceAccount,
          placement: args.placement,
          restartPolicy: "Never",
          ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
        }),
      },
    },
    // The provider waits until the Job's own deadline has decided, and a minute more to see it.
    { ...opts, customTimeouts: { create: `${deadline + 60}s` } },
  );
}
