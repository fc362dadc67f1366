// Conditions: waiting for what an operator makes of an object, by Jobs. Pulumi's own waiting ends in "timed out"; these end
// in what the object's conditions say.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { clusterRights } from "./rights";
import { Watcher, WatcherArgs } from "./watcher";

/** An object without a namespace, and the version of the API in which it is looked at. */
export interface ClusterObject {
  /** API group. */
  readonly group: string;
  /** Version of the group. */
  readonly version: string;
  /** The kind as URLs have it: `datascienceclusters`. */
  readonly resource: string;
  /** Name of the object. */
  readonly name: string;
}

export interface ConditionsArgs extends WatcherArgs {
  /** The object whose conditions are waited for. */
  object: ClusterObject;
  /** An object that it rests on, which may be what is wrong: told of when a Job waits in vain. @default none */
  basis?: ClusterObject;
  /** What has to be there before it makes sense to wait. */
  after: readonly pulumi.Resource[];
  /** A change of these is something new to wait for. */
  inputs: Record<string, pulumi.Input<string>>;
  /** Where a person looks when a Job waited in vain, as a sentence. */
  remedy: string;
  /** Seconds until a Job gives up. The next deployment waits again. */
  timeout: number;
}

export class Conditions extends pulumi.ComponentResource {
  private readonly watcher: Watcher;
  private readonly rights: readonly pulumi.Resource[];

  constructor(
    component: string,
    private readonly args: ConditionsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:operators:Conditions", component, {}, opts);
    const { object, basis } = args;
    this.watcher = new Watcher(component, args, { parent: this });
    // To look at these objects, and nothing else.
    const rules = [object, ...(basis ? [basis] : [])].map(({ group, resource, name }) => ({
      apiGroups: [group],
      resources: [resource],
      resourceNames: [name],
      verbs: ["get"],
    }));
    this.rights = clusterRights(component, this.watcher.account, rules, { parent: this });
    this.registerOutputs({});
  }

  /** A Job that ends when all of these are true. `subject` says what works then: `model registry of OpenShift AI`. */
  wait(name: string, subject: string, conditions: readonly string[]): k8s.batch.v1.Job {
    const { namespace, object, basis, after, inputs, remedy, timeout } = this.args;
    return this.watcher.watch(name, {
      script: "conditions",
      env: {
        NAMESPACE: namespace.name,
        RESOURCE: fullName(object),
        NAME: object.name,
        CONDITIONS: conditions.join(" "),
        SUBJECT: subject,
        ...(basis ? { BASIS_RESOURCE: fullName(basis), BASIS_NAME: basis.name } : {}),
        REMEDY: remedy,
      },
      runsAgainWhen: inputs,
      timeout,
      after: [...after, ...this.rights],
    });
  }
}

/** `datascienceclusters.v1.datasciencecluster.opendatahub.io`, as kubectl understands it. */
function fullName({ resource, version, group }: ClusterObject): string {
  return `${resource}.${version}.${group}`;
}
