// A video pipeline called "vidp" on either Target, and what its pods are told.
import * as assert from "node:assert/strict";
import { MongoDb } from "../../../../components/document-database";
import {
  each,
  pipelineServices,
  uploadExposure,
  VideoPipeline,
  type VideoPipelineArgs,
} from "../../../../components/video-pipeline";
import { isPlainObject, text, type Plain, type PlainObject } from "../../../../tools/graph/values";
import { IMAGE, type TargetName, security } from "../../../support/fixtures";
import { run, type TestGraph } from "../../../support/program";
import { at, DEPLOYMENT, surroundings } from "../../../support/services";
import { exposeOn } from "../../../support/tracking";

export const resources = {
  requests: { cpu: "250m", memory: "256Mi" },
  limits: { cpu: "500m", memory: "512Mi" },
};
const upload = uploadExposure({ size: "500Mi", timeout: 9000 });

/** Where the cluster's own way in is. */
export const ingressNamespace = { minikube: "ingress-nginx", openshift: "openshift-ingress" } as const;

/** A pipeline called "vidp" in the namespace "team", beside its database. */
export function deployed(
  target: TargetName = "minikube",
  args: Partial<VideoPipelineArgs> = {},
  generations: Record<string, readonly string[]> = {},
): Promise<TestGraph> {
  return run(() => {
    const here = surroundings(generations, target);
    const common = { namespace: here.team, security: security[target] };
    const memory = { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } };
    const mongodb = new MongoDb("mongodb", {
      ...common,
      access: here.access,
      image: IMAGE,
      storage: { size: "5Gi" },
      resources: memory,
      service: "mongodb-service",
    });
    const expose = exposeOn[target];
    new VideoPipeline("vidp", {
      ...common,
      services: each(pipelineServices, (name) => ({
        image: `registry.example.com/vidp-${name}:1`,
        resources,
        replicas: name === "frontend" ? 1 : { min: 1, max: 10, cpu: 70 },
        storage: "2Gi",
      })),
      database: mongodb.grant("main-app", { database: "vidp_db" }),
      exposures: {
        frontend: expose({ host: "vidp.local", ...upload }),
        "main-app": expose({ host: "api.vidp.local", ...upload }),
      },
      appName: "VidP Kubernetes API",
      requestSeconds: 9000,
      jobSeconds: 900,
      ...args,
    });
    mongodb.seal();
  });
}

export const podOf = (graph: TestGraph, name: string): Plain | undefined =>
  at(graph.one(DEPLOYMENT, name).inputs, "spec", "template", "spec");

export function containerOf(graph: TestGraph, name: string): PlainObject {
  const container = at(podOf(graph, name), "containers", 0);
  assert.ok(isPlainObject(container));
  return container;
}

/** Variables by name: a value, or the kind and key of what it comes from. */
export function environment(graph: TestGraph, name: string): Record<string, string> {
  const { env } = containerOf(graph, name);
  const variables = (Array.isArray(env) ? env : []).filter(isPlainObject).map((variable) => {
    const [[kind, reference] = []] = Object.entries(
      isPlainObject(variable.valueFrom) ? variable.valueFrom : {},
    );
    const value = kind === undefined ? text(variable.value) : `${kind} ${text(at(reference, "key"))}`;
    return [text(variable.name), value];
  });
  return Object.fromEntries(variables) as Record<string, string>;
}
