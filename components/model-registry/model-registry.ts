// ModelRegistry: where models are registered. Two implementations, chosen by the Target: the Kubeflow
// server (kubeflow.ts), or OpenShift AI's operator (openshift-ai.ts).
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Grant, publishTrust } from "../access";
import { Edge, Labels, ManagedNamespace, PodEndpoint } from "../network";
import { S3Connection } from "../object-store";
import { SqlConnection } from "../sql-database";

export interface ModelRegistry {
  /** Where its REST API listens. */
  readonly endpoint: PodEndpoint;
  /** Address of the REST API inside the cluster. */
  readonly url: pulumi.Output<string>;
  /** Address from outside, where it is exposed. */
  readonly externalUrl: pulumi.Output<string> | undefined;
  /** Name of the Secret with which its clients reach the models' files. */
  readonly artifactsSecretName: pulumi.Output<string>;
  /**
   * Lets pods of any managed namespace use the REST API. `client` is their name. Models' files are the object store's:
   * a client that reads them needs a Grant of its own.
   */
  letIn(client: string, args: ClientArgs): RegistryAccess;
}

/** Pods that use the registry. */
export interface ClientArgs {
  /** Namespace of the pods. */
  namespace: ManagedNamespace;
  /** Their labels. */
  pods: Labels;
  /** Name of the ServiceAccount that they run as. */
  serviceAccount: string;
}

/** What such pods need. */
export interface RegistryAccess {
  /** Address of the REST API inside the cluster. */
  readonly url: pulumi.Output<string>;
  /** Requests have to carry the token of the pods' ServiceAccount: `Authorization: Bearer <token>`. */
  readonly needsToken: boolean;
  /** ConfigMap of their namespace with the authorities that vouch for the registry. @default those of the system */
  readonly authorities?: { readonly configMap: string; readonly key: string };
  /** What they have to wait for. */
  readonly ready: readonly pulumi.Resource[];
}

export interface ModelRegistryArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Where the registry keeps its records. */
  database: Grant<SqlConnection>;
  /** Where its clients keep the models' files; the registry itself never touches them. */
  artifacts: Grant<S3Connection>;
  /** PEM text of the authorities that vouch for an external object store, given to its clients. @default none */
  caBundle?: string;
  /** Seconds until a new version has to be ready. @default 600 */
  rolloutTimeout?: number;
  /** A provider that updates Secrets and ConfigMaps in place. */
  inPlace: k8s.Provider;
}

/** Pods of the registry's namespace that carry this label may reach the registry and the models' files. */
export function clientLabels(component: string): Labels {
  return { "mlops-platform/client-of": component };
}

/** Lets the registry's clients in. */
export function admitClients(
  component: string,
  args: { namespace: ManagedNamespace; endpoint: PodEndpoint },
  opts: { parent: pulumi.Resource },
): Edge {
  const from = `${component}-clients`;
  const source = { namespace: args.namespace.name, labels: clientLabels(component) };
  return new Edge(`${from}-to-${component}`, { from, source, to: args.endpoint }, opts);
}

/**
 * The connection to the models' files, for clients in the registry's namespace. The labels make it appear as a
 * data connection in the dashboard of OpenShift AI.
 */
export function publishArtifacts(
  component: string,
  args: ModelRegistryArgs,
  opts: { parent: pulumi.Resource },
): k8s.core.v1.Secret {
  const { namespace, caBundle, inPlace } = args;
  publishTrust(component, { namespace: namespace.name, caBundle, inPlace }, opts);
  return args.artifacts.publish({
    namespace: args.namespace.name,
    secretName: `${component}-artifacts`,
    pods: clientLabels(component),
    egress: true,
    metadata: {
      labels: { "opendatahub.io/dashboard": "true" },
      annotations: {
        // Versions of the dashboard differ in which one they look for.
        "opendatahub.io/connection-type": "s3",
        "opendatahub.io/connection-type-ref": "s3",
        "opendatahub.io/connection-type-protocol": "s3",
        "openshift.io/display-name": `Models of ${component}`,
      },
    },
    inPlace: args.inPlace,
  });
}
