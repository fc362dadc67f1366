/**
 * The schema of the systems on top of the shared services: experiment tracking, iris, the AI workload and
 * crime prediction.
 */
import { z } from "zod";
import { describe } from "./field";
import { cors, host, resources, scaling, storage } from "./parts";
import * as value from "./values";

const enabled = (what: string, byDefault: boolean) =>
  describe(value.boolean, {
    description: `Whether the stack has ${what}.`,
    example: String(!byDefault),
  }).default(byDefault);

const rateLimit = describe(value.integer(1, 100000, 50), {
  description: "Requests a second that one client address may send from outside.",
  defaultText: "no limit",
}).optional();

/** What alerts and dashboards hold a workload to. */
function objectives(defaults: { availability: number; seconds: number; share: number }) {
  return z
    .strictObject({
      availability: describe(value.share, {
        description: "Share of the requests that are answered without an error of the server.",
      }).default(defaults.availability),
      latency: z
        .strictObject({
          seconds: describe(value.duration, {
            description:
              "Seconds within which requests are answered. It has to be a bound of the histogram that the server exports.",
          }).default(defaults.seconds),
          share: describe(value.share, {
            description: "Share of the requests for which that holds.",
          }).default(defaults.share),
        })
        .prefault({}),
    })
    .prefault({});
}

const replicas = (byDefault: number) =>
  describe(value.integer(1, 100, byDefault), { description: "Replicas that always run." }).default(byDefault);

export const tracking = describe(
  z
    .strictObject({
      enabled: enabled("an MLflow server", true),
      host: host("MLflow", "mlflow.example.com"),
      replicas: replicas(1),
      resources: resources({ cpu: "250m", memory: "640Mi", memoryLimit: "2Gi" }),
    })
    .prefault({}),
  {
    description:
      "Experiment tracking: MLflow, with its runs in the database and its files in the object store.",
  },
);

export const iris = describe(
  z
    .strictObject({
      enabled: enabled("the iris service", true),
      image: describe(value.image, {
        description: "Image of your own service, which then is trained and deployed by you.",
        defaultText: "`examples/iris` on MLflow's image, trained by a Job",
        example: "registry.example.com/team/iris-api:1.0.0",
      }).optional(),
      modelVolume: describe(value.objectName, {
        description:
          "PersistentVolumeClaim in namespace `mlops` with the model's files, for a stack without MLflow (`tracking.enabled` false).",
        defaultText: "the model comes from MLflow",
        example: "iris-model",
      }).optional(),
      host: host("the service", "iris-api.example.com"),
      cors,
      rateLimit,
      scaling: scaling({ min: 2, max: 6, cpu: 70 }),
      resources: resources({ cpu: "100m", memory: "384Mi", memoryLimit: "1Gi" }),
      objectives: objectives({ availability: 0.999, seconds: 0.25, share: 0.99 }),
    })
    .prefault({}),
  { description: "The iris service: predictions by a model from MLflow." },
);

const nodes = z.strictObject({
  labels: describe(
    z.record(value.labelKey, describe(value.labelValue, { description: "Value of that label." })),
    {
      description: "Labels that those nodes have, all of them.",
      entry: { name: "label", example: "node-role" },
    },
  ),
  taints: describe(
    z.array(value.labelKey).transform((keys) => keys.map((key) => ({ key }))),
    {
      description: "Keys of their taints, which the pods tolerate.",
      allowed: "a list of keys",
      example: "spot",
    },
  ).prefault([]),
});

const gpu = z.strictObject({
  count: describe(value.integer(1, 16, 1), { description: "GPUs of each pod." }).default(1),
  resource: describe(value.labelKey, {
    description: "The resource that the device plugin offers.",
    example: "amd.com/gpu",
  }).default("nvidia.com/gpu"),
  nodes: describe(nodes, {
    description: "The nodes with the right GPUs, if not all that have any.",
  }).optional(),
});

const models = z
  .strictObject({
    ...storage("10Gi").unwrap().shape,
    accessMode: describe(value.oneOf(["ReadWriteOnce", "ReadWriteMany"]), {
      description:
        "How the volume is mounted. With ReadWriteOnce all replicas run on one node. Fixed once the volume exists.",
      example: "ReadWriteMany",
    }).default("ReadWriteOnce"),
  })
  .prefault({});

