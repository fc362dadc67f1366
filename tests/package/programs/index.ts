// A program of somebody else, as strict as can be. What has to be refused is marked: the compiler fails where it is not.
import * as pulumi from "@pulumi/pulumi";
import {
  defaultImages,
  InferenceService,
  inPlaceProvider,
  ManagedNamespace,
  minikube,
  podLabels,
  publishedGrants,
  S3_VARIABLES,
  secretVariables,
  SQL_VARIABLES,
  type Target,
  TrackingServer,
  TrainingJob,
  TritonServer,
  Workload,
} from "mlops-platform";
import { type Contract, platform } from "mlops-platform/contract";
import { platform as alone } from "mlops-platform-contract";

const stack = new pulumi.Config().require("platform");
const target: Target = minikube({ ingress: { class: "traefik" }, tls: { source: "cluster" } });
const reference = new pulumi.StackReference(stack);
const grants = publishedGrants(platform(reference), "churn");
const inPlace = inPlaceProvider();
const namespace = new ManagedNamespace("churn", {
  name: "churn",
  existing: true,
  quota: {},
  dns: target.dns,
});
const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } };
const common = { namespace, security: target.security, image: "registry.example.com/churn:1.0.0", resources };

const training = new TrainingJob("churn-train", { ...common, tracking: grants.tracking });

const api = new InferenceService("churn-api", {
  ...common,
  service: { name: "churn-api", port: 8000 },
  probes: { live: "/health", ready: "/ready" },
  model: { bucket: grants.objectStore, folder: "champion", client: defaultImages.objectStore, size: "1Gi" },
  after: training.ready,
});

const pods = { namespace, pods: podLabels("churn-features") };
const [files, tables] = [grants.objectStore.claim(pods), grants.database.claim(pods)];
new Workload("churn-features", {
  namespace,
  security: target.security,
  container: {
    name: "features",
    image: common.image,
    resources,
    env: {
      ...secretVariables(files.secretName, S3_VARIABLES),
      ...secretVariables(tables.secretName, SQL_VARIABLES),
    },
  },
  service: { name: "churn-features", port: 8080, portName: "http" },
  uses: [files, tables],
});

/** What needs the credential itself takes Grants of its own program alone. */
export function refused(args: ConstructorParameters<typeof TritonServer>[1]): void {
  // @ts-expect-error: a published Grant has no credential to put into another form.
  new TritonServer("triton", { ...args, inPlace, models: grants.objectStore });
  // @ts-expect-error: the same, of both stores.
  new TrackingServer("mlflow", { ...common, database: grants.database, artifacts: grants.objectStore });
  // @ts-expect-error: a Secret that another program made has the form that it has.
  grants.objectStore.claim({ ...pods, data: () => ({}) });
}

export const url: pulumi.Output<string> = api.url;
export const schema: pulumi.Output<string> = platform(reference).database.host;
export const bucket: pulumi.Output<string> = alone(reference).consumer("churn").objectStore.bucket;
export const namespaces: pulumi.Output<Contract["namespaces"]> = platform(reference).contract.namespaces;
