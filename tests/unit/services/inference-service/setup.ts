// An inference service called "iris-api" on either Target, and what it may get its model from.
import * as pulumi from "@pulumi/pulumi";
import { Grant } from "../../../../components/access";
import { InferenceService, type InferenceServiceArgs } from "../../../../components/inference-service";
import { podLabels, serviceEndpoint } from "../../../../components/network";
import type { TrackingConnection } from "../../../../components/tracking-server";
import type { Resource } from "../../../../tools/graph/graph";
import { isPlainObject, text, type Plain, type PlainObject } from "../../../../tools/graph/values";
import { ExternalObjectStore, type S3Connection } from "../../../../components/object-store";
import { IMAGE, resources, security } from "../../../support/fixtures";
import { type Labels, type Pod, readNetwork } from "../../../../tools/network/network";
import { run, type TestGraph } from "../../../support/program";
import { mayConnect } from "../../../../tools/network/reachability";
import { at, CONFIG_MAP, DEPLOYMENT, type Surroundings, surroundings } from "../../../support/services";

/** What every case has; called inside the program that `run` runs. */
export function irisApi(here: Surroundings, args: Partial<InferenceServiceArgs> = {}): InferenceService {
  return new InferenceService("iris-api", {
    namespace: here.team,
    security: security[here.target],
    image: IMAGE,
    service: { name: "iris-api-service", port: 8000 },
    probes: { live: "/health", ready: "/ready" },
    resources,
    ...args,
  });
}

/** A program with the service alone, or with what `args` makes around it. */
export function deployed(
  args: (here: Surroundings) => Partial<InferenceServiceArgs> = () => ({}),
  target: Surroundings["target"] = "minikube",
): Promise<TestGraph> {
  return run(() => {
    const here = surroundings({}, target);
    const { url, externalUrl, apiKeySecretName, endpoint } = irisApi(here, args(here));
    return {
      url,
      endpoint,
      ...(externalUrl === undefined ? {} : { externalUrl }),
      ...(apiKeySecretName === undefined ? {} : { apiKeySecretName }),
    };
  });
}

/** Access to a tracking server in the namespace "shared", in so many generations. */
export function trackingGrant(
  consumer: string,
  options: { generations?: readonly string[]; storage?: string } = {},
): Grant<TrackingConnection> {
  const { generations = ["1"], storage = "disk-1" } = options;
  const url = "http://mlflow-server-service.shared.svc.cluster.local:5000";
  return new Grant(`mlflow-server-${consumer}`, {
    consumer,
    generations,
    issuer: {
      service: "mlflow-server",
      storage: pulumi.output(storage),
      endpoint: serviceEndpoint("mlflow-server", {
        namespace: "shared",
        pods: podLabels("mlflow-server"),
        port: 5000,
        service: "mlflow-server-service",
      }),
      connectionData: ({ url: address, user, password }) => ({
        MLFLOW_TRACKING_URI: address,
        MLFLOW_TRACKING_USERNAME: user,
        MLFLOW_TRACKING_PASSWORD: password,
      }),
      issue: (generation) => ({
        connection: { url, user: `${consumer}-${generation}`, password: pulumi.secret("of-iris") },
        ready: [],
      }),
    },
  });
}

export const specOf = (graph: TestGraph): Plain | undefined =>
  at(graph.one(DEPLOYMENT, "iris-api").inputs, "spec", "template", "spec");

export const serverOf = (graph: TestGraph): PlainObject => {
  const server = at(specOf(graph), "containers", 0);
  if (!isPlainObject(server)) throw new Error("there is no server");
  return server;
};

/** Where each variable of a container comes from, by its name. */
export function envOf(container: Plain | undefined): PlainObject {
  const env = at(container, "env");
  return Object.fromEntries(
    (Array.isArray(env) ? env : [])
      .filter(isPlainObject)
      .map(({ name, value, valueFrom }) => [text(name), valueFrom ?? value ?? ""]),
  );
}

export const configOf = (graph: TestGraph) => graph.one(CONFIG_MAP, "iris-api-config");

export const objectName = ({ outputs }: Resource): string => text(at(outputs, "metadata", "name"));

export const fromSecret = (secret: Resource, key: string): PlainObject => ({
  secretKeyRef: { name: objectName(secret), key },
});

export const fromConfig = (config: Resource, key: string): PlainObject => ({
  configMapKeyRef: { name: objectName(config), key },
});

/** Whether pods with these labels may be reached by the service's. */
export function reaches(graph: TestGraph, labels: Labels, port: number): boolean {
  const other: Pod = { kind: "pod", name: "other", namespace: "shared", labels, ports: [] };
  const network = readNetwork(
    graph.objects.map(({ manifest }) => manifest),
    [other],
  );
  const api = network.pods.find(({ name }) => name === "team/deployment/iris-api")!;
  return mayConnect(network, api, other, port);
}

/** Access to a bucket of a store outside the cluster. */
export function externalGrant(): Grant<S3Connection> {
  const store = new ExternalObjectStore("s3", {
    url: "https://s3.example.com",
    region: "eu-central-1",
    caBundle: "PEM",
    cidrs: ["203.0.113.0/24"],
    credentials: {
      iris: { accessKeyId: pulumi.output("id"), secretAccessKey: pulumi.secret("key") },
    },
  });
  return store.grant("iris", { bucket: "data", access: "read" });
}