export const aiWorkload = describe(
  z
    .strictObject({
      image: describe(value.image, {
        description:
          "Image of the service, which only you can build. Without it the stack has no AI workload.",
        defaultText: "no AI workload",
        example: "registry.example.com/team/ai-workload:1.0.0",
      }).optional(),
      host: host("the service", "ai.example.com"),
      rateLimit,
      scaling: scaling({ min: 3, max: 10, cpu: 70, memory: 80 }),
      resources: resources({ cpu: "250m", memory: "512Mi", cpuLimit: "1000m", memoryLimit: "1Gi" }),
      models: describe(models, { description: "The volume with the models, mounted at /models." }),
      gpu: describe(gpu, { description: "Runs the pods on nodes with GPUs." }).optional(),
      spot: describe(nodes, {
        description: "Nodes that may be taken away at short notice; preferred where there are any.",
      }).optional(),
      objectives: objectives({ availability: 0.999, seconds: 0.5, share: 0.95 }),
    })
    .prefault({}),
  { description: "The AI workload: a PyTorch service behind FastAPI." },
);

export const triton = describe(
  z
    .strictObject({
      enabled: enabled("Triton", false),
      host: host("the server", "triton.example.com"),
      rateLimit,
      authentication: describe(value.oneOf(["token", "none"]), {
        description:
          "Who may ask for predictions: whoever shows the token of an account with the right to (`token`), or whoever can reach it (`none`).",
      }).default("token"),
      models: z
        .strictObject({
          bucket: describe(value.bucketName, {
            description: "Bucket with the models.",
            defaultText: "`models`",
            example: "models",
          }).optional(),
          prefix: describe(value.objectPrefix, {
            description: "Folder of the bucket that is Triton's repository of models.",
            defaultText: "`triton`",
            example: "triton",
          }).optional(),
          size: describe(value.memory, {
            description: "What they may take on the node's disk.",
            example: "20Gi",
          }).default("2Gi"),
          sample: describe(value.boolean, {
            description: "Whether the sample model of `examples/triton` is put there.",
            defaultText: "`true`; with a bucket or prefix of yours `false`",
            example: "false",
          }).optional(),
        })
        .prefault({})
        // Into somebody's own repository nothing is put unasked: a model there may have the sample's name.
        .transform(({ bucket, prefix, sample, size }) => ({
          bucket: bucket ?? "models",
          prefix: prefix ?? "triton",
          size,
          sample: sample ?? (bucket === undefined && prefix === undefined),
        })),
      scaling: scaling({ min: 1, max: 1, cpu: 70 }),
      resources: resources({ cpu: "500m", memory: "1Gi", memoryLimit: "2Gi" }),
      gpu: describe(gpu, { description: "Runs the pods on nodes with GPUs." }).optional(),
      availability: describe(value.share, {
        description: "Share of the predictions that succeed; alerts and the dashboard hold it to that.",
      }).default(0.999),
    })
    .prefault({}),
  {
    description:
      "NVIDIA's Triton Inference Server, with models from the object store. OpenShift only: OpenShift AI serves them.",
  },
);

export const crimePrediction = describe(
  z
    .strictObject({
      enabled: enabled("crime prediction", false),
      host: host("the user interface", "crime.example.com"),
      nodePort: describe(value.integer(30000, 32767, 30001), {
        description: "Port of every node at which the user interface is reachable. Minikube only.",
        defaultText: "30001; with `host` none",
      }).optional(),
      backend: z
        .strictObject({
          replicas: replicas(3),
          resources: resources({ cpu: "100m", memory: "256Mi", memoryLimit: "1Gi" }),
        })
        .prefault({}),
      frontend: z
        .strictObject({
          replicas: replicas(3),
          resources: resources({ cpu: "50m", memory: "192Mi", memoryLimit: "512Mi" }),
        })
        .prefault({}),
    })
    .prefault({}),
  {
    description:
      "Crime prediction: a model server and its user interface. Off by default, since its images (`images.crimeBackend`, `images.crimeFrontend`) are a person's, under tags that move.",
  },
);
