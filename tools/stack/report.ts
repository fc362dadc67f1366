// What a person wants to know about a deployed stack: its outputs as a table, its addresses, the names of its Secrets
// and how to look into one.
import { isPlainObject, type Plain, type PlainObject } from "../graph/values";
import { objectOf, type Deployment } from "./state";
import { table } from "./table";

/** Every value in the outputs by its path: `objectStore.url`. */
export function flatten(value: Plain, path = ""): [string, string][] {
  if (isPlainObject(value))
    return Object.entries(value).flatMap(([key, item]) =>
      flatten(item, path === "" ? key : `${path}.${key}`),
    );
  if (Array.isArray(value)) return value.flatMap((item, at) => flatten(item, `${path}[${at}]`));
  return value === null ? [] : [[path, String(value)]];
}

export function outputsTable(outputs: PlainObject): string {
  return table(["OUTPUT", "VALUE"], flatten(outputs));
}

/** The addresses among the outputs. */
export function addressesOf(outputs: PlainObject): [string, string][] {
  return flatten(outputs).filter(([, value]) => /^https?:\/\//.test(value));
}

export interface SecretName {
  readonly output: string;
  readonly namespace: string;
  readonly name: string;
}

/** The Secrets among the outputs, with their namespaces, which the state knows. */
export function secretsOf(outputs: PlainObject, { resources = [] }: Deployment): SecretName[] {
  const namespaces = new Map(
    resources
      .map(objectOf)
      .flatMap((ref) => (ref?.kind === "Secret" ? [[ref.name, ref.namespace] as const] : [])),
  );
  return flatten(outputs).flatMap(([output, name]) => {
    const namespace = /secretname/i.test(output) ? namespaces.get(name) : undefined;
    return namespace === undefined ? [] : [{ output, namespace, name }];
  });
}

/** How a developer reaches an address inside the cluster: `http://minio-api.minio.svc.cluster.local:9000`. */
export function portForward(address: string): string | undefined {
  const [, service, namespace, port] =
    /^https?:\/\/([^./:]+)\.([^./:]+)\.svc[^:/]*:(\d+)/.exec(address) ?? [];
  return service && namespace && port
    ? `--namespace ${namespace} port-forward service/${service} ${port}`
    : undefined;
}

export interface Deployed {
  readonly stack: string;
  readonly outputs: PlainObject;
  readonly deployment: Deployment;
  readonly cluster: { readonly embedded: boolean; readonly kubeconfig: string };
  readonly context: string | undefined;
  readonly controlPlane: string | undefined;
  readonly overlay: string | undefined;
}

/** The last words of `make up`. */
export function summary(deployed: Deployed): string {
  const { stack, outputs, deployment, cluster } = deployed;
  const secrets = secretsOf(outputs, deployment);
  const addresses = addressesOf(outputs);
  return [
    ...(addresses.length === 0 ? [] : [table(["ADDRESS", ""], addresses)]),
    ...(secrets.length === 0
      ? []
      : [
          table(
            ["SECRET", "NAMESPACE", "NAME"],
            secrets.map(({ output, namespace, name }) => [output, namespace, name]),
          ),
        ]),
    table(["NEXT", ""], nextSteps(deployed, secrets[0], addresses)),
    ...(cluster.embedded
      ? [
          `The embedded control plane simulates machines: the objects of stack ${stack} are real, but no container runs,\n` +
            "and nothing answers at these addresses.",
        ]
      : []),
  ].join("\n\n");
}

function nextSteps(
  { stack, cluster, context, controlPlane, overlay }: Deployed,
  secret: SecretName | undefined,
  addresses: readonly [string, string][],
): string[][] {
  const variables = [
    ...(stack === "dev" ? [] : [` STACK=${stack}`]),
    ...(context === undefined ? [] : [` CONTEXT=${context}`]),
    ...(controlPlane === undefined ? [] : [` CONTROL_PLANE=${controlPlane}`]),
    ...(overlay === undefined ? [] : [` CONFIG=${overlay}`]),
  ].join("");
  const kubectl = cluster.embedded ? "kubectl" : `kubectl --context ${context}`;
  const forward = cluster.embedded
    ? undefined
    : addresses.flatMap(([, address]) => portForward(address) ?? [])[0];
  return [
    ["check it from outside", `make verify${variables}`],
    ["see what other programs may know", `make outputs${stack === "dev" ? "" : ` STACK=${stack}`}`],
    ...(cluster.embedded ? [["use kubectl with it", `export KUBECONFIG=${cluster.kubeconfig}`]] : []),
    ["list its objects", `${kubectl} get all --all-namespaces --selector mlops-platform/stack=${stack}`],
    ...(secret === undefined
      ? []
      : [
          [
            "read a credential",
            `${kubectl} --namespace ${secret.namespace} get secret ${secret.name} --output yaml`,
          ],
        ]),
    ...(forward === undefined ? [] : [["reach it from here", `${kubectl} ${forward}`]]),
    ["remove it", `make down${variables}`],
  ];
}

/** Objects whose deletion the engine refuses. */
export function protectedObjects({ resources = [] }: Deployment): string[] {
  return resources
    .filter((resource) => resource.protect === true && resource.pendingReplacement !== true)
    .map((resource) => {
      const ref = objectOf(resource);
      return ref === undefined
        ? resource.urn
        : `${ref.kind} ${ref.namespace === "" ? "" : `${ref.namespace}/`}${ref.name}`;
    });
}

export const outputsOf = (outputs: Plain): PlainObject => (isPlainObject(outputs) ? outputs : {});
