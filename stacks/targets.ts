// Targets: the kinds of cluster that a stack can be for. Whoever needs to know which there are reads them here.
import * as pulumi from "@pulumi/pulumi";
import { minikubeTarget } from "./minikube";
import { openshiftTarget } from "./openshift";
import { Target, TargetSettings } from "./target";

/** By the name that the config knows them by. */
export const targets = { minikube: minikubeTarget, openshift: openshiftTarget };

/** A kind of cluster. */
export type TargetName = keyof typeof targets;

export const isTargetName = (name: unknown): name is TargetName =>
  typeof name === "string" && Object.hasOwn(targets, name);

/** In the order of the table. */
export const targetNames: readonly TargetName[] = Object.keys(targets).filter(isTargetName);

/** The Target of the kind of cluster that a program's config names: `minikube` or `openshift`. */
export function targetNamed(name: string, settings: TargetSettings = {}): Target {
  if (isTargetName(name)) return targets[name].create(settings);
  throw new pulumi.RunError(`There is no target "${name}". The targets are: ${targetNames.join(", ")}.`);
}
