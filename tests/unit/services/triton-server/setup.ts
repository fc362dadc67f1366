// OpenShift AI in either generation, and a Triton server on it, with its models in an object store.
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { routeExposure } from "../../../../components/exposure";
import { prometheusMonitor } from "../../../../components/monitoring";
import { ExternalObjectStore, type ObjectStore } from "../../../../components/object-store";
import type { ServingOperator } from "../../../../components/openshift-ai";
import { TritonServer, type TritonServerArgs } from "../../../../components/triton-server";
import { apiServer } from "../../../../stacks/target";
import type { Resource } from "../../../../tools/graph/graph";
import { text } from "../../../../tools/graph/values";
import { clusterPods, IMAGE, security } from "../../../support/fixtures";
import { run, type TestGraph } from "../../../support/program";
import { at, minioStore, type Surroundings, surroundings } from "../../../support/services";

export const RUNTIME = "kubernetes:serving.kserve.io/v1alpha1:ServingRuntime";
export const SERVICE = "kubernetes:serving.kserve.io/v1beta1:InferenceService";

export const SAMPLE = path.resolve(__dirname, "../../../../examples/triton/models");

export const tritonResources = { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } };

export interface Options {
  /** What differs from a server with models of its own. */
  args?: (here: Surroundings) => Partial<TritonServerArgs>;
  /** Upload the sample models. @default true */
  sample?: boolean;
  /** Where those are. @default those of examples/triton */
  sampleFolder?: string;
  /** A store outside the cluster, with private authorities or without. */
  external?: { caBundle?: string };
  /** Generations of the server's credential. */
  generations?: readonly string[];
  operator?: (here: Surroundings) => ServingOperator;
}

/** What sees model serving work. */
export const servingOperator = (mode: ServingOperator["mode"] = "RawDeployment"): ServingOperator => ({
  ready: [new k8s.batch.v1.Job("serving-works", {})],
  mode,
});

/** A server called "triton" in the namespace "team". */
export function deployed(options: Options = {}): Promise<TestGraph> {
  return run(() => {
    const here = surroundings({ triton: options.generations ?? ["1"] }, "openshift");
    const server = triton(here, options);
    return {
      url: server.url,
      ...(server.externalUrl ? { externalUrl: server.externalUrl } : {}),
      ...(server.clientAccountName ? { clientAccountName: server.clientAccountName } : {}),
    };
  });
}

/** Called inside the program that `run` runs. */
export function triton(here: Surroundings, options: Options = {}): TritonServer {
  const { args = () => ({}), sample = true, external, operator = () => servingOperator() } = options;
  const { sampleFolder = SAMPLE } = options;
  const store = external ? externalStore(external) : minioStore(here);
  const folder = { bucket: "models", prefix: "triton" };
  const server = new TritonServer("triton", {
    namespace: here.team,
    security: security.openshift,
    image: IMAGE,
    operator: operator(here),
    models: store.grant("triton", { ...folder, access: "read" }),
    ...(sample
      ? {
          sample: {
            folder: sampleFolder,
            upload: store.grant("triton-upload", { ...folder, access: "write" }),
            client: IMAGE,
          },
        }
      : {}),
    modelSize: "1Gi",
    resources: tritonResources,
    apiServer: apiServer({ cidrs: ["198.51.100.0/24"], port: 6443 }),
    inPlace: here.access.inPlace,
    ...args(here),
  });
  store.seal();
  return server;
}

function externalStore({ caBundle }: { caBundle?: string }): ObjectStore {
  const credential = { accessKeyId: pulumi.output("id"), secretAccessKey: pulumi.secret("secret-key") };
  return new ExternalObjectStore("minio", {
    url: "https://s3.example.com",
    region: "eu-1",
    caBundle,
    cidrs: ["203.0.113.7/32"],
    credentials: { triton: credential, "triton-upload": credential },
  });
}

export const route = (host = "triton.example.com") =>
  routeExposure({ router: clusterPods, certificate: { source: "cluster" } })({ host, rateLimit: 20 });

export const monitoring = (here: Surroundings) => ({
  monitor: prometheusMonitor({ scrapers: clusterPods, inPlace: here.access.inPlace }),
  availability: 0.999,
});

export const predictorOf = (graph: TestGraph) => at(graph.one(SERVICE).inputs, "spec", "predictor");
export const annotationsOf = (graph: TestGraph) => at(graph.one(SERVICE).inputs, "metadata", "annotations");
export const containerOf = (graph: TestGraph) => at(graph.one(RUNTIME).inputs, "spec", "containers", 0);
export const objectName = ({ outputs }: Resource): string => text(at(outputs, "metadata", "name"));
