// API keys: generated, one a generation. The server takes all generations, clients are handed the newest.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { password } from "../access";
import { ManagedNamespace } from "../network";

export interface ApiKeyArgs {
  /** Names of the generations that work, newest first: `["2026-11", "2026-08"]`. */
  generations: readonly string[];
  /** A provider that updates Secrets in place: the clients' Secret keeps its name. */
  inPlace: k8s.Provider;
}

/** The variable from which the server knows the keys that it takes, newest first, separated by commas. */
export const API_KEYS = "API_KEYS";

/** The key of the clients' Secret. */
const API_KEY = "API_KEY";

/** The keys by generation, newest first. */
export function generateKeys(
  component: string,
  { generations }: ApiKeyArgs,
  opts: pulumi.CustomResourceOptions,
): readonly [pulumi.Output<string>, ...pulumi.Output<string>[]] {
  const [newest, ...older] = generations.map((generation) =>
    password(`${component}-key-${generation}-password`, opts),
  );
  if (newest === undefined) {
    throw new pulumi.RunError(
      `The API key of ${component} has no generation. Name at least one, such as "1", or leave apiKey out for a ` +
        `service without a key.`,
    );
  }
  return [newest, ...older];
}

/** `<component>-key`, updated in place once the server takes what is in it. */
export function publishKey(
  component: string,
  args: {
    namespace: ManagedNamespace;
    key: pulumi.Output<string>;
    inPlace: k8s.Provider;
    server: readonly pulumi.Resource[];
  },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret {
  const name = `${component}-key`;
  return new k8s.core.v1.Secret(
    name,
    {
      metadata: { name, namespace: args.namespace.name },
      stringData: { [API_KEY]: pulumi.secret(args.key) },
    },
    { ...opts, provider: args.inPlace, dependsOn: [...args.server] },
  );
}
