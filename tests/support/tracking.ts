// The tracking server as tests of components start it, on shared services in the cluster. Call this inside the
// program that `run` runs.
import { TrackingServer, type TrackingServerArgs } from "../../components/tracking-server";
import { configSchema } from "../../stacks/config/schema";
import { minikube } from "../../stacks/minikube";
import { openshift } from "../../stacks/openshift";
import { clusterPods, IMAGE, resources, security } from "./fixtures";
import { minioStore, mySql, type Surroundings } from "./services";

/** The ways in from outside, on each Target. */
export const exposeOn = {
  minikube: minikube(configSchema("minikube").parse({ target: "minikube" })).expose,
  openshift: openshift(configSchema("openshift").parse({ target: "openshift" })).expose,
};

/** A tracking server in the consumers' namespace, and what seals it and the services that were made for it. */
export function trackingServer(
  here: Surroundings,
  args: Partial<TrackingServerArgs> = {},
): { tracking: TrackingServer; seal: () => void } {
  const database = args.database ? undefined : mySql(here);
  const store = args.artifacts ? undefined : minioStore(here);
  const grants = {
    ...(database ? { database: database.grant("mlflow", { schema: "mlflow" }) } : {}),
    ...(store ? { artifacts: store.grant("mlflow", { bucket: "mlflow", access: "readWrite" }) } : {}),
    ...args,
  };
  if (!grants.database || !grants.artifacts) throw new Error("a tracking server needs both of its stores");
  const tracking = new TrackingServer("mlflow-server", {
    namespace: here.team,
    security: security[here.target],
    access: here.access,
    image: IMAGE,
    resources,
    service: "mlflow-server-service",
    scrapers: clusterPods,
    ...grants,
    database: grants.database,
    artifacts: grants.artifacts,
  });
  return {
    tracking,
    seal: () => {
      for (const service of [tracking, database, store]) service?.seal();
    },
  };
}
