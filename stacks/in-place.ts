// In place: the second provider of a program, for what is known by a fixed name.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/**
 * Secrets and ConfigMaps are replaced when their content changes, so that what uses them rolls out. Those that
 * are known by a fixed name go through this provider, which updates them in place. It uses the cluster that the
 * program's own config names (`kubernetes:context` and its like).
 */
export function inPlaceProvider(name = "in-place"): k8s.Provider {
  const settings = new pulumi.Config("kubernetes");
  return new k8s.Provider(name, {
    // Without a value the SDK takes the path in KUBECONFIG, and the state keeps it. On the next machine no such file is
    // there, and the provider fails on it. Empty, it looks for the cluster at each run, as the default provider does.
    kubeconfig: settings.getSecret("kubeconfig") ?? "",
    context: settings.get("context"),
    cluster: settings.get("cluster"),
    clusterIdentifier: settings.get("clusterIdentifier"),
    deleteUnreachable: settings.getBoolean("deleteUnreachable"),
    skipUpdateUnreachable: settings.getBoolean("skipUpdateUnreachable"),
    kubeClientSettings: settings.getObject("kubeClientSettings"),
    enableSecretMutable: true,
    enableConfigMapMutable: true,
    // As Pulumi.yaml says for the default provider.
    enablePatchForce: true,
  });
}
