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

/** A tracking server in the consumers' namespace, and what seals it and the services below it. */
export function trackingServer(
  here: Surroundings,
  args: Partial<TrackingServerArgs> = {},
): { tracking: TrackingServer; seal: () => void } {
  const [database, store] = [mySql(here), minioStore(here)];
  const tracking = new TrackingServer("mlflow-server", {
    namespace: here.team,
    security: security[here.target],
    access: here.access,
    image: IMAGE,
    resources,
    service: "mlflow-server-service",
    database: database.grant("mlflow", { schema: "mlflow" }),
    artifacts: store.grant("mlflow", { bucket: "mlflow", access: "readWrite" }),
    scrapers: clusterPods,
    ...args,
  });
  return {
    tracking,
    seal: () => {
      for (const service of [tracking, database, store]) service.seal();
    },
  };
}
