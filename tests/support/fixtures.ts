// What tests of components start from: a namespace, both Targets' pods, an access context, containers.
// Whatever makes resources is a function, to be called inside the program that `run` runs.
import * as k8s from "@pulumi/kubernetes";
import { type AccessContext, identityPrefix } from "../../components/access";
import {
  type ClusterPeer,
  type DnsPeer,
  ManagedNamespace,
  type ManagedNamespaceArgs,
  NAMESPACE_NAME,
} from "../../components/network";
import type { ContainerArgs, PodSecurity, Resources } from "../../components/workload";
import { configSchema } from "../../stacks/config/schema";
import { minikube } from "../../stacks/minikube";
import { openshift } from "../../stacks/openshift";

export const targetNames = ["minikube", "openshift"] as const;
export type TargetName = (typeof targetNames)[number];

// Either Target takes any config, and who pods run as does not depend on it.
const config = configSchema("minikube").parse({ target: "minikube" });

/** Who pods run as, on each Target. */
export const security: Readonly<Record<TargetName, PodSecurity>> = {
  minikube: minikube(config).security,
  openshift: openshift(config).security,
};

/** The namespace that tests of components deploy to, in the cluster and in the program. */
export const NAMESPACE = "team";

export const dns: DnsPeer = {
  namespaceLabels: { [NAMESPACE_NAME]: "dns-system" },
  podLabels: { app: "dns" },
  ports: [53],
};

/** The cluster's own pods: an ingress controller, or monitoring. */
export const clusterPods: ClusterPeer = { namespaceLabels: { [NAMESPACE_NAME]: "cluster-system" } };

export function testNamespace(name = NAMESPACE, args: Partial<ManagedNamespaceArgs> = {}): ManagedNamespace {
  return new ManagedNamespace(name, { name, quota: {}, dns, ...args });
}

/** A provider that updates Secrets and ConfigMaps in place. */
export function inPlaceProvider(): k8s.Provider {
  return new k8s.Provider("in-place", { enableSecretMutable: true, enableConfigMapMutable: true });
}

/** A stack's say in access. Consumers have one generation each, unless `generations` has others for them. */
export function accessContext(generations: Readonly<Record<string, readonly string[]>> = {}): AccessContext {
  return {
    prefix: identityPrefix("stack-id"),
    inPlace: inPlaceProvider(),
    generations: (consumer) => generations[consumer] ?? ["1"],
  };
}

export const resources: Resources = {
  requests: { cpu: "100m", memory: "128Mi" },
  limits: { memory: "256Mi" },
};

export const IMAGE = "registry.example.com/team/server:1.2.3";

/** A container with nothing but what every container has. */
export function container(args: Partial<ContainerArgs> = {}): ContainerArgs {
  return { name: "server", image: IMAGE, resources, ...args };
}
